"""Over a real connection, to any of two workers: everything that arrives is seen once, soon, and only by who may."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import bearer, event
from fixtures.processes import serving
from fixtures.rows import batch, row
from fixtures.served import until
from live.conftest import ADDED, Watched
from tracking import db
from tracking.provenance import tokens
from tracking.provenance.gate import JUST_NOW
from tracking.snapshot import MAX_AGE


def test_an_event_is_seen_within_two_seconds(watch: Any, send: Any) -> None:
    stream = watch()
    assert (stream.answer.status, stream.answer.getheader("Content-Type")) == (200, "text/event-stream; charset=utf-8")
    stream.next()
    took = []
    for number in range(1, 5):
        send(event(id=f"event {number}"))
        sent = time.monotonic()
        seen = stream.until(lambda events, number=number: len(events) == number)[-1]
        took.append(time.monotonic() - sent)
        assert (seen["verdict"], seen["receiver"], seen["creator"]) == ("accepted", "job:42", "user-alice")
    assert sorted(took)[1] < 2, took  # a machine that does other things may be late once


def test_what_arrives_while_a_stream_breaks_off_is_seen_once(watch: Any, send: Any, sql: Any) -> None:
    """Three write, in batches, with retries and faults; the stream is cut in the middle of what it says, 12 times."""

    def write(which: int) -> None:
        for number in range(20):
            events = [event(receiver=f"job:{which}") for _ in range(1 + number % 7)]
            send(*events, *events[:2], event(receiver="nonsense", properties={"by": which, "in": number}))

    writers = [threading.Thread(target=write, args=(which,)) for which in range(3)]
    stream = watch()
    stream.next()
    for writer in writers:
        writer.start()
    sizes = [1 + number % 7 for number in range(20)]
    expected = 3 * sum(size + min(2, size) + 1 for size in sizes)
    seen: list[dict[str, Any]] = []
    cuts = 0
    while sum(one["events"] for one in seen) < expected:
        assert stream.next(), stream.said
        if cuts < 12 and len(stream.events) > cuts % 4:
            seen += stream.events
            cuts += 1
            stream.close()
            stream = watch(last=stream.last)
        elif cuts == 12:
            seen += stream.events
            stream.said.clear()
    for writer in writers:
        writer.join()
    assert cuts == 12
    ids = Counter(one["id"] for one in seen if one["verdict"] == "accepted")
    assert set(ids.values()) == {1}
    assert sorted(ids) == sorted(id_ for (id_,) in sql("select event_id::text from tracking.events"))
    total: Counter[str] = Counter()
    for one in seen:
        total[one["verdict"]] += one["events"]
    assert dict(total) == dict(sql("select verdict, sum(events)::int from tracking.ingest_ledger group by verdict"))
    moments = [one["received_at"] for one in seen]
    assert moments == sorted(moments)


@pytest.mark.native  # the embedded engine has one session: nothing else runs while somebody asks
def test_what_commits_late_is_waited_for(watch: Any, send: Any, settings: Any, sql: Any) -> None:
    sql("select tracking.ingest(%s::jsonb, '[]'::jsonb)", batch(row()))  # makes the chunk, which locks
    stream = watch()
    stream.until(lambda events: len(events) == 1)
    with db.connect(db.owner_url(settings)) as slow:
        slow.execute("begin")
        slow.execute("select tracking.ingest(%s::jsonb, '[]'::jsonb)", (batch(row(receiver_id="late")),))
        send(event(receiver="job:early"))
        for _ in range(2):
            assert stream.next()[0] == "pulse"
        slow.execute("commit")
    events = stream.until(lambda events: len(events) == 3)
    assert [one["receiver"].partition(":")[2] for one in events[1:]] == ["late", "early"]


def test_a_stream_ends_with_its_token(watch: Any, minted: Any) -> None:
    stream = watch(token=minted(seconds=2))
    while (message := stream.next()) and message[0] != "end":
        pass
    kind, said = message
    assert (kind, said["type"], said["status"]) == ("end", "/problems/token-expired", 401)
    assert stream.next() is None


def test_a_stream_ends_when_its_source_is_revoked(watch: Any, sql: Any) -> None:
    stream = watch()
    stream.next()
    sql("update tracking.sources set revoked_at = now() where name = 'inspector'")
    revoked = time.monotonic()
    while (message := stream.next()) and message[0] != "end":
        assert time.monotonic() - revoked < 3 * MAX_AGE
    assert message[1]["type"] == "/problems/source-revoked"


def test_a_stream_ends_while_the_database_is_away(watch: Any, sql: Any) -> None:
    stream = watch()
    stream.next()
    sql("revoke select on tracking.ingest_ledger from footfall_read")
    try:
        while (message := stream.next()) and message[0] != "end":
            pass
    finally:
        sql("grant select on tracking.ingest_ledger to footfall_read")
    assert (message[1]["type"], message[1]["status"]) == ("/problems/database-unavailable", 503)


def test_a_worker_has_a_bounded_number_of_streams(watch: Any) -> None:
    """Eight for one source and worker; whoever closes one gives its place back."""
    opened = [watch() for _ in range(17)]
    refused = [one for one in opened if one.answer.status != 200]
    assert {one.answer.status for one in refused} == {429}
    assert json.loads(refused[0].answer.read())["type"] == "/problems/too-many-streams"
    for one in opened:
        one.close()

    def again() -> bool:
        with closing(watch()) as one:
            return bool(one.answer.status == 200)

    until(lambda: all(again() for _ in range(4)), 20)


@pytest.mark.parametrize(
    ("query", "last", "names"),
    [
        ("verdict=nonsense", None, "verdict"),
        ("receiver=42", None, "receiver"),
        ("name=%00", None, "name"),
        ("source=" + "&source=".join(f"s{n}" for n in range(21)), None, "source"),
        ("colour=red", None, "colour"),
        ("", "yesterday", "Last-Event-ID"),
        ("", "9999-12-31T23:59:59.999999Z", "Last-Event-ID"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(
    client: Any, sql: Any, minted: Any, query: str, last: str | None, names: str
) -> None:
    sql(ADDED)
    answer = client.get(f"/v1/live?{query}", headers=bearer(minted()) | ({"Last-Event-ID": last} if last else {}))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [names])


def test_only_who_may_watch_does(client: Any, sql: Any, minted: Any, web: str, alice: str) -> None:
    def refused(token: str, path: str = "/v1/live") -> str:
        answer = client.get(path, headers=bearer(token))
        assert answer.status_code == 403
        return str(answer.json["type"])

    assert {refused(token) for token in (web, tokens.mint(web, "live", seconds=900))} == {"/problems/not-allowed"}
    assert refused(alice) == refused(minted("stats", owner="acme")) == "/problems/wrong-kind"
    sql(ADDED)
    time.sleep(2 * JUST_NOW)
    assert {refused(minted(), path) for path in ("/v1/stats/summary?receiver=job:42", "/v1/events")} == {
        "/problems/wrong-kind"
    }
    answer = client.post("/v1/events", json={"events": [event(creator="x")]}, headers=bearer(minted()))
    assert answer.json["type"] == "/problems/wrong-kind"


def test_a_head_request_takes_no_place(watching: Any, minted: Any) -> None:
    def status() -> int:
        connection = http.client.HTTPConnection(urlsplit(watching.url).netloc, timeout=20)
        with closing(connection):
            connection.request("HEAD", "/v1/live", headers=bearer(minted()))
            return connection.getresponse().status

    # more than there are places, once each worker has noticed that the streams of other tests are closed
    until(lambda: {status() for _ in range(20)} == {200}, 40)


def test_a_server_that_stops_ends_its_streams_at_once(settings: Any, sql: Any, minted: Any, tmp_path: Any) -> None:
    """Whole, so that the client connects again, and not after the graceful timeout."""
    sql(ADDED)
    with serving(settings, tmp_path / "log") as server:
        stream = Watched(server.url, minted())
        stream.next()
        stopped = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        while stream.next():
            pass
        stream.close()
    assert time.monotonic() - stopped < 8
