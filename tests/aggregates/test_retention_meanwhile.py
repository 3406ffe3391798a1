"""Retention while others write, refresh and ask: nobody loses, and nothing is counted that is gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import psycopg
import pytest

from fixtures.cast import ago
from fixtures.database import AGGREGATES
from fixtures.jobs import midnight
from fixtures.retention import DAY, into_trails, noon, stored
from fixtures.rows import batch, row
from tracking import db
from tracking.aggregates import refresh, retention
from tracking.ingest.settle import settle
from tracking.ingest.writer import Writer


def test_a_row_that_comes_after_its_time_was_dropped_is_rejected_by_the_database(engine: Any, sql: Any) -> None:
    sql("select tracking.note_dropped(now() - interval '30 days')")
    rows = [row(occurred_at=ago(days=days)) for days in (31, 1, 20)]
    verdicts = settle(Writer(engine).write, "web", rows)
    assert [verdict["verdict"] for verdict in verdicts] == ["rejected", "accepted", "accepted"]
    assert verdicts[0]["field"] == "occurred_at"
    assert "too old; raw events before" in verdicts[0]["reason"]
    assert sql("select count(*) from tracking.events") == [(2,)]


INGEST = "select * from tracking.ingest(%s::jsonb, '[]')"


def waits(sql: Any) -> bool:
    return sql(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    ) > [(0,)]


@pytest.mark.native
def test_what_is_written_meanwhile_is_not_dropped(
    hundred: datetime, decide: Any, settings: Any, counted: Any, sql: Any
) -> None:
    """The writer is first, and has not committed: retention waits for it, and leaves what is not counted."""
    decide(retention_days=11)
    url = db.owner_url(settings)
    with db.connect(url) as writer, ThreadPoolExecutor(1) as executor:
        with writer.transaction():
            writer.execute(INGEST, (batch(row(occurred_at=hundred + DAY / 4)),))
            dropping = executor.submit(retention.drop_raw_events, url)
            while not waits(sql):
                assert not dropping.done()
        assert dropping.result() is None
    refresh.catch_up(url)
    into_trails(sql)
    assert retention.drop_raw_events(url) is not None
    assert counted(hundred - DAY, hundred + DAY) == [101] * len(AGGREGATES)


@pytest.mark.native
@pytest.mark.parametrize("days_ago", [12, 13])
def test_what_is_written_while_its_time_is_dropped_is_rejected(
    hundred: datetime, decide: Any, settings: Any, engine: Any, sql: Any, days_ago: int
) -> None:
    """Retention is first: into a chunk that goes, or into a day that had none."""
    decide(retention_days=11)
    with db.connect(db.owner_url(settings)) as dropper, ThreadPoolExecutor(1) as executor:
        with dropper.transaction():
            db.run(dropper, "raw_events_drop")
            writing = executor.submit(settle, Writer(engine).write, "web", [row(occurred_at=noon(days_ago))])
            while not waits(sql):
                assert not writing.done()
        (verdict,) = writing.result()
    assert verdict["verdict"] == "rejected"
    assert "too old; raw events before" in verdict["reason"]
    assert stored(sql, midnight(20), midnight(11)) == 0


@pytest.mark.native
def test_retention_waits_for_a_refresh_and_gives_way(
    hundred: datetime, decide: Any, settings: Any, monkeypatch: Any
) -> None:
    decide(retention_days=11)
    url = db.owner_url(settings)
    monkeypatch.setattr(retention, "WAIT_FOR_CHUNKS", 0)
    with db.connect(url) as refreshing:
        refreshing.execute("select pg_advisory_lock_shared(hashtext('footfall: refresh'))")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            retention.drop_raw_events(url)
    assert retention.drop_raw_events(url) is not None
