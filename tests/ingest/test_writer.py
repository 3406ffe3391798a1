"""Rows are written once, whoever else writes them, and whatever happens to the connection."""

import os
import random
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc

from fixtures import rows
from fixtures.cast import ago
from fixtures.database import disagreements
from tracking import db
from tracking.ingest import writer as module
from tracking.ingest.decode import Rejection
from tracking.ingest.group import GroupCommit
from tracking.ingest.settle import settle
from tracking.ingest.writer import Writer


def row(number: int, when: str, **fields: Any) -> bytes:
    values = {
        "occurred_at": when, "event_id": str(uuid.UUID(int=number)), "creator": f"user-{number % 5}",
        "properties": {"n": number},
    }  # fmt: skip
    return rows.row(**values | fields)


@pytest.fixture
def pool(settings: Any, engine: Any) -> Any:
    """As the API has it: its role, several connections."""
    pool = db.engine(db.api_url(settings), pool_size=4)
    yield pool
    pool.dispose()


@pytest.fixture
def writer(pool: Any) -> Writer:
    return Writer(pool)


def said(verdicts: list[dict[str, str]]) -> list[str]:
    return [verdict["verdict"] for verdict in verdicts]


def test_verdicts_keep_their_places_among_rejections(writer: Writer, stored: Any) -> None:
    when = ago(minutes=5)
    bad = Rejection("name", "why")
    verdicts = settle(writer.write, "web", [bad, row(2, when), bad, row(1, when), row(2, when), bad])
    assert said(verdicts) == ["rejected", "accepted", "rejected", "accepted", "duplicate", "rejected"]
    assert verdicts[0] == {"verdict": "rejected", "field": "name", "reason": "why"}
    assert len(stored()) == 2


def at_once(write: Any, rows_of: Callable[[int, int], list[bytes]], *, workers: int = 4, rounds: int = 6) -> list[str]:
    """The verdicts of some writers that write at the same moment, each its rows in its own order: (worker, round)."""
    start = threading.Barrier(workers)

    def send(worker: int) -> list[str]:
        verdicts: list[str] = []
        chance = random.Random(worker)
        for turn in range(rounds):
            rows = rows_of(worker, turn)
            chance.shuffle(rows)
            start.wait(60)
            try:
                verdicts += said(write(rows))
            except BaseException:
                start.abort()  # nobody waits for this one
                raise
        return verdicts

    with ThreadPoolExecutor(workers) as executor:
        return [verdict for found in executor.map(send, range(workers)) for verdict in found]


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadlock would be tried again, and not be seen."""
    monkeypatch.setattr(module, "WAIT_FOR_DATABASE", -1)


@pytest.mark.parametrize("grouped", [False, True])
def test_writers_with_overlapping_shuffled_batches_store_each_row_once(
    writer: Writer, stored: Any, settings: Any, grouped: bool, no_retries: None
) -> None:
    """Unsorted, such batches wait for each other in a circle; sorted by their keys, they never deadlock."""
    when = [ago(minutes=minutes) for minutes in range(1, 8)]

    def rows_of(_: int, turn: int) -> list[bytes]:
        return [row(1000 * turn + n, when[n % 7]) for n in range(300)]

    verdicts = at_once(GroupCommit(writer.write).write if grouped else writer.write, rows_of)
    assert len(stored()) == 1800
    assert Counter(verdicts) == {"accepted": 1800, "duplicate": 1800 * 3}
    assert disagreements(settings) == {}


@pytest.mark.parametrize("times", [1, 2])
def test_writers_whose_actions_repeat_each_other_count_each_once(
    writer: Writer, stored: Any, settings: Any, times: int, no_retries: None
) -> None:
    """Different events of the same 200 actions, each so many times in a batch: the guard lets one of each through."""
    when = ago(minutes=5)

    def rows_of(worker: int, turn: int) -> list[bytes]:
        return [
            row(
                100_000 * worker + 1000 * turn + n,
                when,
                guard_key=str(uuid.UUID(int=1000 * turn + n % 200)),
                window=1800,
            )
            for n in range(200 * times)
        ]

    verdicts = at_once(writer.write, rows_of, rounds=3)
    assert Counter(verdicts) == {"accepted": 200 * 3, "repeat": 200 * 3 * (4 * times - 1)}
    assert len(stored()) == 200 * 3 * 4 * times
    assert disagreements(settings) == {}


def test_a_connection_that_was_lost_is_replaced(writer: Writer, pool: Any, stored: Any) -> None:
    """The pool still holds it when the next batch comes; nobody notices."""
    writer.write([row(1, ago(minutes=1))])
    cut_off(pool)
    assert said(writer.write([row(2, ago(minutes=2))])) == ["accepted"]
    assert len(stored()) == 2


def cut_off(pool: Any) -> None:
    """Breaks the pooled connection under way, as a restart of the server or of a router does."""
    with pool.connect() as connection:
        descriptor = os.dup(connection.connection.driver_connection.fileno())
    with socket.socket(fileno=descriptor) as same:
        same.shutdown(socket.SHUT_RDWR)


class Failing:
    """A pool whose first connections fail in a given way, and which then is the real one."""

    def __init__(self, pool: Any, *errors: Exception) -> None:
        self._pool, self.left = pool, list(errors)

    def execution_options(self, **options: Any) -> Any:
        self._pool = self._pool.execution_options(**options)
        return self

    def connect(self) -> Any:
        if self.left:
            raise self.left.pop(0)
        return self._pool.connect()


def failure(cause: Exception, *, lost: bool = False) -> sqlalchemy.exc.OperationalError:
    return sqlalchemy.exc.OperationalError("insert", {}, cause, connection_invalidated=lost)


DEADLOCK = psycopg.errors.DeadlockDetected("deadlock detected")
LOST = psycopg.OperationalError("the connection is closed")


@pytest.mark.parametrize(
    "errors",
    [
        [failure(DEADLOCK)],
        [failure(DEADLOCK), failure(DEADLOCK)],
        [failure(LOST, lost=True)],
        [failure(LOST, lost=True), failure(DEADLOCK)],
        [failure(psycopg.errors.AdminShutdown("terminating connection"), lost=True)],
    ],
)
def test_a_deadlock_or_a_lost_connection_is_tried_again(pool: Any, stored: Any, errors: list[Exception]) -> None:
    """These cannot be had on demand, so they are thrown."""
    failing = Failing(pool, *errors)
    assert said(Writer(failing).write([row(1, ago(minutes=1))])) == ["accepted"]
    assert failing.left == []
    assert len(stored()) == 1


def test_it_gives_up_on_a_database_that_stays_away(pool: Any, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_FOR_DATABASE", 0.1)
    failing = Failing(pool, *[failure(LOST, lost=True)] * 50)
    with pytest.raises(sqlalchemy.exc.OperationalError):
        Writer(failing).write([row(1, ago(minutes=1))])
    assert 40 < len(failing.left) < 50
    assert stored() == []


def test_what_a_retry_cannot_help_is_raised_at_once(pool: Any) -> None:
    cancelled = failure(psycopg.errors.QueryCanceled("statement timeout"))
    failing = Failing(pool, cancelled, cancelled)
    with pytest.raises(sqlalchemy.exc.OperationalError):
        Writer(failing).write([row(1, ago(minutes=1))])
    assert len(failing.left) == 1


def test_a_commit_whose_answer_was_lost_is_found_again(pool: Any, writer: Writer, stored: Any) -> None:
    """The row is there, the retry meets it: the verdict says duplicate, the count says one."""
    guarded = [row(1, ago(minutes=1), guard_key=str(uuid.UUID(int=1)), window=1800)]
    writer.write(guarded)
    assert said(Writer(Failing(pool, failure(LOST, lost=True))).write(guarded)) == ["duplicate"]
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "bad", [{"occurred_at": "nonsense"}, {"event_id": "no-uuid"}, {"excluded": "ghost"}, {"window": "long"}]
)
def test_a_row_that_the_database_refuses_is_rejected_and_its_neighbours_are_written(
    writer: Writer, stored: Any, bad: dict[str, Any]
) -> None:
    """No validation let it through to here; if one does, it must not take the others with it."""
    when = ago(minutes=1)
    five = [row(1, when), row(2, when), row(3, when, **bad), row(4, when), row(5, when)]
    verdicts = settle(writer.write, "web", five)
    assert said(verdicts) == ["accepted", "accepted", "rejected", "accepted", "accepted"]
    assert "the database cannot store it" in verdicts[2]["reason"]
    assert len(stored()) == 4


@pytest.mark.parametrize("places", [(0,), (4,), (0, 4), (0, 1, 2, 3, 4)])
def test_what_was_rejected_is_booked_once_however_a_batch_is_halved(
    writer: Writer, sql: Any, places: tuple[int, ...]
) -> None:
    five = [row(n, ago(minutes=1), **({"event_id": "no-uuid"} if n in places else {})) for n in range(5)]
    verdicts = settle(writer.write, "web", [Rejection("name", "why"), *five, Rejection("id", "why")])
    assert said(verdicts).count("rejected") == len(places) + 2
    booked = sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1")
    expected = [("accepted", 5 - len(places)), ("rejected", len(places) + 2)]
    assert booked == [line for line in expected if line[1]]
    assert sql("select count(*) from tracking.rejected_events") == [(len(places) + 2,)]
