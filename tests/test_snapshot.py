"""A copy is young, is read by one while the others go on, and is not trusted for long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tracking import snapshot
from tracking.snapshot import Snapshot


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Source:
    """Counts how often it is read. Its reader waits where `gate` is closed, and says so by `reached`."""

    def __init__(self) -> None:
        self.reads = 0
        self.gate, self.reached = threading.Event(), threading.Event()
        self.gate.set()

    def read(self) -> int:
        self.reached.set()
        assert self.gate.wait(30)
        self.reads += 1
        return self.reads


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    clock = Clock()
    monkeypatch.setattr(snapshot, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_is_read_anew_once_it_is_too_old(clock: Clock, source: Source) -> None:
    copy = Snapshot(source.read, max_age=2)
    seen = []
    for clock.now in (1000, 1001, 1002, 1002.1, 1004.1, 1004.2):
        seen.append(copy.get())
    assert seen == [1, 1, 1, 2, 2, 3]


def test_while_one_reads_the_others_go_on_with_the_old_one_until_that_is_too_old(clock: Clock, source: Source) -> None:
    copy = Snapshot(source.read, max_age=2)
    assert copy.get() == 1
    source.gate.clear()
    source.reached.clear()
    clock.now += 3
    with ThreadPoolExecutor(2) as pool:
        reader = pool.submit(copy.get)
        assert source.reached.wait(30)
        assert copy.get() == 1
        clock.now += 1.5  # more than twice the age
        waiting = pool.submit(copy.get)
        with pytest.raises(TimeoutError):
            waiting.result(0.2)  # it has the old one at hand, and does not give it
        source.gate.set()
        assert (reader.result(30), waiting.result(30)) == (2, 2)


def test_a_reader_that_fails_leaves_the_next_one_its_turn(clock: Clock) -> None:
    answers: list[Any] = [RuntimeError("away"), RuntimeError("still"), "there"]

    def read() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    copy = Snapshot(read, max_age=2)
    for said in ("away", "still"):
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match=said):
            pool.submit(copy.get).result(5)
    assert copy.get() == "there"
    clock.now += 10
    with pytest.raises(IndexError):  # and a copy that cannot be renewed is not given out
        copy.get()


class Database:
    """Counts how often it is asked; it may be away, and may take its time."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.answers = threading.Event()
        self.answers.set()

    def read(self) -> int:
        self.asked += 1
        assert self.answers.wait(30)
        if self.away:
            raise OperationalError("select", {}, Exception("refused"))
        return self.asked


def settled(copy: Snapshot[int]) -> None:
    """Waits until nobody reads it."""
    assert copy._reading.acquire(timeout=30)
    copy._reading.release()


def test_a_trusted_copy_is_given_out_while_the_database_is_away(clock: Clock) -> None:
    database = Database()
    copy = Snapshot(database.read, max_age=2, trusted=100)
    assert (copy.get(), copy.is_away) == (1, False)
    database.away = True
    clock.now += 3
    assert (copy.get(), copy.is_away) == (1, True)
    database.answers.clear()  # it does not even say no any more
    clock.now += 3
    assert copy.get() == copy.get(0.25) == 1
    database.answers.set()
    settled(copy)
    clock.now += 94  # a hundred since it was read
    assert copy.get() == 1
    settled(copy)
    clock.now += 1
    with pytest.raises(OperationalError):
        copy.get()


def test_a_trusted_copy_is_read_anew_when_the_database_is_back(clock: Clock) -> None:
    database = Database()
    copy = Snapshot(database.read, max_age=2, trusted=100)
    copy.get()
    database.away = True
    clock.now += 3
    copy.get()
    database.away = False
    assert copy.get() == 1  # it was asked just now
    clock.now += 3
    copy.get()
    settled(copy)
    assert (copy.get(), copy.is_away) == (3, False)
