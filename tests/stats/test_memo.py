"""What took long to count is kept for a while, for the very same question only."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.cast import bearer, event
from tracking.provenance import tokens
from tracking.stats import memo
from tracking.stats.memo import Memo

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
THEN = NOW - timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    clock = Clock()
    monkeypatch.setattr(memo, "time", clock)
    return clock


def counting(clock: Clock, seconds: float, rows: int = 1) -> tuple[Any, list[float]]:
    calls: list[float] = []

    def count() -> list[Any]:
        calls.append(clock.now)
        clock.now += seconds
        return [(len(calls),)] * rows

    return count, calls


@pytest.mark.parametrize(("took", "kept_for"), [(0.2, 20), (0.5, 50), (3.0, 60)])
def test_a_result_is_kept_a_hundred_times_as_long_as_it_took(clock: Clock, took: float, kept_for: float) -> None:
    kept, (count, calls) = Memo(), counting(clock, took)
    assert kept.get(b"q", THEN, count) == ([(1,)], None)
    clock.now = 1000 + kept_for - 0.5
    assert kept.get(b"q", NOW, count) == ([(1,)], THEN)
    clock.now = 1000 + kept_for + 0.5
    assert kept.get(b"q", NOW, count) == ([(2,)], None)
    assert len(calls) == 2


def test_what_was_quick_is_counted_again(clock: Clock) -> None:
    kept, (count, calls) = Memo(), counting(clock, 0.05)
    assert [kept.get(b"q", NOW, count)[0] for _ in range(3)] == [[(1,)], [(2,)], [(3,)]]
    assert len(calls) == 3


@pytest.mark.parametrize("rows", [0, 4])
def test_the_oldest_goes_where_all_together_are_too_large(clock: Clock, monkeypatch: Any, rows: int) -> None:
    """What found nothing takes room, too."""
    monkeypatch.setattr(memo, "MOST_BYTES", 2 * (memo.OVERHEAD + 20))
    kept = Memo()
    count, calls = counting(clock, 0.2, rows)
    for question in (b"a", b"b", b"b", b"c"):
        kept.get(question, NOW, count)
    assert len(calls) == 3
    kept.get(b"b", NOW, count)
    assert len(calls) == 3
    kept.get(b"a", NOW, count)
    assert len(calls) == 4


def test_a_kept_answer_says_of_which_moment_it_is_and_is_nobody_elses(
    app: Any, client: Any, web: str, post: Any, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, memo=Memo(worth=0)))
    monkeypatch.setattr(memo, "TIMES", 1e9)  # for as long as a result is kept at most
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id, owner) values ('job', '1', 'acme'), ('job', '2', 'bolt')"
    )
    acme, bolt = (bearer(tokens.mint(web, "stats", seconds=900, owner=owner)) for owner in ("acme", "bolt"))
    for number in range(3):
        post(event(name="share", receiver="job:1", id=f"one-{number}"))
    post(event(name="share", receiver="job:2", id="two"))

    def ask(headers: dict[str, str], uniques: str = "true") -> tuple[int, datetime]:
        response = client.get(f"/v1/stats/summary?compare=none&uniques={uniques}", headers=headers)
        said, now = datetime.fromisoformat(response.headers["As-Of"]), datetime.now(UTC)
        assert abs((now - said).total_seconds() - int(response.headers["Age"])) < 2
        return response.json["events"], said

    first = (ask(acme), ask(bolt))
    assert [events for events, _ in first] == [3, 1]
    monkeypatch.setattr(memo, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 30))
    post(event(name="share", receiver="job:1", id="one-more"))
    assert (ask(acme), ask(bolt)) == first
    newer = ask(acme, uniques="false")
    assert newer[0] == 4
    assert newer[1] > first[0][1]
