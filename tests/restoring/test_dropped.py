"""What retention has dropped, or is about to, and chunks that were compressed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fixtures.database import disagreements
from fixtures.jobs import midnight
from fixtures.retention import dropped_until, noon
from fixtures.rows import a_row
from tracking.restoring import Unrestorable, run
from tracking.restoring.parquet import ParquetFile

COMMAND = ("--format", "parquet", "--json")


def days(*ago: int) -> list[tuple]:
    return [
        a_row(n, occurred_at=noon(day) + timedelta(seconds=n), received_at=noon(day) + timedelta(minutes=1))
        for n, day in enumerate(ago)
    ]


@pytest.fixture
def dropped(write_out: Any, footfall: Any, decide: Any, run_jobs: Any, sql: Any) -> Iterator[None]:
    """A deployment that keeps raw events for 12 days, with a counted and dropped day twenty days ago."""
    footfall("import", str(write_out(days(20, 20, 5))), *COMMAND)
    decide(retention_days=12)
    run_jobs()
    assert dropped_until(sql) is not None
    return


def test_what_was_dropped_here_is_left_out_and_its_counts_stay(
    dropped: None, write_out: Any, footfall: Any, held: Any, sql: Any
) -> None:
    before = held()
    assert len(before["events"]) == 1
    done = footfall("import", str(write_out(days(20, 20, 5))), "--format", "parquet", RETENTION_DAYS="12")
    assert done.stdout == (
        "0 events restored, 1 were there already\n"
        "2 left out: raw events of their time were dropped here, and their counts are kept\n"
    )
    assert held() == before


def test_what_is_lacking_after_that_comes_back(dropped: None, write_out: Any, footfall: Any, sql: Any) -> None:
    file = write_out(days(20, 20, 5, 4, 3))
    assert json.loads(footfall("import", str(file), *COMMAND, RETENTION_DAYS="12").stdout) == {
        "restored": 2, "there": 1, "left_out": 2, "booked": 0,
    }  # fmt: skip
    assert sql("select sum(events)::int from tracking.event_counts_daily") == [(5,)]


def test_what_retention_is_about_to_drop_is_refused_with_the_remedy(
    decide: Any, write_out: Any, footfall: Any, stored: Any, run_jobs: Any, settings: Any, sql: Any
) -> None:
    """Else the job could drop a day of which half has come back. The remedy is one that works."""
    decide(retention_days=12)
    file = write_out(days(20, 5, 20))
    said = footfall("import", str(file), *COMMAND, exits=1, RETENTION_DAYS="12").stderr
    assert "row 1: occurred_at: " in said
    assert "RETENTION_DAYS=12 is about to drop it. Run `python -m tracking migrate` with RETENTION_DAYS=0" in said
    assert stored() == []
    footfall("migrate")
    footfall("import", str(file), *COMMAND)
    decide(retention_days=12)
    run_jobs()
    assert len(stored()) == 1
    assert sql("select sum(events)::int from tracking.event_counts_daily") == [(3,)]


def test_what_is_dropped_meanwhile_is_refused_by_the_database(
    write_out: Any, footfall: Any, sql: Any, stored: Any, engine: Any
) -> None:
    """It is told by the rows, and nothing of them is stored: run again, it is left out."""
    file = write_out(days(20, 5))
    with file.open("rb") as raw:
        origin = ParquetFile(raw, "x.parquet")

        class Meanwhile:
            name, key, size = origin.name, origin.key, origin.size

            def parts(self, after: int) -> Any:
                sql("select tracking.note_dropped(%s)", midnight(10))
                return origin.parts(after)

        with pytest.raises(
            Unrestorable, match=r"x.parquet: rows 1 to 2: the database refused them: too old; raw events"
        ):
            run.restore(engine, Meanwhile(), print, lambda _: None)
    assert stored() == []
    assert json.loads(footfall("import", str(file), *COMMAND).stdout)["left_out"] == 1


def test_a_chunk_that_was_dropped_by_hand_does_not_come_back_in_part(
    write_out: Any, footfall: Any, sql: Any, stored: Any
) -> None:
    """Its counts are kept; a recount of what came back would lose the rest."""
    footfall("import", str(write_out(days(20, 20))), *COMMAND)
    sql("select drop_chunks('tracking.events', older_than => %s::timestamptz)", midnight(19))
    said = footfall("import", str(write_out(days(20, 20)[:1])), *COMMAND, exits=1).stderr
    assert "rows 1 to 1: the database refused them: too old; raw events before" in said
    assert sql("select sum(events)::int from tracking.event_counts_daily") == [(2,)]


def test_compressed_chunks_take_rows_back(write_out: Any, footfall: Any, sql: Any, held: Any, settings: Any) -> None:
    """Some are there already, in the columnstore; the others go in among them, and are counted."""
    rows = days(*[40] * 3_000)
    footfall("import", str(write_out(rows[::2])), *COMMAND)
    for (chunk,) in sql("select show_chunks('tracking.events')::text"):
        sql(f"call convert_to_columnstore('{chunk}')")
    assert json.loads(footfall("import", str(write_out(rows)), *COMMAND).stdout) == {
        "restored": 1_500, "there": 1_500, "left_out": 0, "booked": 0,
    }  # fmt: skip
    assert disagreements(settings) == {}
    before = held()
    footfall("import", str(write_out(rows)), *COMMAND)
    assert held() == before
