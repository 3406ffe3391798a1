"""Whatever the database refuses: only the event at fault is rejected, and it costs a bounded number of statements."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DataError

from fixtures.cast import ALICE, bearer, event
from fixtures.rows import row
from tracking.ingest.group import GroupCommit
from tracking.ingest.kept import BYTES_A_MINUTE, Kept
from tracking.ingest.settle import MOST_TRIES, settle
from tracking.ingest.writer import Verdict

GOOD, BAD = row(creator="good"), row(creator="bad")


class Database:
    """Refuses every statement with a bad row in it, as PostgreSQL does; the first waits until it may go on."""

    def __init__(self, *, waits: bool = False) -> None:
        self.statements: list[list[bytes]] = []
        self.rejected: list[bytes] = []
        self.entered, self.go = threading.Event(), threading.Event()
        if not waits:
            self.go.set()

    def write(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
        self.statements.append(list(rows))
        self.entered.set()
        assert self.go.wait(10)
        if BAD in rows:
            raise DataError("select", {}, psycopg.errors.InvalidTimeZoneDisplacementValue("no such offset\nand more"))
        self.rejected += rejected
        return [{"verdict": "accepted"} for _ in rows]


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+16:00", "-16:00", "+15:59", "+05:30"])
def test_a_moment_is_stored_whatever_offset_it_is_written_in(verdicts: Any, sql: Any, offset: str) -> None:
    """RFC 3339 has offsets of up to a day, PostgreSQL of up to 15:59."""
    hours, minutes = map(int, offset[1:].split(":"))
    away = (1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
    moment = datetime.now(UTC) - timedelta(minutes=1)
    assert verdicts(event(occurred_at=moment.astimezone(timezone(away)).isoformat())) == ["accepted"]
    assert sql("select occurred_at from tracking.events") == [(moment,)]


offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(
    lambda away, span: (datetime.now(UTC) - span).astimezone(away).isoformat(),
    offsets,
    st.timedeltas(timedelta(), timedelta(hours=40)),
)
characters = st.characters(codec=None) | st.sampled_from("\0\x1f\x7f\ud800\udfff\uffff\U0010ffff\\\"'")
texts = st.text(characters, max_size=12)
longest = st.builds(lambda one, count: one * count, characters, st.sampled_from([1, 99, 100, 199, 200]))
numbers = st.sampled_from(
    ["1e308", "-1e308", "5e-324", "1e-400", "-0", "-0.0", "1e309", *("9" * n for n in (19, 20, 308, 309, 4300, 4301))]
).map(lambda digits: ("number", digits))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.none() | st.dictionaries(texts, values, max_size=4)
events = st.fixed_dictionaries(
    {
        "name": st.just("share") | longest.map(lambda text: f"a{text}"[:100]),
        "receiver": st.just("job:1") | longest.map(lambda text: f"{'j' * 32}:{text}"),
        "occurred_at": times,
        "creator": st.just(ALICE) | longest,
        "id": st.none() | texts | longest | st.uuids().map(str),
        "properties": objects,
        "context": objects,
    }
)


def written(value: Any) -> str:
    """As JSON, with numbers as they are: Python would not write them all."""
    match value:
        case ("number", digits):
            return str(digits)
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {written(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@given(sent=st.lists(events, min_size=1, max_size=8))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_is_valid_can_be_stored_whatever_comes_beside_it(client: Any, web: str, sent: list[Any]) -> None:
    """Alone, a valid event takes the fast way; beside a bad one it is read leniently."""

    def rejected(*batch: Any) -> list[bool]:
        response = client.post("/v1/events", data=written({"events": batch}), headers=bearer(web))
        assert response.status_code == 200, response.text
        assert "database" not in str(response.json["verdicts"])
        return [one["verdict"] == "rejected" for one in response.json["verdicts"]]

    assert [*(one for each in sent for one in rejected(each)), True] == rejected(*sent, {})


def test_only_who_is_refused_is_written_again_in_parts() -> None:
    """The others of its group are written meanwhile, by the halves of the group that it is not in."""
    database = Database(waits=True)
    commit = GroupCommit(database.write)

    def send(*rows: bytes) -> list[str]:
        return [one["verdict"] for one in settle(commit.write, "web", rows, Kept(), commit.alone)]

    with ThreadPoolExecutor(12) as threads:
        first = threads.submit(send, GOOD)
        assert database.entered.wait(5)
        others = [threads.submit(send, GOOD, GOOD) for _ in range(7)]
        guilty = threads.submit(send, *[BAD] * 8)
        while commit.waiting < 22:
            threading.Event().wait(0.005)
        database.go.set()
        assert first.result(5) == ["accepted"]
        assert [other.result(5) for other in others] == [["accepted"] * 2] * 7
        assert guilty.result(5) == ["rejected"] * 8
    in_company = [rows for rows in database.statements if GOOD in rows and BAD in rows]
    assert len(in_company) <= 3  # eight tickets are halved three times until it is alone
    assert database.statements.count([GOOD]) == 1  # the first one's: of the others none is written in parts


def test_what_is_written_alone_takes_one_connection() -> None:
    """However many requests are refused, those who lead find another."""
    at_once, most = [], []

    def write(rows: Sequence[bytes], _: Sequence[bytes]) -> list[Verdict]:
        at_once.append(rows)
        threading.Event().wait(0.01)
        most.append(len(at_once))
        at_once.pop()
        return [{"verdict": "accepted"}]

    commit = GroupCommit(write)
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(commit.alone, [[GOOD]] * 16))) == 16
    assert set(most) == {1}


def test_a_request_that_the_database_refuses_costs_so_many_statements() -> None:
    database = Database()
    found = settle(database.write, "web", [BAD] * 500, Kept())
    assert [one["verdict"] for one in found] == ["rejected"] * 500
    assert len(database.statements) <= MOST_TRIES + 3
    assert len(database.rejected) == 500


@pytest.mark.parametrize("places", [(0,), (499,), (3, 250, 251), range(0, 500, 25)])
def test_as_much_as_can_be_is_written_of_it(places: Sequence[int]) -> None:
    found = settle(Database().write, "web", [BAD if n in places else GOOD for n in range(500)], Kept())
    rejected = {n for n, one in enumerate(found) if one["verdict"] == "rejected"}
    assert rejected >= set(places)
    assert len(rejected) == len(places) or len(places) > 3


def test_what_the_database_refuses_names_its_field_and_is_kept_within_the_bound(caplog: Any) -> None:
    database = Database()
    large = row(properties={"x": "x" * 12_000})
    database.write = _refusing(database)  # type: ignore[method-assign]
    found = settle(database.write, "web", [large] * 40, Kept())
    assert found[0] == {
        "verdict": "rejected", "field": "occurred_at", "reason": "the database cannot store it: no such offset",
    }  # fmt: skip
    assert len(database.rejected) == 40
    assert sum(map(len, database.rejected)) <= BYTES_A_MINUTE + 40 * 200
    assert caplog.text.count("rows were refused by the database") == 1


def _refusing(database: Database) -> Any:
    def write(rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
        return Database.write(database, [BAD] if rows else [], rejected)

    return write
