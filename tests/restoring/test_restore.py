"""`import --format parquet` puts back what was written out: the same rows, counts and ledger."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random, randbytes
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fixtures.database import disagreements
from fixtures.rows import a_row
from restoring.conftest import SCHEMA
from tracking.restoring.parquet import ParquetFile

STORED = {"accepted", "repeat", "bot", "own", "prefetch"}
COMMAND = ("--format", "parquet", "--json")


def of_rows(ledger: list[tuple]) -> list[tuple]:
    """The lines of verdicts that leave a row."""
    return [line for line in ledger if line[2] in STORED]


def test_an_emptied_deployment_is_as_it_was(
    world: None, held: Any, emptied: Any, footfall: Any, tmp_path: Path
) -> None:
    before, file = held(), tmp_path / "export.parquet"
    footfall("export", str(file))
    assert {line[2] for line in before["ledger"]} == STORED | {"duplicate", "conflict", "rejected"}
    assert len(before["event_counts_daily"]) > 100
    emptied()
    done = json.loads(footfall("import", str(file), *COMMAND).stdout)
    assert done == {"restored": len(before["events"]), "there": 0, "left_out": 0, "booked": 0}
    assert held() == before | {"ledger": of_rows(before["ledger"])}
    assert json.loads(footfall("ledger", "--json", "--since", "1h").stdout)["balances"]


def test_a_second_time_changes_nothing(write_out: Any, held: Any, footfall: Any) -> None:
    file = write_out([a_row(n) for n in range(3_000)])
    footfall("import", str(file), *COMMAND)
    before = held()
    assert json.loads(footfall("import", str(file), *COMMAND).stdout)["there"] == 3_000
    assert held() == before


def test_what_is_lacking_is_put_back_among_what_is_there(
    world: None, write_out: Any, held: Any, sql: Any, footfall: Any, refresh: Any
) -> None:
    """Half of the rows was lost, with their lines of the ledger, and the rest was counted without them."""
    before, file = held(), write_out()
    sql(
        "delete from tracking.ingest_ledger where source = 'ios' and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')"
    )
    sql("delete from tracking.events where source = 'ios'")
    refresh()
    assert len(held()["event_counts_15min"]) < len(before["event_counts_15min"])
    done = json.loads(footfall("import", str(file), *COMMAND).stdout)
    assert done["restored"] > 100
    assert done["there"] > 100
    assert held() == before


def test_an_event_that_is_there_stays_as_it_is(write_out: Any, stored: Any, footfall: Any) -> None:
    footfall("import", str(write_out([a_row(1)])), *COMMAND)
    before = stored()
    footfall("import", str(write_out([a_row(1, name="click"), a_row(2)])), *COMMAND)
    assert before[0] in stored()
    assert len(stored()) == 2


def test_numbers_come_back_exactly(write_out: Any, footfall: Any, sql: Any) -> None:
    """Python would round them."""
    text = '{"n": 1.10, "e": 1e30, "big": 123456789012345678901234567890, "small": 0.1000000000000000055}'
    footfall("import", str(write_out([a_row(1, properties=text)])), *COMMAND)
    assert sql("select properties::text = %s::jsonb::text from tracking.events", text) == [(True,)]


def test_the_rows_of_a_file_come_from_any_source_and_make_none(write_out: Any, sql: Any, footfall: Any) -> None:
    """A file must not make a credential; and what a source had sent before it was revoked did happen."""
    sql("update tracking.sources set revoked_at = now()")
    footfall("import", str(write_out([a_row(1), a_row(2, source="elsewhere")])), *COMMAND)
    assert sql("select distinct source from tracking.events order by 1") == [("elsewhere",), ("web",)]
    assert sql("select name from tracking.sources") == [("web",)]


def test_a_restore_that_was_killed_anywhere_goes_on(
    killing: Any, write_out: Any, held: Any, emptied: Any, sql: Any, settings: Any
) -> None:
    """At no point is a row without its line of the ledger."""
    file = write_out([a_row(n, excluded="repeat" if n % 5 == 0 else None) for n in range(8_000)])
    points = int(killing(0, str(file), *COMMAND))
    whole = held()
    assert len(whole["events"]) == 8_000
    emptied()
    kills = 8  # and not once more after it came to its end: a run that begins anew would find what others left out
    while killing(Random().randrange(points // 8, points // 2) if kills else 0, str(file), *COMMAND) == "killed":
        kills -= 1
        ((events, booked),) = sql(
            "select (select count(*) from tracking.events), (select sum(events)::int from tracking.ingest_ledger)"
        )
        assert events == (booked or 0)
    assert kills < 8
    assert held() == whole
    assert disagreements(settings) == {}
    assert sql("select count(*) from tracking.imports") == [(0,)]


def test_a_restore_goes_on_after_the_place_that_it_reached(write_out: Any, footfall: Any, stored: Any) -> None:
    """Of the first batches nothing is read again."""
    rows = [a_row(n) for n in range(5_000)]
    bad = write_out([*rows, a_row(5_000, creator=None)])
    said = footfall("import", str(bad), *COMMAND, exits=1).stderr
    assert "row 5,001: creator" in said
    assert len(stored()) == 4_900  # row groups of 700 rows, a batch each
    said = footfall("import", str(bad), *COMMAND, exits=1).stderr
    assert said.startswith("going on after 4,900 of 5,001")


@pytest.mark.parametrize(
    "options", [("--source", "web"), ("--timezone", "UTC"), ("--column", "creator=c"), ("--creator", "address")]
)
def test_no_option_changes_what_comes_back(write_out: Any, footfall: Any, options: tuple[str, str]) -> None:
    said = footfall("import", str(write_out([a_row(1)])), *COMMAND, *options, exits=2).stderr
    assert f"{options[0]} is not for parquet" in said


def test_without_json_it_says_what_it_did(write_out: Any, footfall: Any) -> None:
    done = footfall("import", str(write_out([a_row(1)])), "--format", "parquet")
    assert done.stdout == "1 events restored, 0 were there already\n"


def test_a_large_file_takes_the_memory_of_some_thousand_rows(tmp_path: Path) -> None:
    """Also where all of its rows are in one group."""
    rows = 200_000
    row = dict(zip(SCHEMA.names, a_row(1), strict=True))
    columns = [pa.array([row[field.name]] * rows, field.type) for field in SCHEMA]
    columns[SCHEMA.names.index("properties")] = pa.array([f'{{"any": "{randbytes(100).hex()}"}}' for _ in range(rows)])
    pq.write_table(pa.table(columns, schema=SCHEMA), tmp_path / "x.parquet", row_group_size=rows)
    del columns
    before, most, read = pa.total_allocated_bytes(), 0, 0
    with Counted(tmp_path / "x.parquet") as raw:
        for part in ParquetFile(raw, "x.parquet").parts(0):
            most = max(most, pa.total_allocated_bytes() - before)
            read += part.rows.num_rows
    assert read == rows
    assert most < 20_000_000
    assert raw.largest < 2_000_000


class Counted(io.FileIO):
    """A file that keeps the largest number of bytes that were read at once."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size) or b""
        self.largest = max(self.largest, len(data))
        return data
