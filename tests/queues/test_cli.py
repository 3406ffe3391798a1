"""The command line shows what waits, and what became of messages that could not be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fixtures.cast import ALICE, ago
from fixtures.queues import dead, publish, until
from tracking.queues.broker import Broker
from tracking.queues.message import messages, read

ROW = {"s": "web", "n": "view", "i": "00000000-0000-0000-0000-000000000008", "c": ALICE, "rt": "job", "ri": "42"}


def test_dead_letters_are_listed_sent_again_and_thrown_away(
    queue: Broker, queued: Any, drain: Callable[[], None], sql: Any, footfall: Any
) -> None:
    def run(*arguments: str, exits: int = 0) -> Any:
        return json.loads(footfall("queue", *arguments, "--json", QUEUE_URL=queued.queue_url, exits=exits).stdout)

    assert run("status") == {"queue": queue.main.name, "waiting": 0, "dead": 0}
    (good,) = messages("web", datetime.now(UTC), [json.dumps(ROW | {"t": ago(minutes=2)}).encode()], [])
    newer = good.replace(b'"v":1', b'"v":2')
    for body in (newer, b"garbage"):
        publish(queue, body)
    drain()
    assert run("status", exits=1)["dead"] == 2
    for _ in range(2):  # a look takes nothing away
        found = run("dead")
        assert len(found) == 2
        assert all("no message that this version knows" in one["reason"] for one in found)
        assert all(one["at"].endswith("Z") for one in found)
    with queue.connected() as connection:
        queue.publish(connection, queue.dead, good, group="web", reason="it was late")
    id_ = str(read(good).id)
    (known,) = [one for one in run("dead") if one["source"]]
    assert (known["id"], known["source"], known["events"], known["reason"]) == (id_, "web", 1, "it was late")
    assert run("resend", "7", exits=1) == {"done": [], "unknown": ["7"]}
    assert run("resend", id_) == {"done": [id_], "unknown": []}
    drain()
    assert sql("select count(*)::int from tracking.events") == [(1,)]
    until(lambda: dead(queue) == 2)  # Amazon SQS hides for a while what somebody had in hand
    assert len(run("resend", "--all")["done"]) == 2
    drain()
    assert len(run("dead")) == 2  # they are as bad as before
    with queue.connected() as connection:
        queue.publish(connection, queue.dead, good, group="web", reason="again")
    assert run("discard", id_) == {"done": [id_], "unknown": []}
    until(lambda: dead(queue) == 2)  # Amazon SQS hides for a while what somebody had in hand


def test_a_queue_that_is_away_is_one_line(footfall: Any) -> None:
    said = footfall("queue", "status", QUEUE_URL="amqp://me:s3cret@127.0.0.1:9/v", exits=2).stderr
    assert said.startswith("footfall: QUEUE_URL: the queue is away: ")
    assert "s3cret" not in said


def test_without_a_queue_the_command_says_so(footfall: Any) -> None:
    assert "QUEUE_URL: must be set for this" in footfall("queue", "status", exits=2).stderr


def test_doctor_looks_at_the_queue(queue: Broker, queued: Any, footfall: Any) -> None:
    def finding(url: str) -> Any:
        found = json.loads(footfall("doctor", "--json", QUEUE_URL=url, exits=1).stdout)
        return next(one for one in found if one["check"] == "queue")

    assert finding(queued.queue_url) == {"check": "queue", "ok": True, "says": "0 messages wait"}
    assert not finding("amqp://127.0.0.1:9/v")["ok"]
