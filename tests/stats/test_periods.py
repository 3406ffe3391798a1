"""Which days of a period the daily aggregate may answer for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tracking.stats.periods import whole_days


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
        ("Atlantic/Azores", ["2026-10-20T00:00", "2026-10-30T01:00"], None),  # midnight comes twice on the 25th
    ],
)  # fmt: skip
def test_whole_days(timezone: str, edges: list[str], days: tuple[str, str] | None) -> None:
    found = whole_days([at(edge) for edge in edges], ZoneInfo(timezone))
    assert found == (days and tuple(map(at, days)))
