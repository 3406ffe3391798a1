"""What comes late is counted everywhere by the next run of the jobs, and a number that was told before is put on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, bearer
from fixtures.jobs import midnight
from fixtures.retention import noon
from tracking import db
from tracking.aggregates import facts, refresh, trails

DAY = timedelta(days=1)
BEFORE = """
    insert into tracking.events (occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name)
    values (%s, %s, gen_random_uuid(), 'web', %s, 'job', '42', 'view')
"""


@pytest.fixture
def url(settings: Any, engine: Any) -> Any:
    return db.owner_url(settings)


@pytest.fixture
def noted(sql: Any, url: Any) -> Any:
    """Everything that arrived is in the trails, and noted; the last second, too: nobody else writes here."""

    def run() -> None:
        sql("select tracking.extend_trails(clock_timestamp())")
        sql("select tracking.note_arrivals(clock_timestamp())")
        facts.count(url)

    return run


def restatements(sql: Any) -> list[tuple]:
    return sql(
        "select receiver_id, day, events_before, events_after, creators_before, creators_after, reason"
        " from tracking.restatements order by restated_at, day"
    )


def test_a_late_event_is_in_every_number_before_any_refresh(
    happened: Any, sql: Any, url: Any, noted: Any, client: Any, web: str
) -> None:
    at = noon(2)
    happened(at, at + timedelta(hours=1))
    refresh.catch_up(url)
    noted()
    happened(at + timedelta(seconds=1), at + timedelta(hours=3))
    noted()
    day = str(at.date())
    asked = [
        client.get("/v1/stats/summary", query_string={"from": day, "to": day, "receiver": "job:42", "uniques": uniques}, headers=bearer(web)).json["events"]
        for uniques in ("true", "false")
    ]  # fmt: skip
    views = ("fact_daily", "fact_hourly", "fact_activity_daily", "fact_activity_hourly")
    seen = [sql(f"select sum(events)::int from analytics.{view} where day = %s", at.date())[0][0] for view in views]
    weekly = sql("select events, unique_creators_of_week_and_name from analytics.fact_week")
    assert (asked, seen, weekly) == ([4, 4], [4, 4, 4, 4], [(4, 1)])
    kept = [
        sql(f"select coalesce(sum(events), 0)::int from {kept}")[0][0]
        for (kept,) in sql("select kept from tracking.aggregates")
    ]
    assert kept == [4, 4, 4, 4]
    assert refresh.due(url)
    refresh.catch_up(url)
    assert [sql(f"select sum(events)::int from {kept}")[0][0] for (kept,) in sql("select kept from tracking.aggregates")] == kept


def test_what_was_told_and_changed_is_on_record(sql: Any, happened: Any, noted: Any) -> None:
    noted()
    at = noon(3)
    sql(BEFORE, at, at, "user-ann")
    noted()
    assert restatements(sql) == []
    sql(BEFORE, at + timedelta(hours=1), at + timedelta(hours=1), "user-bob")
