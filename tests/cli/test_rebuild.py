"""rebuild-aggregates counts again what is in doubt, and never what it cannot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ALICE, ago, event
from fixtures.database import AGGREGATES, disagreements
from tracking.ingest.bulk import Bulk, Tally


@pytest.fixture
def spoilt(engine: Any, settings: Any, refresh: Any, sql: Any) -> None:
    """Days whose counts are wrong: the aggregates' own rows were meddled with, so that no refresh would notice."""
    Bulk(engine, settings, "web").write(
        [event(creator=ALICE, occurred_at=ago(days=day)) for day in range(2, 40)], Tally()
    )
    refresh()
    for name in AGGREGATES:
        ((table,),) = sql(
            "select format('%%I.%%I', materialization_hypertable_schema, materialization_hypertable_name)"
            " from timescaledb_information.continuous_aggregates where view_name = %s",
            name,
        )
        sql(f"update {table} set events = events + 7")
    refresh()
    assert disagreements(settings).keys() == set(AGGREGATES)


def day(**span: float) -> str:
    return f"{datetime.now(UTC) - timedelta(**span):%Y-%m-%d}"


def test_wrong_counts_are_counted_again(footfall: Any, spoilt: None, settings: Any) -> None:
    done = footfall("rebuild-aggregates", "--from", day(days=45), "--to", day(days=0), "--json")
    assert len(json.loads(done.stdout)["aggregates"]) == len(AGGREGATES)
    assert disagreements(settings) == {}


def test_days_that_are_not_named_stay_as_they_are(footfall: Any, spoilt: None, settings: Any) -> None:
    said = footfall(
        "rebuild-aggregates", "--from", day(days=12), "--to", day(days=10), "--timezone", "Asia/Tokyo"
    ).stdout
    assert "Asia/Tokyo" in said
    assert disagreements(settings).keys() == set(AGGREGATES)


def test_days_without_raw_events_are_refused(footfall: Any, spoilt: None, sql: Any) -> None:
    sql("select drop_chunks('tracking.events', now() - interval '20 days')")
    before = sql("select sum(events) from tracking.event_counts_15min")
    asked = ("rebuild-aggregates", "--from", day(days=30), "--to", day(days=0))
    assert "would be lost" in footfall(*asked, exits=1, RETENTION_DAYS="20").stderr
    assert sql("select sum(events) from tracking.event_counts_15min") == before


@pytest.mark.parametrize("wrong", [("--from", "2026-02-30"), ("--from", "2026-02-03"), ("--timezone", "Mars/Olympus")])
def test_a_period_that_is_none_is_refused(footfall: Any, wrong: tuple[str, str]) -> None:
    asked = {"--from": "2026-01-01", "--to": "2026-01-02"} | {wrong[0]: wrong[1]}
    footfall("rebuild-aggregates", *(part for pair in asked.items() for part in pair), exits=2)
