"""Memory is bounded, and files are few: a day of arrival may have events of years, in any order."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from fixtures.cast import ago, event
from lake.conftest import day
from lake.test_writing import rows, stored
from tracking.lake import days, tables, writing
from tracking.lake.schemas import EVENTS
from tracking.lake.sink import Sink
from tracking.settings import Settings


def of(moment: datetime, number: int) -> tuple[Any, ...]:
    return (moment, moment, f"id-{number}", "web", "alice", "job", str(number % 7), "view", '{"n": 1}', None, None)


def test_what_waits_is_written_before_it_is_too_much(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sink, "buffered", 200_000)
    start, _ = days.bounds(day(40))
    moments = [start + timedelta(days=n % 30, seconds=n) for n in range(9_000)]
    random.Random(7).shuffle(moments)
    with tables.written(lake) as found:
        sink = Sink(found.events, EVENTS)
        most = 0
        for first in range(0, len(moments), 500):
            sink.add([of(moment, first + n) for n, moment in enumerate(moments[first : first + 500])])
            most = max(most, sink.waiting)
        assert 100_000 < most <= 200_000
        files = sink.finish()
        assert sink.waiting == 0
        assert sum(file.record_count for file in files) == 9_000
        assert 30 <= len(files) < 300
        sink.discard()
        assert list(found.events.scan().plan_files()) == []


def test_a_file_is_sorted(lake: Settings) -> None:
    start, _ = days.bounds(day(1))
    with tables.written(lake) as found:
        sink = Sink(found.events, EVENTS)
        sink.add([of(start + timedelta(seconds=n % 11), n) for n in range(100)])
        (file,) = sink.finish()
        read = pa.parquet.read_table(file.file_path.removeprefix("file://"), partitioning=None).to_pylist()
        keys = [(row["receiver_type"], row["receiver_id"], row["occurred_at"]) for row in read]
        assert keys == sorted(keys)


def test_years_that_arrive_in_a_day_become_a_file_a_day(
    happened: Any, arrived: Any, tracking: Any, lake: Settings, sql: Any
) -> None:
    times = [ago(days=n) for n in range(1, 400, 7)]
    random.Random(7).shuffle(times)
    happened(*times)
    arrived(event(), days=1)
    moved = "received_at - interval '1 day'"
    sql(f"update tracking.events set received_at = {moved} where received_at >= current_date")
    sql(
        "with moved as (delete from tracking.ingest_ledger where received_at >= current_date returning *)"
        f" insert into tracking.ingest_ledger select {moved}, source, name, verdict, events, occurred_from, occurred_to from moved"
    )
    tracking("write")
    assert rows(lake) == stored(sql, EVENTS)
    with tables.read(lake) as found:
        files = [task.file.file_path for task in found.events.scan().plan_files()]
    assert len(files) == len({file.rpartition("/")[0] for file in files}) == len(times) + 1


def test_a_day_that_took_too_long_is_not_published(
    arrived: Any, lake: Settings, tracking: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived()
    with monkeypatch.context() as patch:
        patch.setattr(writing, "LONGEST", 0.0)
        assert "took more than 0 hours" in refused("write")
    assert len(tracking("write")) == 1
