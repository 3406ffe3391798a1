"""A day closes in the reporting timezone; its message comes by a person's clock, never at night, and before the next one."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from fixtures.telling import VIEWS
from tracking.notifications import timing
from tracking.notifications.timing import Quiet, closed_day, end_of, next_day
from tracking.schedule import Daily

BERLIN, HONOLULU, TOKYO, AZORES = map(ZoneInfo, ("Europe/Berlin", "Pacific/Honolulu", "Asia/Tokyo", "Atlantic/Azores"))
NIGHT = Quiet(time(21), time(8))


def times(day: date, own: ZoneInfo, *, at: time = time(9), clock: ZoneInfo | None = None, kind: str = "daily"):
    return timing.times(kind, day, Daily(at), NIGHT, clock=clock or own, own=own, zone=BERLIN)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-26T22:59:59Z", date(2026, 11, 25)),
        ("2026-11-26T23:00:00Z", date(2026, 11, 26)),
        ("2026-07-25T21:59:59Z", date(2026, 7, 24)),
        ("2026-07-25T22:00:00Z", date(2026, 7, 25)),
    ],
)
def test_a_day_is_over_at_midnight_of_the_reporting_timezone(moment: str, day: date) -> None:
    assert closed_day("daily", datetime.fromisoformat(moment), BERLIN) == day


def test_a_digest_is_of_the_week_that_ended_on_sunday() -> None:
    sunday = datetime(2026, 11, 22, tzinfo=BERLIN)
    days = [closed_day("weekly", sunday + timedelta(days=number, hours=1), BERLIN) for number in range(8)]
    assert days == [date(2026, 11, 15)] + [date(2026, 11, 22)] * 7
    assert timing.first_day("weekly", date(2026, 11, 22)) == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-30T22:59:59Z", date(2026, 10, 31)),
        ("2026-11-30T23:00:00Z", date(2026, 11, 30)),
        ("2026-03-31T21:59:59Z", date(2026, 2, 28)),  # summer time began
        ("2026-03-31T22:00:00Z", date(2026, 3, 31)),
        ("2024-03-01T00:00:00Z", date(2024, 2, 29)),
        ("2026-12-31T23:00:00Z", date(2026, 12, 31)),
    ],
)
def test_a_month_is_over_at_midnight_of_the_reporting_timezone(moment: str, day: date) -> None:
    assert closed_day("monthly", datetime.fromisoformat(moment), BERLIN) == day


def test_months_follow_each_other_without_a_gap() -> None:
    day = date(2023, 12, 31)
    for _ in range(40):
        following = next_day("monthly", day)
        assert timing.first_day("monthly", following) == day + timedelta(days=1)
        assert timing.last_day("monthly", day + timedelta(days=1)) == timing.last_day("monthly", following) == following
        since, until = timing.span("monthly", following, BERLIN)
        assert (since, until) == (end_of(day, BERLIN), end_of(following, BERLIN))
        day = following
    assert day == date(2027, 4, 30)


@pytest.mark.parametrize(
    ("own", "due"),
    [
        (BERLIN, "2026-11-27T08:00:00Z"),
        (HONOLULU, "2026-11-27T19:00:00Z"),  # the day ends there at one in the afternoon
        (TOKYO, "2026-11-27T00:00:00Z"),  # and there at eight in the morning
        (AZORES, "2026-11-27T10:00:00Z"),
    ],
)
def test_everybody_is_told_of_the_same_day_by_their_own_clock(own: ZoneInfo, due: str) -> None:
    assert times(date(2026, 11, 26), own).due == datetime.fromisoformat(due)


@pytest.mark.parametrize("own", [BERLIN, HONOLULU, TOKYO, AZORES])
@pytest.mark.parametrize("day", [date(2026, 3, 25), date(2026, 10, 21), date(2026, 12, 28)])
def test_each_day_has_one_time_also_in_the_nights_on_which_clocks_change(own: ZoneInfo, day: date) -> None:
    days = [day + timedelta(days=number) for number in range(10)]
    told = [times(each, own, at=time(8, 30)) for each in days]
    for each, (due, _) in zip(days, told, strict=True):
        assert end_of(each, BERLIN) <= due < end_of(each, BERLIN) + timedelta(hours=26)
        assert due.astimezone(own).time() == time(8, 30)
    assert [one.expires for one in told[:-1]] == [later.due for _, later in pairwise(told)]


@pytest.mark.parametrize("day", [date(2026, 3, 27), date(2026, 3, 28), date(2026, 10, 23), date(2026, 10, 24)])
def test_a_time_that_clocks_leave_out_or_show_twice_is_told_once(day: date) -> None:
    never = Quiet(time(0), time(0))
    told = [
        timing.times("daily", day + timedelta(days=number), Daily(time(2, 30)), never, clock=BERLIN, own=BERLIN, zone=BERLIN)
        for number in range(3)
    ]  # fmt: skip
    gaps = [later.due - earlier.due for earlier, later in pairwise(told)]
    assert all(timedelta(hours=22) < gap < timedelta(hours=26) for gap in gaps)


@pytest.mark.parametrize(
    ("since", "until", "clock", "waits"),
    [
        (time(21), time(8), "20:59", 0),
        (time(21), time(8), "21:00", 660),
        (time(21), time(8), "03:00", 300),
        (time(21), time(8), "08:00", 0),
        (time(12), time(13, 30), "12:45", 45),
        (time(12), time(13, 30), "13:30", 0),
        (time(0), time(0), "00:00", 0),
    ],
)
def test_quiet_hours_are_over_at_their_end(since: time, until: time, clock: str, waits: int) -> None:
    moment = datetime.combine(date(2026, 11, 26), time.fromisoformat(clock), TOKYO)
    assert Quiet(since, until).over(moment, TOKYO) - moment == timedelta(minutes=waits)


def test_a_rules_time_in_somebodys_night_waits_until_the_morning() -> None:
    due = times(date(2026, 11, 26), HONOLULU, clock=BERLIN).due
    assert due == datetime(2026, 11, 27, 8, tzinfo=HONOLULU), "nine in Berlin is ten in the evening there"


def test_a_quiet_night_may_have_25_hours() -> None:
    assert NIGHT.over(datetime(2026, 10, 24, 22, tzinfo=BERLIN), BERLIN) == datetime(2026, 10, 25, 8, tzinfo=BERLIN)


def test_nothing_is_told_before_its_last_quarter_of_an_hour_is_counted() -> None:
    day = date(2026, 11, 26)
    assert VIEWS.earliest(day, BERLIN) == datetime(2026, 11, 27, 9, tzinfo=BERLIN)
    at_midnight = VIEWS.__class__(**{name: getattr(VIEWS, name) for name in VIEWS.__slots__} | {"send_at": time(0)})
    assert at_midnight.earliest(day, BERLIN) == datetime(2026, 11, 27, 1, tzinfo=BERLIN)


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly", "milestone"])
def test_the_next_day_comes_after_this_one(kind: str) -> None:
    sunday = date(2026, 10, 25)
    assert next_day(kind, sunday) - sunday == timedelta(days={"weekly": 7, "monthly": 6}.get(kind, 1))
    assert times(sunday, BERLIN, kind=kind).expires > times(sunday, BERLIN, kind=kind).due.astimezone(UTC)
