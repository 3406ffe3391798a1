"""A long answer over a real connection: it holds nothing from others, takes no memory, and never ends as if it were whole."""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pyarrow import parquet

from exports.conftest import RIGHTS, cursor_of
from fixtures.cast import bearer, event
from fixtures.many import fill
from fixtures.processes import Server, serving
from fixtures.served import until
from tracking.snapshot import MAX_AGE

PARQUET_GROUP = 40
"""Megabytes that a row group of Parquet takes while it is made: it has 16 of them."""
LONG = 3_000
"""Characters of a text: with it some thousand events are more than a connection's buffers hold."""


@pytest.fixture(scope="module")
def one_worker(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(settings, tmp_path_factory.mktemp("export") / "log", WORKERS="1") as server:
        yield server


@pytest.fixture
def api(one_worker: Server, engine: object, sql: Any) -> Server:
    sql(RIGHTS)
    time.sleep(MAX_AGE)  # so long the worker may go by the rights before
    return one_worker


@pytest.fixture
def ask(api: Server, web: str) -> Iterator[Callable[..., http.client.HTTPResponse]]:
    """Asks for events by a connection of its own, and returns the answer, unread."""
    connections = []

    def send(query: str = "") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=60)
        connections.append(connection)
        connection.request("GET", f"/v1/events?{query}", headers=bearer(web))
        return connection.getresponse()

    yield send
    for connection in connections:
        connection.close()


def hang_up(response: http.client.HTTPResponse) -> None:
    response.fp.raw._sock.close()
    response.close()


def post(api: Server, token: str) -> float:
    """Seconds that it takes to write an event."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=30)
    connection.request("POST", "/v1/events", json.dumps({"events": [event()]}), bearer(token))
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["counts"]) == (200, {"accepted": 1})
    connection.close()
    return time.monotonic() - started


def memory(api: Server) -> int:
    """Megabytes that the worker has ever used."""
    (worker,) = Path(f"/proc/{api.pid}/task/{api.pid}/children").read_text().split()
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_an_answer_of_any_length_takes_as_much_memory(ask: Any, api: Server, sql: Any) -> None:
    fill(sql, 2_000, 1_000)
    forms = ("ndjson", "csv", "parquet")
    for form in forms:
        ask(f"format={form}").read()
    before = memory(api)
    fill(sql, 20_000, 1_000)
    sizes = [len(ask(f"format={form}").read()) for form in forms]
    assert min(sizes[:2]) > 20_000_000
    assert memory(api) - before < 16 + PARQUET_GROUP


def test_long_json_takes_as_much_memory(ask: Any, api: Server, verdicts: Any, settled: Any) -> None:
    """A number of six characters is one of three hundred, once it is stored."""
    for _ in range(5):
        assert set(verdicts(*[event(properties={"n": [1e300] * 2000}) for _ in range(20)])) == {"accepted"}
    settled()
    ask("limit=1").read()
    before = memory(api)
    answer = ask()
    size = 0
    while piece := answer.read(1_000_000):
        size += len(piece)
    assert size > 50_000_000
    assert memory(api) - before < 40


def test_a_client_that_does_not_read_holds_nothing_from_others(ask: Any, api: Server, alice: str, sql: Any) -> None:
    fill(sql, 10_000, LONG)
    stuck = [ask(), ask("format=csv")]
    assert [answer.status for answer in stuck] == [200, 200]
    busy = "select count(*) from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid() and datname = current_database()"
    until(lambda: sql(busy) == [(0,)])
    assert post(api, alice) < 5
    refused = ask()
    assert (refused.status, int(refused.getheader("Retry-After")) > 0) == (429, True)
    assert json.loads(refused.read())["type"] == "/problems/too-many-exports"
    hang_up(stuck[0])
    until(lambda: ask("limit=1").status == 200)
    # who does not read for READ_TIMEOUT_SECONDS and a little more is given up on
    until(lambda: ask("limit=1").status == ask("limit=1").status == 200, 30)


def test_those_who_write_go_on_during_an_export(ask: Any, api: Server, alice: str, sql: Any) -> None:
    fill(sql, 40_000, 100)
    answer = ask("format=parquet")
    took = []
    while answer.read(100_000):
        took.append(post(api, alice))
    assert len(took) > 3
    assert max(took) < 5


@contextmanager
def taken_away(sql: Any) -> Iterator[None]:
    """Meanwhile the API may not read events: as if the database were gone for longer than it is waited for."""
    sql("revoke select on tracking.events from footfall_read, footfall_ingest")
    try:
        yield
    finally:
        sql("grant select on tracking.events to footfall_read, footfall_ingest")


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_an_answer_that_breaks_off_does_not_look_whole(ask: Any, sql: Any, form: str) -> None:
    fill(sql, 10_000, LONG)
    answer = ask(f"format={form}")
    got = answer.read(1_000)
    with taken_away(sql), pytest.raises(http.client.IncompleteRead) as broken:
        answer.read()
    got += broken.value.partial
    if form == "parquet":
        with pytest.raises(Exception, match="Parquet magic bytes not found"):
            parquet.ParquetFile(io.BytesIO(got))


def test_what_broke_off_goes_on_behind_its_last_whole_row(ask: Any, sql: Any) -> None:
    fill(sql, 10_000, LONG)
    answer = ask()
    with taken_away(sql):
        got = answer.read(1_000)
        with pytest.raises(http.client.IncompleteRead) as broken:
            answer.read()
    rows = [json.loads(line) for line in (got + broken.value.partial).split(b"\n")[:-1]]
    assert 0 < len(rows) < 10_000
    last = rows[-1]["received_at"], rows[-1]["event_id"]
    kept = [row for row in rows if (row["received_at"], row["event_id"]) != last]  # others may share its cursor
    rest = [json.loads(line) for line in ask(f"cursor={cursor_of(kept[-1])}")]
    assert [(row["event_id"],) for row in kept + rest] == sql(
        "select event_id::text from tracking.events order by received_at, event_id"
    )


def test_http_1_0_has_no_way_to_tell_a_whole_answer(api: Server, web: str) -> None:
    """Its answers end where the connection does. So does what nginx asks for, unless it is set up otherwise."""
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), 20) as connection:
        connection.sendall(f"GET /v1/events HTTP/1.0\r\nAuthorization: Bearer {web}\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["type"]) == (400, "/problems/chunks-needed")


def test_a_head_request_gives_its_slot_back(api: Server, web: str) -> None:
    for _ in range(10):
        connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
        connection.request("HEAD", "/v1/events", headers=bearer(web))
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert answer.getheader("Next-Cursor")
        connection.close()
