"""TimescaleDB's policies, run by us: they compress what is past, and lose nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago
from fixtures.database import disagreements
from tracking import db
from tracking.aggregates import policies

COMPRESS = "policy_compression on events"


def test_the_policies_are_known_by_name(settings: Any, engine: Any) -> None:
    """What is dropped of the events, and what is counted, is ours: no policy judges by a setting."""
    found = set(policies.run_all(db.owner_url(settings)))
    assert found >= {COMPRESS, "policy_retention on rejected_events", "policy_compression on ingest_ledger"}
    assert "policy_retention on events" not in found
    assert not any("refresh" in name for name in found)


def test_the_ledger_stays_as_long_as_the_raw_events(settings: Any, engine: Any, decide: Any, sql: Any) -> None:
    kept = "select config->>'drop_after' from timescaledb_information.jobs where hypertable_name = 'ingest_ledger' and proc_name = 'policy_retention'"
    assert sql(kept) == []
    for days, expected in ((30, "400 days"), (1000, "1010 days")):
        decide(retention_days=days)
        assert sql(kept) == [(expected,)]


def test_only_chunks_past_their_days_are_compressed(happened: Any, sql: Any, settings: Any) -> None:
    happened(*(ago(days=day) for day in (0, 8, 34, 35, 36, 40, 50)))
    assert policies.run_all(db.owner_url(settings), COMPRESS) == [COMPRESS]
    chunks = sql("select range_end, is_compressed from timescaledb_information.chunks where hypertable_name = 'events'")
    assert len(chunks) == 7
    due = datetime.now(UTC) - timedelta(days=settings.columnstore_days)
    assert {end for end, is_compressed in chunks if is_compressed} == {end for end, _ in chunks if end < due}
    assert len([end for end, _ in chunks if end < due]) >= 2


def test_a_compressed_day_still_knows_its_events(happened: Any, sql: Any, settings: Any) -> None:
    old = [ago(days=40), ago(days=41)]
    happened(*old)
    policies.run_all(db.owner_url(settings), COMPRESS)
    assert happened(*old) == {"duplicate": 2}
    assert happened(ago(days=40, minutes=1)) == {"accepted": 1}
    assert sql("select count(*) from tracking.events") == [(3,)]


def test_a_compressed_day_that_is_past_its_days_goes(
    happened: Any, run_jobs: Any, decide: Any, sql: Any, settings: Any
) -> None:
    happened(ago(days=45), ago(days=40), ago(days=2))
    run_jobs()
    decide(retention_days=38)
    run_jobs()
    assert sql("select count(*) from tracking.events") == [(1,)]
    assert sql("select sum(events)::int from tracking.event_counts_daily") == [(3,)]
    assert disagreements(settings, datetime.now(UTC) - timedelta(days=30)) == {}


def test_policies_set_while_the_scheduler_runs_are_run(happened: Any, decide: Any, settings: Any, sql: Any) -> None:
    """They are looked up at each run."""
    happened(ago(days=20))
    url = db.owner_url(settings)
    policies.run_all(url)
    compressed = (
        "select count(*) from timescaledb_information.chunks where hypertable_name = 'events' and is_compressed"
    )
    assert sql(compressed) == [(0,)]
    decide(columnstore_days=15)
    policies.run_all(url)
    assert sql(compressed) == [(1,)]


def test_one_that_fails_does_not_keep_the_others_from_running(
    happened: Any, settings: Any, sql: Any, decide: Any
) -> None:
    decide(retention_days=1000)
    happened(ago(days=50))
    table = "_timescaledb_catalog.bgw_job"
    if sql("select to_regclass(%s)", table) == [(None,)]:  # before version 2.28
        table = "_timescaledb_config.bgw_job"
    renamed = f"update {table} set config = config - %s || jsonb_build_object(%s::text, config -> %s) where config ? %s"
    sql(renamed, "drop_after", "lost", "drop_after", "drop_after")
    try:
        with pytest.raises(ExceptionGroup, match="3 of 5 policies failed") as failed:
            policies.run_all(db.owner_url(settings))
    finally:
        sql(renamed, "lost", "drop_after", "lost", "lost")
    assert [note for error in failed.value.exceptions for note in error.__notes__] == [
        "policy_retention on rejected_events",
        "policy_retention on property_faults",
        "policy_retention on ingest_ledger",
    ]
    compressed = (
        "select count(*) from timescaledb_information.chunks where hypertable_name = 'events' and is_compressed"
    )
    assert sql(compressed) == [(1,)]
