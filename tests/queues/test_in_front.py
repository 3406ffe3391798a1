"""With a queue in front an event is accepted at once and settled later: once, by what held when it came."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from fixtures.cast import ALICE, ago, bearer, event
from fixtures.proofs import Browser
from fixtures.queues import dead, publish, waiting
from fixtures.segment import call
from tracking import db
from tracking.provenance import tokens
from tracking.queues import consume
from tracking.queues.broker import Broker
from tracking.queues.message import messages

READ_ONLY = "-c default_transaction_read_only=on"
Drain = Callable[[], None]
Sql = Callable[..., list[tuple]]

VERDICTS = "select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1"


def off(settings: Any) -> list[tuple]:
    with db.connect(db.owner_url(settings)) as connection:
        return db.run(connection, "ledger_balance", since=datetime(2000, 1, 1, tzinfo=UTC)).fetchall()


def test_an_event_is_queued_and_then_counted(post: Any, drain: Drain, sql: Sql, queue: Broker, queued: Any) -> None:
    before = datetime.now(UTC)
    reply = post(event(properties={"a": "ä😀\ufffe"}), event(name="click"))
    assert reply.json == {"counts": {"queued": 2}, "verdicts": [{"verdict": "queued"}] * 2}
    accepted = datetime.now(UTC)
    assert sql("select * from tracking.events") == []
    assert waiting(queue) == 1
    drain()
    rows = sql("select accepted_at, received_at, properties ->> 'a' from tracking.events order by name desc")
    assert all(before <= row[0] <= accepted <= row[1] for row in rows)
    assert rows[0][2] == "ä😀\ufffe"
    assert sql(VERDICTS) == [("accepted", 2)]
    assert off(queued) == []


def test_what_is_wrong_is_said_at_once_and_kept_later(post: Any, drain: Drain, sql: Sql) -> None:
    reply = post(event(), event(receiver="nothing"), event(occurred_at=ago(days=8)))
    assert [one["verdict"] for one in reply.json["verdicts"]] == ["queued", "rejected", "rejected"]
    assert reply.json["verdicts"][1]["field"] == "receiver"
    assert sql("select * from tracking.rejected_events") == []
    drain()
    assert sql("select field, cause from tracking.rejected_events order by 1") == [
        ("occurred_at", "time"), ("receiver", "invalid"),
    ]  # fmt: skip
    assert sql(VERDICTS) == [("accepted", 1), ("rejected", 2)]


def test_an_sdk_of_segment_gets_its_200(client: Any, web: str, drain: Drain, sql: Sql) -> None:
    batch = [call(), call(type="identify", event=None, properties=None)]
    reply = client.post("/v1/batch", json={"batch": batch}, headers=bearer(web))
    assert (reply.status_code, reply.json["success"]) == (200, True)
    assert reply.json["counts"] == {"queued": 1, "acknowledged": 1}
    drain()
    assert sql("select creator, name from tracking.events") == [(ALICE, "click__saveJob")]


def test_a_picture_is_counted(client: Any, web: str, drain: Drain, sql: Sql) -> None:
    token = tokens.mint(web, "pixel", seconds=900, creator=ALICE, receivers=["job:42"], names=["open"])
    assert client.get("/v1/pixel.gif", query_string={"token": token}).status_code == 200
    drain()
    assert sql("select name, creator from tracking.events") == [("open", ALICE)]


def test_a_retry_is_a_duplicate(post: Any, drain: Drain, sql: Sql) -> None:
    sent = event()
    for _ in range(3):
        post(sent)
    drain()
    assert sql(VERDICTS) == [("accepted", 1), ("duplicate", 2)]


def test_a_message_that_is_delivered_twice_is_booked_once(
    queue: Broker, drain: Drain, sql: Sql, queued: Any, post: Any
) -> None:
    post(event())
    drain()
    sent = {
        "s": "web", "n": "view", "t": ago(minutes=2), "i": str(UUID(int=7)), "c": ALICE, "rt": "job", "ri": "42",
    }  # fmt: skip
    (body,) = messages("web", datetime.now(UTC), [json.dumps(sent).encode()], [])
    for _ in range(3):
        publish(queue, body)
    drain()
    publish(queue, body)
    drain()
    assert sql("select count(*)::int from tracking.events") == [(2,)]
    assert sql(VERDICTS) == [("accepted", 2)]
    assert off(queued) == []


def test_a_replayed_request_gains_nothing_and_leaves_nothing(client: Any, web: str, drain: Drain, sql: Sql) -> None:
    browser = Browser()
    token = tokens.mint(web, "client", seconds=900, creator=ALICE, cnf={"jkt": browser.thumbprint})
    body = json.dumps({"events": [event()]}).encode()
    headers = bearer(token) | {"DPoP": browser.prove(token, body)}
    for _ in range(2):  # nobody can say that the proof was used, before the first is written
        assert client.post("/v1/events", data=body, headers=headers).json["counts"] == {"queued": 1}
    drain()
    assert client.post("/v1/events", data=body, headers=headers).status_code == 200
    drain()
    assert sql(VERDICTS) == [("accepted", 1)]
    assert client.post("/v1/events", data=body, headers=bearer(token)).status_code == 401


def test_what_was_accepted_is_judged_by_what_held_then(post: Any, drain: Drain, sql: Sql) -> None:
    assert post(event(occurred_at=ago(days=7, seconds=-2))).json["counts"] == {"queued": 1}
    sql("update tracking.sources set revoked_at = now() where name = 'web'")
    try:
        drain()
    finally:
        sql("update tracking.sources set revoked_at = null where name = 'web'")
    assert sql(VERDICTS) == [("accepted", 1)]


def test_a_row_that_the_database_refuses_sinks_no_other(queue: Broker, drain: Drain, sql: Sql, post: Any) -> None:
    post(event())
    good = {"s": "web", "n": "view", "i": str(UUID(int=8)), "c": ALICE, "rt": "job", "ri": "42"}
    rows = [good | {"t": ago(minutes=2)}, good | {"t": "300000-01-01T00:00:00Z"}]
    (body,) = messages("web", datetime.now(UTC), [json.dumps(row).encode() for row in rows], [])
    publish(queue, body)
    drain()
    assert dead(queue) == 0
    assert sql(VERDICTS) == [("accepted", 2), ("rejected", 1)]
    ((cause, payload),) = sql("select cause, payload from tracking.rejected_events")
    assert (cause, json.loads(payload)["t"]) == ("database", "300000-01-01T00:00:00Z")
    publish(queue, body)
    drain()
    assert sql(VERDICTS) == [("accepted", 2), ("rejected", 1)]


@pytest.mark.parametrize("body", [b"garbage", b"\xff\xfe", b'{"v": 2, "rows": []}'])
def test_what_no_drain_can_read_is_a_dead_letter(queue: Broker, drain: Drain, sql: Sql, post: Any, body: bytes) -> None:
    publish(queue, body)
    post(event())
    drain()
    assert dead(queue) == 1
    assert sql(VERDICTS) == [("accepted", 1)]


def test_many_requests_in_a_row_share_no_message_and_lose_nothing(
    post: Any, queue: Broker, drain: Drain, sql: Sql
) -> None:
    for _ in range(30):
        post(*[event() for _ in range(20)])
    assert waiting(queue) == 30
    drain()
    assert sql("select count(*)::int from tracking.events") == [(600,)]


def test_a_large_request_becomes_several_messages(post: Any, queue: Broker, drain: Drain, sql: Sql) -> None:
    assert post(*[event(properties={"text": "😀" * 3_000}) for _ in range(25)]).json["counts"] == {"queued": 25}
    assert waiting(queue) > 3
    drain()
    assert sql("select count(distinct event_id)::int from tracking.events") == [(25,)]


def test_old_ids_are_forgotten(sql: Sql, queued: Any) -> None:
    sql("insert into tracking.queue_messages values (%s, now(), now() - interval '50 hours')", UUID(int=1))
    sql("insert into tracking.queue_messages values (%s, now(), now() - interval '40 hours')", UUID(int=2))
    with db.connect(db.owner_url(queued)) as connection:
        db.run(connection, "queue_forget")
    assert sql("select id from tracking.queue_messages where id in (%s, %s)", UUID(int=1), UUID(int=2)) == [
        (UUID(int=2),)
    ]


def test_a_database_that_only_reads_takes_nothing_off_the_queue(
    post: Any, queue: Broker, queued: Any, drain: Drain, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a server that was demoted: giving messages back again and again would make dead letters of them."""
    post(event())
    url = db.api_url(queued)
    pool = db.engine(url.update_query_dict({"options": f"{url.query.get('options', '')} {READ_ONLY}"}))
    reading, stop, consumed = consume.Drain(queue, pool), threading.Event(), []
    with monkeypatch.context() as patch:
        patch.setattr(consume.Drain, "_consume", lambda *_: consumed.append(1))
        thread = threading.Thread(target=reading.run, args=[stop])
        thread.start()
        time.sleep(2.5)  # it tries twice
        stop.set()
        thread.join()
    pool.dispose()
    assert consumed == []
    drain()
    assert sql(VERDICTS) == [("accepted", 1)]
