"""The lake, Spark, DuckDB, the daily counts and a recount in Python agree on thirty days of the demo."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from fixtures.database import CATALOGUED, EMPTY
from lake import thirty
from lake.spark import run_spark
from tracking import db
from tracking.lake import current, running, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.settings import Settings

Counts = dict[tuple[str, str, str, str], tuple[int, int]]
"""(day, receiver type, receiver id, name): events and creators."""

DUCKDB = """
  select (occurred_at at time zone 'Europe/Berlin')::date::varchar, receiver_type, receiver_id, name,
         count(*), count(distinct creator)
    from read_parquet($files)
   where excluded is null
group by all
"""


WRITTEN = "select day::varchar, receiver_type, receiver_id, name, events, creators from read_parquet($files)"


def counted(rows: Iterable[tuple[Any, ...]]) -> Counts:
    """Rows of a day, a receiver, a name, and their two counts."""
    return {(day, kind, receiver, name): (events, creators) for day, kind, receiver, name, events, creators in rows}


def read(settings: Settings, statement: str) -> list[tuple]:
    with db.connect(db.owner_url(settings)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def month(settings: Settings, event_types: list[tuple], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a deployment that counted thirty days of the demo, and wrote them to its lake."""
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute(EMPTY)
        for row in event_types:
            connection.execute(CATALOGUED, row)
    engine = db.engine(db.owner_url(settings))
    thirty.fill(settings, engine)
    engine.dispose()
    settings = replace(settings, lake_url=f"file://{tmp_path_factory.mktemp('lake')}")
    written = running.write_due(settings)
    assert sum(day.events for day in written) == read(settings, "select count(*) from tracking.events")[0][0]
    return settings


@pytest.fixture(scope="module")
def daily(month: Settings) -> Counts:
    """What the platform itself counted."""
    rows = read(
        month,
        "select (day at time zone 'Europe/Berlin')::date::text, receiver_type, receiver_id, name, events, creators"
        " from tracking.event_counts_daily",
    )
    return counted(rows)


def recount(rows: Iterable[dict[str, Any]], zone: str = "Europe/Berlin") -> Counts:
    """Plain counting: a list of creators for each day, receiver and name."""
    creators: dict[Any, list[str]] = defaultdict(list)
    for row in rows:
        if row["excluded"] is None:
            day = row["occurred_at"].astimezone(ZoneInfo(zone)).date()
            creators[str(day), row["receiver_type"], row["receiver_id"], row["name"]].append(row["creator"])
    return {key: (len(of), len(set(of))) for key, of in creators.items()}


def test_late_and_excluded_events_are_among_them(month: Settings, daily: Counts) -> None:
    """Else the numbers could agree for want of trouble."""
    found = dict(read(month, "select coalesce(excluded, 'counted'), count(*) from tracking.events group by 1"))
    assert found.keys() == {"counted", "repeat", "bot", "own"}
    ((late,),) = read(month, "select count(*) from tracking.events where received_at > occurred_at + interval '1 day'")
    assert late > 100
    assert len({day for day, *_ in daily}) >= 30
    assert any(day == "2025-10-26" for day, *_ in daily)  # of 25 hours
    assert any(events > creators > 1 for events, creators in daily.values())


def test_fact_daily_agrees(month: Settings, daily: Counts) -> None:
    """Of persons it has one row for all, without people, and only of ten or more."""
    rows = read(
        month,
        "select day::text, receiver, event_name, events, unique_creators_of_day_and_name from analytics.fact_daily",
    )
    expected: dict[tuple[str, str, str], tuple[int, int | None]] = {}
    people: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (day, kind, receiver, name), counts in daily.items():
        if kind == "profile":
            people[day, name].append(counts[0])
        else:
            expected[day, f"{kind}:{receiver}", name] = counts
    many = {key: sum(of) for key, of in people.items() if len(of) >= 10}
    assert many
    expected |= {(day, "profile:*", name): (events, None) for (day, name), events in many.items()}
    assert {tuple(key): (events, creators) for *key, events, creators in rows} == expected


def test_a_recount_in_python_agrees(month: Settings, daily: Counts) -> None:
    with tables.read(month) as lake:
        rows = lake.events.scan().to_arrow().to_pylist()
    assert recount(rows) == daily


def test_duckdb_agrees(month: Settings, daily: Counts) -> None:
    rows = duckdb.execute(DUCKDB, {"files": current.data_files(month)}).fetchall()
    assert counted(rows) == daily


def test_spark_agrees(month: Settings, daily: Counts, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("\n".join(current.data_files(month)))
    output = tmp_path / "counts"
    run_spark(
        "--files", tmp_path / "files", "--timezone", "Europe/Berlin", "--output", output, "--format", "parquet"
    )  # fmt: skip
    rows = duckdb.execute(WRITTEN, {"files": f"{output}/*.parquet"}).fetchall()
    assert counted(rows) == daily
    assert len(rows) == len(daily)
