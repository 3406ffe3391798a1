"""Each fact equals a recount of the raw rows in plain Python, in Berlin, over clock changes, refreshed or not."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import ago, event
from fixtures.database import AGGREGATES
from fixtures.star import INSERT, Star, traffic
from fixtures.worlds import ANCHORS
from tracking import db, migrations
from tracking.aggregates import refresh

HOURLY = "select time, day, hour, receiver, event_name, source, events, is_final from analytics.fact_hourly"
DAILY = "select day, time, receiver, event_name, events, unique_creators_of_day_and_name, is_final from analytics.fact_daily"
ACTIVITY_HOURLY = (
    "select time, day, hour, weekday, event_name, source, events, is_final from analytics.fact_activity_hourly"
)
ACTIVITY_DAILY = "select * from analytics.fact_activity_daily"
FUNNEL = (
    "select day, source, impressions, views, clicks, custom_clicks, views_per_impression::float, clicks_per_view::float"
    " from analytics.funnel_daily"
)
RECENT = [f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:00:00Z}" for days in (5, 9)]
"""Times at which some days are final and others are not. No name of a test holds them."""


def check(seen: Any, star: Star) -> None:
    for statement, expected in (
        (HOURLY, star.hourly()), (DAILY, star.daily()), (ACTIVITY_HOURLY, star.activity_hourly()),
        (ACTIVITY_DAILY, star.activity_daily()), (FUNNEL, star.funnel()),
    ):  # fmt: skip
        found = seen(statement)
        assert len(found) == len(set(found)), statement
        assert set(found) == expected, statement


@pytest.mark.parametrize("anchor", [*ANCHORS[:3], *RECENT], ids=["spring", "autumn", "march", "today", "last week"])
def test_every_fact_equals_a_recount(insert: Any, seen: Any, sql: Any, anchor: str) -> None:
    """All in real time; all refreshed; some of both, with late events that a refresh has counted."""
    at = datetime.fromisoformat(anchor)
    rows = traffic(1, at)
    insert(rows)
    check(seen, Star(rows, "Europe/Berlin", {"profile"}))
    for name in AGGREGATES:
        sql(f"call refresh_continuous_aggregate('tracking.{name}', null, '{at.isoformat()}')")
    check(seen, Star(rows, "Europe/Berlin", {"profile"}))
    late = traffic(2, at - timedelta(hours=30), events=60)
    insert(late)
    for name in AGGREGATES:
        sql(f"call refresh_continuous_aggregate('tracking.{name}', null, null, force => true)")
    check(seen, Star(rows + late, "Europe/Berlin", {"profile"}))


def test_events_of_this_hour_are_there_at_once(verdicts: Any, settings: Any, seen: Any) -> None:
    """The hour in which the kept counts end is one row, not one from each side."""
    url = db.owner_url(settings)
    verdicts(*(event(occurred_at=ago(minutes=10 * n)) for n in range(30)))
    refresh.catch_up(url)
    verdicts(*(event(occurred_at=ago(minutes=n)) for n in range(30)))
    assert seen("select sum(events)::int, count(*) = count(distinct time) from analytics.fact_hourly") == [(60, True)]


@pytest.mark.parametrize("timezone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_hours_begin_where_the_clock_on_the_wall_says_so(blank: Any, timezone: str) -> None:
    """Also where no hour of it begins with one of UTC; the day of Lord Howe has half an hour more or less."""
    settings = replace(blank, reporting_timezone=timezone)
    migrations.migrate(settings)
    rows = traffic(3, datetime(2026, 10, 3, 14, tzinfo=UTC)) + traffic(4, datetime(2026, 4, 4, 14, tzinfo=UTC))
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute(INSERT, (json.dumps([r | {"occurred_at": r["occurred_at"].isoformat()} for r in rows]),))
        star = Star(rows, timezone, {"profile"})
        check(lambda statement: connection.execute(statement).fetchall(), star)
    refresh.catch_up(db.owner_url(settings))
    with db.connect(db.owner_url(settings)) as connection:
        check(lambda statement: connection.execute(statement).fetchall(), star)
        ((uneven,),) = connection.execute(
            "select count(*) from analytics.fact_hourly where extract(minute from time) <> 0"
        ).fetchall()
    assert uneven > 0


def test_what_is_final_is_shown_apart(insert: Any, seen: Any) -> None:
    rows = traffic(5, datetime.now(UTC) - timedelta(days=8))
    insert(rows)
    for name, base in (
        ("final_hourly", "fact_hourly"), ("final_daily", "fact_daily"), ("final_activity_daily", "fact_activity_daily"),
        ("final_funnel_daily", "funnel_daily"),
    ):  # fmt: skip
        final = set(seen(f"select * from analytics.{name}"))
        assert final == set(seen(f"select * from analytics.{base} where is_final"))
        assert final < set(seen(f"select * from analytics.{base}"))


def test_a_day_is_final_as_the_deployment_says_how_late_events_come(decide: Any, insert: Any, seen: Any) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rows = traffic(6, datetime.now(berlin) - timedelta(days=8))
    insert(rows)
    for days in (2, 12, 5):
        decide(lateness_days=days)
        star = Star(rows, "Europe/Berlin", set(), lateness=days)
        found = dict(seen("select distinct day, is_final from analytics.fact_activity_daily"))
        assert found == {day: star.is_final(day) for day in found}


def test_each_fact_finds_its_day_its_name_and_its_receiver(
    insert: Any, receivers: None, catalogue: None, seen: Any
) -> None:
    known = {("job", "42"), ("job", "77")}
    rows = traffic(7, datetime.now(UTC) - timedelta(days=5))
    insert(
        [
            row
            for row in rows
            if (row["receiver_type"], row["receiver_id"]) in known or row["receiver_type"] == "profile"
        ]
    )
    for fact in ("fact_hourly", "fact_daily"):
        ((facts, *joined),) = seen(
            f"select count(*), count(dim_date.day), count(dim_event.event_name), count(dim_receiver.title)"
            f" from analytics.{fact} left join analytics.dim_date using (day)"
            " left join analytics.dim_event using (event_name) left join analytics.dim_receiver using (receiver)"
        )
        assert joined == [facts] * 3
        assert facts > 10
