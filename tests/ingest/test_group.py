"""Requests that wait together are written together, and each has its own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.cast import ago, event
from tracking.errors import Problem
from tracking.ingest import group
from tracking.ingest.group import GroupCommit
from tracking.ingest.writer import Verdict, Writer


class Slow:
    """Writes nowhere, and holds the first group until it may go on."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.entered = threading.Event()
        self.go = threading.Event()

    def __call__(self, rows: Sequence[bytes], refused: Sequence[bytes]) -> list[Verdict]:
        self.groups.append(list(rows))
        self.entered.set()
        assert self.go.wait(10)
        if b"bad" in rows:
            raise ValueError("as told")
        return [{"verdict": row.decode()} for row in rows]


def waiting(commit: GroupCommit, rows: int) -> None:
    """Returns once so many rows wait."""
    for _ in range(1000):
        if commit._waiting == rows:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{commit._waiting} rows wait, not {rows}")


def test_what_comes_during_a_commit_is_one_group_and_each_gets_its_own_verdicts() -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(12) as threads:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        others = [threads.submit(commit.write, [f"{n}a".encode(), f"{n}b".encode()]) for n in range(10)]
        waiting(commit, 20)
        slow.go.set()
        assert [verdict["verdict"] for verdict in first.result(5)] == ["first"]
        for n, other in enumerate(others):
            assert [verdict["verdict"] for verdict in other.result(5)] == [f"{n}a", f"{n}b"]
    assert [len(rows) for rows in slow.groups] == [1, 20]


def test_a_failure_is_the_answer_to_its_group_and_to_no_other() -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        second = threads.submit(commit.write, [b"bad"])
        waiting(commit, 1)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        with pytest.raises(ValueError, match="as told"):
            second.result(5)
    assert commit.write([b"after"]) == [{"verdict": "after"}]


def test_a_group_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MAX_GROUP", 5)
    slow = Slow()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(8) as threads:
        tickets = [threads.submit(commit.write, [b"first"])]
        assert slow.entered.wait(5)
        tickets += [threads.submit(commit.write, [b"x"] * 2) for _ in range(6)]
        tickets += [threads.submit(commit.write, [b"y"] * 9)]
        waiting(commit, 21)
        slow.go.set()
        for ticket in tickets:
            ticket.result(5)
    assert sorted(len(rows) for rows in slow.groups[1:]) == [4, 4, 4, 9]


def test_a_full_queue_is_said_with_a_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MAX_WAITING", 3)
    slow = Slow()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(4) as threads:
        tickets = [threads.submit(commit.write, [b"first"])]
        assert slow.entered.wait(5)
        tickets += [threads.submit(commit.write, [b"x"] * 4)]
        waiting(commit, 4)
        with pytest.raises(Problem) as refused:
            commit.write([b"too much"])
        slow.go.set()
        for ticket in tickets:
            ticket.result(5)
    assert (refused.value.status, refused.value.retry_after) == (503, 1)
    assert commit.write([b"again"]) == [{"verdict": "again"}]


def test_who_waited_too_long_is_sent_away_unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        late = threads.submit(commit.write, [b"late"])
        waiting(commit, 1)
        monkeypatch.setattr(group, "PATIENCE", 0.0)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        with pytest.raises(Problem) as refused:
            late.result(5)
    assert (refused.value.status, refused.value.retry_after) == (503, 2)
    assert [b"late"] not in slow.groups
    monkeypatch.setattr(group, "PATIENCE", 15.0)
    assert commit.write([b"again"]) == [{"verdict": "again"}]


def test_a_row_that_the_database_refuses_takes_no_neighbour_down(engine: Any, stored: Any, sql: Any) -> None:
    """Nothing that validation lets through does this today; one day something will."""
    good = [event() for _ in range(9)]
    row = '{{"t": "{t}", "i": "{id}", "s": "web", "c": "user-{n}", "rt": "job", "ri": "1", "n": "view", "p": {p}, "x": null}}'
    rows = [
        row.format(t=ago(minutes=n), id=one["id"], n=n, p='"\\u0000"' if n == 4 else "{}").encode()
        for n, one in enumerate(good)
    ]
    said = [verdict["verdict"] for verdict in Writer(engine).write(rows)]
    assert said == ["accepted"] * 4 + ["rejected"] + ["accepted"] * 4
    assert len(stored()) == 8
    assert sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1") == [
        ("accepted", 8),
        ("rejected", 1),
    ]
