"""The calendar: each day once, without a gap, by Python's own calendar."""

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")


def test_each_day_is_there_once_and_as_the_calendar_has_it(seen: Any, engine: Any) -> None:
    rows = seen("select * from analytics.dim_date order by day")
    first, last = rows[0][0], rows[-1][0]
    assert first <= date(2020, 1, 1)
    assert last == date(2050, 12, 31)
    assert [row[0] for row in rows] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for row in rows:
        day = row[0]
        year, week, weekday = day.isocalendar()
        assert row == (
            day, datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC), day.year, (day.month + 2) // 3,
            day.month, calendar.month_name[day.month], day.replace(day=1), year, week, day - timedelta(days=weekday - 1),
            weekday, calendar.day_name[weekday - 1], weekday <= 5,
        )  # fmt: skip


@pytest.mark.parametrize("year", [2000, 2020])
def test_whatever_may_be_imported_has_its_day(insert: Any, seen: Any, year: int) -> None:
    """An access log of long ago, too."""
    base = {
        "source": "web",
        "creator": "a",
        "receiver_type": "job",
        "receiver_id": "1",
        "name": "view",
        "excluded": None,
    }
    insert([base | {"occurred_at": datetime(year, 1, 2, 12, tzinfo=UTC)}])
    assert seen("select day from analytics.fact_daily") == [(date(year, 1, 2),)]
