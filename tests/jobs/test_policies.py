"""TimescaleDB's policies, run by us: they settle the aggregates, compress what is past, and lose nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ALICE, ago
from fixtures.database import AGGREGATES, disagreements
from jobs import policies
from tracking import db, migrations
from tracking.ingest.bulk import Bulk, Tally
from tracking.settings import Settings
from tracking.stats import upkeep


@pytest.fixture
def happened(engine: Any, settings: Settings) -> Any:
    """Stores a view of job 42 at each of these times, of any age, and returns the verdicts."""
    bulk = Bulk(engine, settings, "web")

    def store(*times: str) -> dict[str, int]:
        tally = Tally()
        base = {"name": "view", "receiver": "job:42", "creator": ALICE}
        bulk.write([base | {"id": time, "occurred_at": time} for time in times], tally)
        return dict(tally.counts)

    return store


@pytest.fixture
def run_policies(settings: Settings, engine: Any) -> Any:
    """Runs every policy, or those whose name begins so."""
    url = db.owner_url(settings)

    def run(prefix: str = "") -> list[str]:
        found = [name for name in policies.policies(url) if name.startswith(prefix)]
        for name in found:
            policies.run(url, name)
        return found

    return run


def materialized(sql: Any, aggregate: str) -> int:
    """How many events the aggregate itself holds, without what real time adds."""
    ((schema, table),) = sql(
        "select materialization_hypertable_schema, materialization_hypertable_name"
        " from timescaledb_information.continuous_aggregates where view_name = %s",
        aggregate,
    )
    ((events,),) = sql(f"select coalesce(sum(events), 0)::int from {schema}.{table}")
    return events


def days_ago(*days: int) -> list[str]:
    return [ago(days=day) for day in days]


def test_the_policies_are_known_by_name_and_interval(settings: Settings, engine: Any) -> None:
    found = policies.policies(db.owner_url(settings))
    assert (
        found.items()
        >= {
            "policy_refresh_continuous_aggregate on event_counts_15min": timedelta(minutes=5),
            "policy_refresh_continuous_aggregate on event_counts_hourly": timedelta(minutes=5),
            "policy_refresh_continuous_aggregate on event_counts_daily": timedelta(minutes=15),
            "policy_refresh_continuous_aggregate on activity_daily": timedelta(minutes=15),
        }.items()
    )
    assert "policy_compression on events" in found


def test_refresh_policies_materialize_the_aggregates(happened: Any, run_policies: Any, sql: Any, settings: Any) -> None:
    happened(*days_ago(2, 3, 4))
    assert [materialized(sql, name) for name in AGGREGATES] == [0, 0, 0, 0]
    assert disagreements(settings) == {}
    run_policies("policy_refresh")
    assert [materialized(sql, name) for name in AGGREGATES] == [3, 3, 3, 3]
    assert disagreements(settings) == {}


def test_a_late_event_appears_after_its_policy_ran(happened: Any, run_policies: Any, sql: Any, settings: Any) -> None:
    """Late is behind what was materialized, where real time does not look."""
    happened(*days_ago(1, 6))
    run_policies("policy_refresh")
    assert happened(ago(days=6, hours=1), ago(days=3)) == {"accepted": 2}
    run_policies("policy_refresh")
    assert [materialized(sql, name) for name in AGGREGATES][:1] == [4]
    assert disagreements(settings) == {}


def test_the_latest_event_that_is_taken_is_within_what_a_refresh_covers(
    verdicts: Any, run_policies: Any, settings: Any, happened: Any
) -> None:
    happened(ago(days=1))
    run_policies("policy_refresh")
    late = (datetime.now(UTC) - timedelta(days=settings.lateness_days, minutes=-2)).isoformat()
    assert verdicts({"name": "view", "receiver": "job:42", "occurred_at": late}) == ["accepted"]
    run_policies("policy_refresh")
    assert disagreements(settings) == {}


def test_running_a_policy_again_changes_nothing(happened: Any, run_policies: Any, settings: Any) -> None:
    happened(*days_ago(1, 2, 3))
    for _ in range(3):
        run_policies()
        assert disagreements(settings) == {}


def test_only_chunks_past_their_days_are_compressed(happened: Any, run_policies: Any, sql: Any, settings: Any) -> None:
    happened(*days_ago(0, 8, 34, 35, 36, 40, 50))
    run_policies("policy_compression")
    chunks = sql("select range_end, is_compressed from timescaledb_information.chunks where hypertable_name = 'events'")
    assert len(chunks) == 7
    due = datetime.now(UTC) - timedelta(days=settings.columnstore_days)
    assert {end for end, is_compressed in chunks if is_compressed} == {end for end, _ in chunks if end < due}
    assert len([end for end, _ in chunks if end < due]) >= 2


def test_a_compressed_day_still_knows_its_events(happened: Any, run_policies: Any, sql: Any) -> None:
    old = days_ago(40, 41)
    happened(*old)
    run_policies("policy_compression")
    assert happened(*old) == {"duplicate": 2}
    assert happened(ago(days=40, minutes=1)) == {"accepted": 1}
    assert sql("select count(*) from tracking.events") == [(3,)]


def test_retention_drops_raw_rows_and_empties_no_aggregate(
    happened: Any, run_policies: Any, sql: Any, settings: Any
) -> None:
    """The tightest retention that is taken, with refreshes before and after it."""
    least = settings.lateness_days + migrations.REFRESH_MARGIN_DAYS
    times = days_ago(*range(1, least + 5))
    happened(*times)
    url = db.owner_url(settings)
    for _ in upkeep.refresh(url, upkeep.steps(datetime.fromisoformat(times[-1]), datetime.now(UTC))):
        pass
    migrations.migrate(replace(settings, retention_days=least))
    try:
        assert "policy_retention on events" in run_policies()
        assert happened(ago(days=2, minutes=5)) == {"accepted": 1}
        run_policies()
        run_policies("policy_refresh")
    finally:
        migrations.migrate(settings)
    ((left,),) = sql("select count(*) from tracking.events")
    assert left < len(times)
    for name in AGGREGATES:
        assert sql(f"select sum(events)::int from tracking.{name}") == [(len(times) + 1,)], name
