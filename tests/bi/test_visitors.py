"""People of days, weeks and months: counted exactly, once a day, and kept when their raw events go."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.jobs import midnight
from fixtures.star import Star, traffic
from tracking import db
from tracking.aggregates import refresh
from tracking.bi import visitors

BERLIN = ZoneInfo("Europe/Berlin")
ROWS = "select period, period_start, days_counted, events, unique_creators_of_period from analytics.fact_visitors"


@pytest.fixture
def count(settings: Any) -> Any:
    """Refreshes the counts and runs the job; returns how many periods it counted."""

    def run() -> int:
        refresh.catch_up(db.owner_url(settings))
        return visitors.count(db.owner_url(settings))

    return run


def expected(rows: list[dict[str, Any]]) -> set[tuple]:
    return Star(rows, "Europe/Berlin", set()).visitors(datetime.now(BERLIN).date())


@pytest.mark.parametrize("anchor", ["2026-10-25", "2025-12-29", ""])
def test_each_period_equals_a_recount(insert: Any, seen: Any, count: Any, anchor: str) -> None:
    at = datetime.fromisoformat(f"{anchor}T00:00Z") if anchor else datetime.now(UTC) - timedelta(days=3)
    rows = traffic(1, at)
    insert(rows)
    assert count() == len(expected(rows))
    assert set(seen(ROWS)) == expected(rows)
    assert count() == 0


def test_late_events_and_old_imports_are_counted_the_next_day(insert: Any, seen: Any, count: Any) -> None:
    """Only what changed is counted again."""
    rows = traffic(2, midnight(40))
    insert(rows)
    count()
    late = [row | {"excluded": None, "creator": "user-late"} for row in rows[:4]]
    insert(late)
    changed = expected(rows + late) - expected(rows)
    assert count() == len(changed)
    assert set(seen(ROWS)) == expected(rows + late)


def test_a_period_is_counted_again_as_its_days_pass(happened: Any, seen: Any, count: Any, sql: Any) -> None:
    """Today is no closed day: its events are in no row."""
    noons = [midnight(n, BERLIN) + timedelta(hours=12) for n in range(1, 40)]
    happened(*noons, datetime.now(UTC) - timedelta(seconds=1))
    count()
    today = datetime.now(BERLIN).date()
    ((days,),) = seen("select coalesce(max(days_counted), 0) from analytics.fact_visitors where period = 'week' and"
                      f" period_start = '{today - timedelta(days=today.weekday())}'")  # fmt: skip
    assert days == today.weekday()
    assert seen("select max(period_start) from analytics.fact_visitors where period = 'day'") == [
        (today - timedelta(days=1),)
    ]
    sql("update tracking.visitors set days_counted = 1, creators = 99 where period = 'month'")
    assert count() > 0
    assert seen("select max(unique_creators_of_period) from analytics.fact_visitors") == [(1,)]


def test_a_row_outlives_its_raw_events(happened: Any, seen: Any, count: Any, decide: Any, run_jobs: Any) -> None:
    """Also where a part of a month is dropped: what is left of it is never counted for the whole."""
    happened(*(midnight(n, BERLIN) + timedelta(hours=hour) for n in range(2, 60, 4) for hour in (1, 12)))
    count()
    before = set(seen(ROWS))
    decide(retention_days=20)
    run_jobs()
    run_jobs()
    assert set(seen(ROWS)) == before


def test_a_row_is_final_once_it_was_counted_after_the_last_late_event(
    happened: Any, seen: Any, count: Any, sql: Any
) -> None:
    happened(*(midnight(n, BERLIN) + timedelta(hours=12) for n in (2, 20)))
    count()
    finals = "select is_final from analytics.fact_visitors where period = 'day' order by period_start"
    assert seen(finals) == [(True,), (False,)]
    sql("update tracking.visitors set counted_at = until where period = 'day'")
    assert seen(finals) == [(False,), (False,)]
    assert count() == 1
    assert seen(finals) == [(True,), (False,)]
