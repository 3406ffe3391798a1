"""Rows are written once, whoever else writes them, and whatever happens to the connection."""

import json
import os
import random
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc

from fixtures.cast import ago
from tracking import db
from tracking.ingest.decode import Refusal
from tracking.ingest.writer import ATTEMPTS, Writer


def row(number: int, when: str) -> bytes:
    values = {
        "t": when, "i": str(uuid.UUID(int=number)), "s": "web", "c": f"user-{number % 5}",
        "rt": "job", "ri": "42", "n": "view", "p": {"n": number}, "x": None,
    }  # fmt: skip
    return json.dumps(values).encode()


@pytest.fixture
def pool(settings: Any, engine: Any) -> Any:
    """As the API has it: its role, several connections."""
    pool = db.engine(db.api_url(settings), pool_size=4)
    yield pool
    pool.dispose()


def said(verdicts: list[dict[str, str]]) -> list[str]:
    return [verdict["verdict"] for verdict in verdicts]


def test_verdicts_keep_their_places_among_refusals(pool: Any, stored: Any) -> None:
    when = ago(minutes=5)
    bad = Refusal("name", "why")
    verdicts = Writer(pool).settle([bad, row(2, when), bad, row(1, when), row(2, when), bad])
    assert said(verdicts) == ["rejected", "accepted", "rejected", "accepted", "duplicate", "rejected"]
    assert verdicts[0] == {"verdict": "rejected", "field": "name", "reason": "why"}
    assert len(stored()) == 2


def test_nothing_to_write_touches_no_database() -> None:
    nowhere = db.engine(sqlalchemy.make_url("postgresql+psycopg://nobody@/x?host=/nowhere"))
    assert Writer(nowhere).settle([Refusal("name", "why")]) == [
        {"verdict": "rejected", "field": "name", "reason": "why"}
    ]


def test_writers_with_overlapping_shuffled_batches_store_each_row_once(pool: Any, stored: Any) -> None:
    """Unsorted, such batches wait for each other in a circle; sorted by their key, they cannot."""
    when = [ago(minutes=minutes) for minutes in range(1, 8)]
    rows = [row(number, when[number % 7]) for number in range(400)]
    writer, workers, rounds = Writer(pool), 4, 6
    start = threading.Barrier(workers)

    def write(seed: int) -> list[str]:
        shuffled = random.Random(seed).sample(rows, len(rows))
        verdicts = []
        start.wait()
        for _ in range(rounds):
            verdicts += said(writer.write(shuffled))
            random.Random(seed).shuffle(shuffled)
        return verdicts

    with ThreadPoolExecutor(workers) as executor:
        verdicts = [verdict for found in executor.map(write, range(workers)) for verdict in found]
    assert verdicts.count("accepted") == len(rows)
    assert verdicts.count("duplicate") == len(rows) * (workers * rounds - 1)
    assert len(stored()) == len(rows)


def test_a_connection_that_was_lost_is_replaced(pool: Any, stored: Any) -> None:
    """The pool still holds it when the next batch comes; nobody notices."""
    writer = Writer(pool)
    writer.write([row(1, ago(minutes=1))])
    cut_off_the_api(pool)
    assert said(writer.write([row(2, ago(minutes=2))])) == ["accepted"]
    assert len(stored()) == 2


def cut_off_the_api(pool: Any) -> None:
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
    ],
)
def test_a_deadlock_or_a_lost_connection_is_tried_again(pool: Any, stored: Any, errors: list[Exception]) -> None:
    """Only these two cannot be had on demand, so they are thrown."""
    failing = Failing(pool, *errors)
    assert said(Writer(failing).write([row(1, ago(minutes=1))])) == ["accepted"]
    assert failing.left == []
    assert len(stored()) == 1


def test_it_gives_up_after_a_few_attempts(pool: Any, stored: Any) -> None:
    failing = Failing(pool, *[failure(DEADLOCK)] * (ATTEMPTS + 1))
    with pytest.raises(sqlalchemy.exc.OperationalError):
        Writer(failing).write([row(1, ago(minutes=1))])
    assert len(failing.left) == 1
    assert stored() == []


def test_what_a_retry_cannot_help_is_raised_at_once(pool: Any) -> None:
    cancelled = failure(psycopg.errors.QueryCanceled("statement timeout"))
    failing = Failing(pool, cancelled, cancelled)
    with pytest.raises(sqlalchemy.exc.OperationalError):
        Writer(failing).write([row(1, ago(minutes=1))])
    assert len(failing.left) == 1


def test_a_commit_whose_answer_was_lost_is_found_again(pool: Any, stored: Any) -> None:
    """The row is there, the retry meets it: the verdict says duplicate, the count says one."""
    writer, rows = Writer(pool), [row(1, ago(minutes=1))]
    writer.write(rows)
    assert said(Writer(Failing(pool, failure(LOST, lost=True))).write(rows)) == ["duplicate"]
    assert len(stored()) == 1
