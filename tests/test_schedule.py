"""A daily job is due once on each day of the reporting timezone, whatever its clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tracking.schedule import Daily

BERLIN = ZoneInfo("Europe/Berlin")


def instants(at: time, zone: ZoneInfo, since: datetime, days: int) -> list[datetime]:
    due = [Daily(at).after(since, zone)]
    while len(due) < days:
        due.append(Daily(at).after(due[-1], zone))
    return due


def test_it_is_due_at_the_time_of_day_there() -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert Daily(time(3)).after(noon, BERLIN) == datetime(2026, 11, 28, 2, tzinfo=UTC)
    assert Daily(time(14)).after(noon, BERLIN) == datetime(2026, 11, 27, 13, tzinfo=UTC)
    assert Daily(time(13)).after(noon, BERLIN) == datetime(2026, 11, 28, 12, tzinfo=UTC)  # it was due at this instant


@pytest.mark.parametrize("zone", ["America/Havana", "Europe/Berlin", "Pacific/Apia"])
def test_the_latest_time_is_the_one_before_the_next(zone: str) -> None:
    daily, timezone = Daily(time(2, 30)), ZoneInfo(zone)
    for hours in range(0, 8760, 7):
        now = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(hours=hours)  # Apia had no 30 December 2011
        latest = daily.latest(now, timezone)
        assert latest <= now < daily.after(latest, timezone)
        assert daily.latest(latest, timezone) == latest, "it was due at this instant"


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 2)], ids=["left out", "twice"])
def test_clocks_that_change_take_no_day_and_add_none(day: date, hour: int) -> None:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
    due = instants(time(hour, 30), BERLIN, since, 6)
    days = [instant.astimezone(BERLIN).date() for instant in due]
    assert day in days
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


def test_a_time_that_clocks_move_past_midnight_is_due_still() -> None:
    """In Nuuk, 23:00 becomes 0:00 of the next day: 23:30 of the 28th is 0:30 of the 29th."""
    due = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    for minutes in (1, 20, 40):
        assert Daily(time(23, 30)).after(due - timedelta(minutes=minutes), ZoneInfo("America/Nuuk")) == due


@pytest.mark.parametrize("zone", ["America/Havana", "Pacific/Chatham", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("at", [time(0), time(0, 30), time(2, 45), time(23, 59)])
def test_a_year_has_as_many_runs_as_days(zone: str, at: time) -> None:
    due = instants(at, ZoneInfo(zone), datetime(2026, 1, 1, 12, tzinfo=UTC), 365)
    assert all(timedelta(hours=22) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(due))
    assert due[-1] - due[0] < timedelta(days=364, hours=2)
