"""Which days of a period the daily aggregate may answer for, and what it costs to know."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tracking.stats.comparing import beside
from tracking.stats.periods import INTERVALS, MAX_BUCKETS, Interval, Period, PeriodError, between, whole_days


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "edges", "days"),
    [
        ("UTC", ["2026-03-01T00:00", "2026-03-03T00:00"], ("2026-03-01T00:00", "2026-03-03T00:00")),
        ("UTC", ["2026-03-01T00:15", "2026-03-04T23:45"], ("2026-03-02T00:00", "2026-03-04T00:00")),
        ("UTC", ["2026-03-01T00:15", "2026-03-02T23:45"], None),
        ("UTC", ["2026-03-01T10:00", "2026-03-01T11:00"], None),
        ("UTC", ["2026-03-01T12:00", "2026-03-02T00:00", "2026-03-03T00:00", "2026-03-03T12:00"],
         ("2026-03-02T00:00", "2026-03-03T00:00")),
        ("UTC", ["2026-03-01T00:00", "2026-03-01T23:00", "2026-03-02T23:00"], None),  # days of another timezone
        ("UTC", ["2026-03-01T00:00", "2026-03-02T01:00", "2026-03-03T00:00"], None),
        ("Europe/Berlin", ["2026-03-28T23:00", "2026-03-29T22:00"], ("2026-03-28T23:00", "2026-03-29T22:00")),
        ("Europe/Berlin", ["2026-10-24T22:00", "2026-10-25T23:00"], ("2026-10-24T22:00", "2026-10-25T23:00")),
        ("Africa/Cairo", ["2026-04-22T22:00", "2026-04-24T21:00"], ("2026-04-22T22:00", "2026-04-24T21:00")),
        ("Atlantic/Azores", ["2026-10-20T00:00", "2026-10-23T00:00"], ("2026-10-20T00:00", "2026-10-23T00:00")),
    ],
)  # fmt: skip
def test_whole_days(timezone: str, edges: list[str], days: tuple[str, str] | None) -> None:
    found = whole_days([at(edge) for edge in edges], ZoneInfo(timezone))
    assert found == (days and tuple(map(at, days)))


def calls(run: Callable[[], object]) -> int:
    """How many functions it calls: what it costs, whatever else the machine does."""
    seen = 0

    def count(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal seen
        seen += what in {"call", "c_call"}

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("kind", ["previous", "year"])
def test_the_arithmetic_of_two_centuries_is_that_of_a_day(kind: Any) -> None:
    zone = ZoneInfo("Europe/Berlin")

    def reckon(first: date, last: date) -> None:
        period = between(first, last, zone, "day")
        for edges in ([period.start, period.end], beside(period, [period.start, period.end], kind, None)):
            assert whole_days(edges, zone) is not None

    day = calls(lambda: reckon(date(2026, 3, 1), date(2026, 3, 1)))
    assert calls(lambda: reckon(date(1990, 1, 2), date(2199, 12, 30))) < 2 * day < 400


@pytest.mark.parametrize("interval", INTERVALS)
def test_too_many_buckets_are_refused_before_they_are_made(interval: Interval) -> None:
    def ask() -> None:
        period = Period(at("1990-01-02T00:00"), at("2199-12-30T00:00"), ZoneInfo("UTC"))
        with pytest.raises(PeriodError, match="at most 1500 buckets"):
            period.edges(interval)

    assert calls(ask) < MAX_BUCKETS
