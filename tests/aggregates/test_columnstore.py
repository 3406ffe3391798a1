"""Final counts lie in the columnstore: whatever changes them there, they are those of a recount."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, event
from fixtures.database import AGGREGATES, EMPTY, disagreements
from fixtures.jobs import midnight
from tracking import db
from tracking.aggregates import columnstore, refresh

DAY = timedelta(days=1)
CHUNKS = """
    select view_name, range_end, is_compressed
      from timescaledb_information.continuous_aggregates
      join timescaledb_information.chunks
           on (chunks.hypertable_schema, chunks.hypertable_name)
              = (materialization_hypertable_schema, materialization_hypertable_name)
"""
LEFT = f"""
    select sum(pg_relation_size(chunk))::int
      from ({CHUNKS.replace("range_end", "format('%I.%I', chunk_schema, chunk_name)::regclass as chunk")}) as chunks
     where is_compressed
"""
PARTIAL = """
    select count(*)
      from _timescaledb_catalog.chunk
      join _timescaledb_catalog.continuous_agg on mat_hypertable_id = hypertable_id
     where status & 8 > 0
"""


@pytest.fixture
def final(happened: Any, run_jobs: Any, sql: Any) -> None:
    """Three events every other day of two months, counted, and the old counts compressed."""
    happened(*(ago(days=day, minutes=minute) for day in range(1, 70, 2) for minute in (0, 1, 300)))
    run_jobs()
    assert sql(PARTIAL) == [(0,)]


def test_only_what_is_past_its_days_and_final_is_compressed(final: None, settings: Any, sql: Any) -> None:
    """By the last bucket of a chunk."""
    past = datetime.now(UTC) - settings.columnstore_days * DAY
    chunks = sql(CHUNKS)
    assert {name for name, _, is_compressed in chunks if is_compressed} == set(AGGREGATES)
    assert all(is_compressed == (end < past) for _, end, is_compressed in chunks)


@pytest.mark.parametrize(("lateness", "columnstore", "days"), [(7, 8, 8), (7, 1, 8), (30, 1, 31), (2, 20, 20)])
def test_what_a_late_event_can_change_stays_as_rows(
    happened: Any, decide: Any, run_jobs: Any, sql: Any, lateness: int, columnstore: int, days: int
) -> None:
    decide(lateness_days=lateness, columnstore_days=columnstore)
    happened(*(ago(days=day) for day in range(0, 60, 2)))
    run_jobs()
    chunks = sql(CHUNKS)
    assert len({is_compressed for *_, is_compressed in chunks}) == 2
    assert all(is_compressed == (end < datetime.now(UTC) - days * DAY) for _, end, is_compressed in chunks)


def test_an_import_into_final_days_is_counted(
    final: None, happened: Any, settings: Any, sql: Any, run_jobs: Any
) -> None:
    """And what it changed is compressed again by the next run."""
    assert happened(*(ago(days=day, minutes=2) for day in (65, 56, 51, 21, 3))) == {"accepted": 5}
    refresh.catch_up(db.owner_url(settings))
    assert disagreements(settings) == {}
    assert sql(PARTIAL) > [(0,)]
    run_jobs()
    assert sql(PARTIAL) == [(0,)]
    assert sql(LEFT) == [(0,)]  # bytes of rows, dead ones among them
    assert disagreements(settings) == {}


def test_a_late_event_of_a_lateness_that_was_raised_is_counted(
    final: None, decide: Any, verdicts: Any, run_jobs: Any, settings: Any
) -> None:
    decide(lateness_days=50)
    assert verdicts(event(occurred_at=ago(days=45))) == ["accepted"]
    run_jobs()
    assert disagreements(settings) == {}


def test_final_days_are_counted_again(final: None, settings: Any, sql: Any, run_jobs: Any) -> None:
    """Raw rows were changed in a way that the database does not notice."""
    sql(
        "delete from tracking.events where occurred_at < now() - interval '30 days' and occurred_at > now() - interval '40 days'"
    )
    url = db.owner_url(settings)
    for _ in refresh.refresh(url, refresh.everything(url, midnight(45), midnight(5))):
        pass
    assert disagreements(settings) == {}
    run_jobs()
    assert sql(PARTIAL) == [(0,)]
    assert disagreements(settings) == {}


def test_how_many_rows_a_statement_may_unpack_does_not_bind_a_refresh(
    final: None, happened: Any, settings: Any
) -> None:
    happened(ago(days=50, minutes=3))
    url = db.owner_url(settings).update_query_dict(
        {"options": "-c timescaledb.max_tuples_decompressed_per_dml_transaction=1"}
    )
    refresh.catch_up(url)
    assert disagreements(settings) == {}


def test_final_counts_outlive_their_raw_events(
    final: None, decide: Any, run_jobs: Any, counted: Any, happened: Any, settings: Any, sql: Any
) -> None:
    before = counted(midnight(70), midnight(2))
    decide(retention_days=20)
    run_jobs()
    assert happened(ago(days=50, minutes=5)) == {"rejected": 1}
    assert sql("select count(*) > 0 from tracking.events where occurred_at < now() - interval '22 days'") == [(False,)]
    run_jobs()
    assert counted(midnight(70), midnight(2)) == before


def test_chunks_dropped_by_hand_leave_final_counts(
    final: None, counted: Any, happened: Any, run_jobs: Any, sql: Any
) -> None:
    before = counted(midnight(70), midnight(2))
    sql("select drop_chunks('tracking.events', older_than => %s, newer_than => %s)", midnight(40), midnight(42))
    assert happened(ago(days=41)) == {"rejected": 1}
    run_jobs()
    assert counted(midnight(70), midnight(2)) == before


def test_a_database_is_emptied_whatever_is_compressed(final: None, sql: Any) -> None:
    sql(EMPTY)
    assert [sql(f"select count(*) from tracking.{name}") for name in AGGREGATES] == [[(0,)]] * len(AGGREGATES)


def test_what_is_compressed_is_left_as_it_is(final: None, settings: Any, sql: Any) -> None:
    before = sql(f"{CHUNKS} order by 1, 2")
    columnstore.compress(db.owner_url(settings))
    assert sql(f"{CHUNKS} order by 1, 2") == before


def test_a_row_of_marketings_hours_is_an_hour(final: None, sql: Any) -> None:
    found = sql("select time, receiver, event_name, source, events from analytics.fact_hourly order by 1, 2, 3, 4")
    assert found == sql(
        "select date_trunc('hour', occurred_at), 'job:' || receiver_id, name, source, count(*) from tracking.events "
        "where excluded is null group by 1, 2, 3, 4 order by 1, 2, 3, 4"
    )
