"""Requests that wait together are written together, and each has its own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from fixtures.rows import row
from tracking.errors import Problem
from tracking.ingest import group
from tracking.ingest.group import GroupCommit
from tracking.ingest.settle import settle
from tracking.ingest.writer import Verdict, Writer


class Slow:
    """Writes nowhere, and holds the first group until it may go on."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.entered = threading.Event()
        self.go = threading.Event()

    def __call__(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
        self.groups.append(list(rows))
        self.entered.set()
        assert self.go.wait(10)
        if b"bad" in rows:
            raise ValueError("as told")
        return [{"verdict": row.decode()} for row in rows]


def waiting(commit: GroupCommit, rows: int) -> None:
    """Returns once so many rows wait."""
    for _ in range(1000):
        if commit.waiting == rows:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{commit.waiting} rows wait, not {rows}")


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
        monkeypatch.setattr(group, "WAIT_FOR_COMMIT", 0.0)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        with pytest.raises(Problem) as refused:
            late.result(5)
    assert (refused.value.status, refused.value.retry_after) == (503, 2)
    assert [b"late"] not in slow.groups
    monkeypatch.setattr(group, "WAIT_FOR_COMMIT", 15.0)
    assert commit.write([b"again"]) == [{"verdict": "again"}]


def test_a_row_that_the_database_refuses_takes_no_neighbour_down(engine: Any, stored: Any, sql: Any) -> None:
    """Nothing that validation lets through does this today; one day something will."""
    rows = [row(creator=f"user-{n}", properties={"a": "\0"} if n == 4 else {}) for n in range(9)]
    said = [verdict["verdict"] for verdict in settle(Writer(engine).write, "web", rows)]
    assert said == ["accepted"] * 4 + ["rejected"] + ["accepted"] * 4
    assert len(stored()) == 8
    assert sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1") == [
        ("accepted", 8),
        ("rejected", 1),
    ]


class Ended(BaseException):
    """As a greenlet that is killed, or a worker that is told to go, meets it wherever it happens to be."""


class Interrupted(Slow):
    """Ends whoever writes a certain row."""

    def __call__(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
        verdicts = super().__call__(rows, rejected)
        if b"ends" in rows:
            raise Ended
        return verdicts


def test_a_ticket_that_nobody_wrote_has_no_verdicts() -> None:
    """Who wrote for others was ended in the middle: they are told to send again, not that all is well."""
    slow = Interrupted()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        others = [threads.submit(commit.write, [row]) for row in (b"ends", b"other", b"third")]
        waiting(commit, 3)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        errors = [other.exception(5) for other in others]
    assert sorted(type(error).__name__ for error in errors) == ["Ended", "Problem", "Problem"]
    assert {error.status for error in errors if isinstance(error, Problem)} == {503}
    assert commit.waiting == 0
    assert commit.write([b"after"]) == [{"verdict": "after"}]


def test_followers_of_an_interrupted_writer_are_told_to_send_again() -> None:
    ticket = group.Ticket([b"row"], [])
    with pytest.raises(Problem) as refused:
        ticket.result()
    assert (refused.value.status, refused.value.kind, refused.value.retry_after) == (503, "interrupted", 1)


class InCompany(GroupCommit):
    """Its leaders linger each time."""

    _in_company = property(lambda _: True, lambda *_: None)  # type: ignore[assignment]


@pytest.mark.parametrize("moment", ["lingers", "waits", "was just told to lead"])
def test_who_is_ended_before_its_turn_hands_on_the_lead_and_is_not_written(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    commit = InCompany(slow)
    ends = threading.Event()

    def end(*_: object) -> None:
        if threading.current_thread().name.startswith("doomed"):
            ends.wait(10)
            raise Ended

    with ThreadPoolExecutor(2) as threads, ThreadPoolExecutor(1, "doomed") as doomed:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        if moment == "lingers":
            monkeypatch.setattr(group.time, "sleep", end)
        elif moment == "waits":
            monkeypatch.setattr(group.Ticket, "wait", end_in_place_of(group.Ticket.wait, end, after=False))
        else:
            monkeypatch.setattr(group.Ticket, "wait", end_in_place_of(group.Ticket.wait, end, after=True))
        late = doomed.submit(commit.write, [b"late"])
        waiting(commit, 1)
        next_ = threads.submit(commit.write, [b"next"])
        waiting(commit, 2)
        if moment == "waits":
            ends.set()
            assert isinstance(late.exception(5), Ended)
            waiting(commit, 1)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        ends.set()
        assert isinstance(late.exception(5), Ended)
        assert next_.result(5) == [{"verdict": "next"}]
    assert commit.waiting == 0
    assert all(b"late" not in rows for rows in slow.groups)
    assert commit.write([b"after"]) == [{"verdict": "after"}]


def end_in_place_of(wait: Any, end: Any, *, after: bool) -> Any:
    def patched(ticket: group.Ticket) -> None:
        if not after:
            end()
        wait(ticket)
        end()

    return patched


def test_what_waits_is_counted_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted down by requests, the queue would be full for ever after a while."""
    monkeypatch.setattr(group, "MAX_WAITING", 10)
    slow = Slow()
    slow.go.set()
    commit = GroupCommit(slow)
    for _ in range(20):
        assert len(commit.write([b"x"] * 5)) == 5
        assert commit.waiting == 0


class TooMuch(Slow):
    """A database that gives up over a statement that has a certain row in it."""

    def __call__(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
        verdicts = super().__call__(rows, rejected)
        if b"heavy" in rows:
            raise OperationalError("select", {}, QueryCanceled("canceling statement due to statement timeout"))
        return verdicts


def test_a_group_that_the_database_gives_up_over_is_written_again_one_by_one() -> None:
    """Who is at fault fails alone, and is told so in words of its own; its neighbours are written."""
    slow = TooMuch()
    commit = GroupCommit(slow)
    with ThreadPoolExecutor(12) as threads:
        first = threads.submit(commit.write, [b"first"])
        assert slow.entered.wait(5)
        good = [threads.submit(commit.write, [f"{n}".encode()], [b"no"]) for n in range(5)]
        waiting(commit, 5)
        bad = threads.submit(commit.write, [b"heavy"] * 3)
        waiting(commit, 8)
        slow.go.set()
        assert first.result(5) == [{"verdict": "first"}]
        for n, one in enumerate(good):
            assert one.result(5) == [{"verdict": f"{n}"}]
        with pytest.raises(Problem) as refused:
            bad.result(5)
    assert (refused.value.status, refused.value.kind, refused.value.retry_after) == (503, "too-slow", 5)
    assert "nothing of them was stored" in refused.value.detail
