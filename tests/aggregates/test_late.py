"""What comes late is counted everywhere by the next run of the jobs, and a number that was told before is put on record."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from fixtures.cast import ago, bearer
from fixtures.database import disagreements
from fixtures.retention import noon
from tracking import db
from tracking.aggregates import facts, refresh

DAY = timedelta(days=1)


@pytest.fixture
def url(settings: Any, engine: Any) -> Any:
    return db.owner_url(settings)


@pytest.fixture
def noted(sql: Any, url: Any) -> Any:
    """Everything that arrived is in the trails, and noted; the last second, too: nobody else writes here."""

    def run() -> None:
        sql("select tracking.extend_trails(clock_timestamp())")
        sql("select tracking.note_arrivals(clock_timestamp())")
        sql("update tracking.periods_due set marked_at = '-infinity'")
        sql("update tracking.owner_days_due set marked_at = '-infinity'")
        facts.count(url)

    return run


@pytest.fixture
def put(sql: Any, url: Any) -> Any:
    """Says whose job 42 is."""

    def run(owner: str) -> None:
        with db.connect(url) as connection:
            db.run(connection, "receivers_put", receivers=json.dumps([{"type": "job", "id": "42", "owner": owner}]))

    return run


def restatements(sql: Any) -> list[tuple]:
    return sql(
        "select receiver_id, day, events_before, events_after, creators_before, creators_after, reason"
        " from tracking.restatements order by restated_at, day"
    )


def test_a_late_event_is_in_every_number_before_any_refresh(
    happened: Any, sql: Any, url: Any, noted: Any, client: Any, web: str, settings: Any
) -> None:
    at = noon(2)
    happened(at, at + timedelta(hours=30))
    refresh.catch_up(url)
    noted()
    happened(at + timedelta(seconds=1), at + timedelta(hours=3), at + timedelta(hours=4))
    noted()
    day = str(at.date())
    asked = [
        client.get("/v1/stats/summary", query_string={"from": day, "to": day, "receiver": "job:42", "uniques": uniques}, headers=bearer(web)).json["events"]
        for uniques in ("true", "false")
    ]  # fmt: skip
    views = ("fact_daily", "fact_hourly", "fact_activity_daily", "fact_activity_hourly")
    seen = [sql(f"select sum(events)::int from analytics.{view} where day = %s", at.date())[0][0] for view in views]
    monthly = sql("select sum(events)::int from analytics.fact_month")
    assert (asked, seen, monthly) == ([4, 4], [4, 4, 4, 4], [(5,)])
    assert refresh.due(url)
    assert disagreements(settings) == {}


def test_what_was_told_and_changed_is_on_record(sql: Any, happened: Any, noted: Any) -> None:
    """Not what came before anybody looked, nor what came on its day; what only a file brings is told apart."""
    at = noon(3)
    happened(at)
    noted()
    assert restatements(sql) == []
    happened(at + timedelta(hours=1), noon(20), ago(minutes=1))
    noted()
    noted()
    assert restatements(sql) == [
        ("42", noon(20).date(), 0, 1, 0, 1, "import"), ("42", at.date(), 1, 2, 1, 1, "late"),
    ]  # fmt: skip


def test_an_owner_has_the_people_of_the_receivers_that_belong_to_it_now(
    sql: Any, happened: Any, noted: Any, put: Any
) -> None:
    happened(noon(2))
    put("acme")
    noted()
    owned = "select owner, day, events, unique_creators_of_owner_day_and_name from analytics.fact_owner_day"
    assert sql(owned) == [("acme", noon(2).date(), 1, 1)]
    put("globex")
    noted()
    assert sql(owned) == [("globex", noon(2).date(), 1, 1)]
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('job', true)")
    assert sql(owned) == []


@pytest.mark.parametrize("profiles", [9, 10])
def test_people_are_shown_where_they_are_ten_or_more(sql: Any, noted: Any, profiles: int) -> None:
    sql(
        "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)"
        " select %s, gen_random_uuid(), 'web', 'ann', 'profile', n::text, 'view' from generate_series(1, %s) as n",
        noon(2), profiles,
    )  # fmt: skip
    noted()
    shown = [("profile:*", None, 10, None)] if profiles == 10 else []
    for grain in ("week", "month"):
        columns = f"receiver, receiver_id, events, unique_creators_of_{grain}_and_name"
        assert sql(f"select {columns} from analytics.fact_{grain}") == shown
