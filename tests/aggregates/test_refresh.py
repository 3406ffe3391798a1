"""What waits is counted, wherever it lies, and only that; many refreshes at once do no harm."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import ago
from fixtures.database import AGGREGATES, disagreements
from tracking import db
from tracking.aggregates import refresh

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def materialized(sql: Any, aggregate: str) -> int:
    """How many events the aggregate itself holds, without what real time adds."""
    ((kept,),) = sql("select kept from tracking.aggregates where name = %s", aggregate)
    ((events,),) = sql(f"select coalesce(sum(events), 0)::int from {kept}")
    return events


def test_what_waits_is_counted_and_then_nothing_waits(happened: Any, settings: Any, sql: Any) -> None:
    url = db.owner_url(settings)
    happened(*(ago(days=day) for day in (2, 3, 4)))
    assert [materialized(sql, name) for name in AGGREGATES] == [0] * len(AGGREGATES)
    assert refresh.catch_up(url) > 0
    assert [materialized(sql, name) for name in AGGREGATES] == [3] * len(AGGREGATES)
    assert disagreements(settings) == {}
    assert refresh.due(url) == []


@pytest.mark.parametrize("ages", [[0], [0.5], [30], [30, 24], [30, 20.01], [30, 20, 10, 0], [400, 200, 1], [4000, 2]])
def test_events_of_any_age_are_counted(happened: Any, settings: Any, sql: Any, ages: list[float]) -> None:
    happened(*(ago(days=age) for age in ages))
    refresh.catch_up(db.owner_url(settings))
    assert disagreements(settings) == {}
    old = sum(age > 2.5 for age in ages)
    assert all(materialized(sql, name) >= old for name in AGGREGATES)
    assert sql("select tracking.unrefreshed_since('-infinity', 'infinity')") == [(None,)]


def test_days_counted_again_hide_nothing_that_waits_before_them(happened: Any, settings: Any, counted: Any) -> None:
    """Real time shows what lies beyond the watermark, and a refresh takes that over whatever lies before its span."""
    url, now = db.owner_url(settings), datetime.now(UTC)
    happened(ago(days=40), ago(days=30), ago(days=20))
    for _ in refresh.refresh(url, refresh.everything(url, now - 22 * DAY, now)):
        assert min(counted(now - 50 * DAY, now)) == 3


def test_who_asks_while_counts_are_refreshed_misses_nothing(happened: Any, settings: Any, sql: Any) -> None:
    """Of the quarters of ten days: a refresh that goes over them in batches would hide those that wait for their turn."""
    url, done = db.owner_url(settings), Event()
    happened(*(ago(minutes=15 * n) for n in range(960)))

    def ask() -> set[int]:
        seen = set()
        while not done.is_set():
            seen |= {events for (events,) in sql("select sum(events)::int from tracking.event_counts_15min")}
        return seen

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            refresh.catch_up(url)
        finally:
            done.set()
        assert asking.result() == {960}


def test_an_old_event_between_counted_days_is_caught_up(happened: Any, settings: Any, sql: Any) -> None:
    """However old: nothing is left waiting, and what was never there does not wait."""
    url = db.owner_url(settings)
    happened(ago(days=4000), ago(days=1))
    refresh.catch_up(url)
    assert happened(ago(days=2000), ago(days=900), ago(days=3)) == {"accepted": 3}
    ((waits,),) = sql("select tracking.unrefreshed_since('-infinity', 'infinity')")
    assert waits < datetime.now(UTC) - 1999 * DAY
    assert len(refresh.due(url, ["event_counts_daily"])) == 3
    refresh.catch_up(url)
    assert [materialized(sql, name) for name in AGGREGATES] == [5, 4 + sql_yesterday(), 4 + sql_yesterday(), 5]
    assert sql("select tracking.unrefreshed_since('-infinity', 'infinity')") == [(None,)]
    assert disagreements(settings) == {}


def sql_yesterday() -> int:
    """Whether the day of an event of a day ago is over, and counted: it was an hour ago that it had to be."""
    return int((datetime.now(BERLIN) - DAY).date() < (datetime.now(BERLIN) - timedelta(hours=1)).date())


def test_windows_are_whole_days_ten_at_most_and_end_an_hour_ago(happened: Any, settings: Any) -> None:
    happened(*(ago(days=day) for day in range(40)))
    spans = refresh.due(db.owner_url(settings))
    assert {span.aggregate for span in spans} == {*AGGREGATES}
    for span in spans:
        since, until = (edge.astimezone(BERLIN) for edge in (span.since, span.until))
        assert since.hour == since.minute == 0
        assert since < until
        assert until.date() - since.date() <= 10 * DAY
        assert until <= datetime.now(UTC) - timedelta(hours=1)
        if span.aggregate == "event_counts_15min":
            assert until.minute % 15 == until.second == 0
        elif span.aggregate == "activity_hourly":
            assert until.minute == until.second == 0
        else:
            assert until.hour == until.minute == 0
    daily = [span for span in spans if span.aggregate == "event_counts_daily"]
    assert all(one.until == other.since for one, other in pairwise(daily))


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize(
    "day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-24", "2026-10-04", "2024-02-29"]
)
def test_midnights_are_those_of_the_calendar(sql: Any, zone: str, day: str) -> None:
    timezone = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=timezone)
    first, following = (noon.replace(hour=0) + offset * DAY for offset in (0, 1))
    ((before, after, same),) = sql(
        "with moved as (update tracking.deployment set value = %s where key = 'reporting_timezone')"
        " select null::timestamptz, null::timestamptz, null::timestamptz",
        zone,
    )
    try:
        ((before, after, same),) = sql(
            "select tracking.midnight_before(%s), tracking.midnight_after(%s), tracking.midnight_after(tracking.midnight_before(%s))",
            noon, noon, noon,
        )  # fmt: skip
    finally:
        sql("update tracking.deployment set value = 'Europe/Berlin' where key = 'reporting_timezone'")
    assert (before, after, same) == (first.astimezone(UTC), following.astimezone(UTC), first.astimezone(UTC))


def test_refreshes_at_the_same_time_wait_for_each_other(happened: Any, settings: Any) -> None:
    times = [ago(days=day, minutes=minute) for day in range(1, 20) for minute in range(25)]
    assert happened(*times) == {"accepted": len(times)}
    url, now = db.owner_url(settings), datetime.now(UTC)
    spans = refresh.everything(url, now - 20 * DAY, now)

    def run(_: int) -> int:
        return sum(1 for _ in refresh.refresh(url, spans))

    with ThreadPoolExecutor(3) as executor:
        assert list(executor.map(run, range(3))) == [len(spans)] * 3
    assert disagreements(settings) == {}


@pytest.mark.parametrize("hours", [(0,), (-9, 0), (-9, 0, 1), (-9, -1), (0, 5)])
def test_the_last_of_some_late_events_may_be_at_the_first_instant_of_a_bucket(
    happened: Any, settings: Any, hours: tuple[int, ...]
) -> None:
    """Of a day, or of a quarter of an hour that begins a whole number of TimescaleDB's batches, of ten, after the first."""
    url, midnight = (
        db.owner_url(settings),
        datetime.fromordinal(datetime.now(BERLIN).toordinal() - 10).replace(tzinfo=BERLIN),
    )
    happened(*(ago(days=day) for day in range(20, 2, -1)))
    refresh.catch_up(url)
    happened(*((midnight.astimezone(UTC) + timedelta(hours=hour)).isoformat() for hour in hours))
    refresh.catch_up(url)
    assert disagreements(settings) == {}
    assert refresh.due(url) == []


def test_only_the_quarters_that_changed_are_counted_again(happened: Any, settings: Any, sql: Any) -> None:
    """A whole day, every five minutes, would be a hundred times as many."""
    url = db.owner_url(settings)
    happened(*(ago(days=5, minutes=15 * quarter) for quarter in range(20)))
    refresh.catch_up(url)
    ((kept,),) = sql("select kept from tracking.aggregates where name = 'event_counts_15min'")
    before = sql(f"select ctid, start from {kept}")
    happened(ago(days=5, minutes=30))
    refresh.catch_up(url, ["event_counts_15min"])
    assert len({*before} - {*sql(f"select ctid, start from {kept}")}) == 1
