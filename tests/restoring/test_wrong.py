"""Files that cannot be put back: one sentence with the row, and nothing of the bad batch stored."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fixtures.rows import a_row
from restoring.conftest import SCHEMA

LATE = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture
def refused(footfall: Any, sql: Any) -> Any:
    """The one line with which a file is refused; nothing is stored."""

    def run(file: Path) -> str:
        done = footfall("import", str(file), "--format", "parquet", "--json", exits=1)
        assert (
            sql("select count(*) from tracking.events") == sql("select count(*) from tracking.ingest_ledger") == [(0,)]
        )
        (line,) = done.stderr.splitlines()
        assert len(line) < 300
        return line.removeprefix(f"Error: {file}: ")

    return run


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"creator": None}, "creator: expected 1 to 200 characters, no control characters; it is nothing"),
        ({"creator": ""}, "creator: expected 1 to 200"),
        ({"creator": "a\x00b"}, "creator: expected 1 to 200"),
        ({"creator": "a" * 201}, "creator: expected 1 to 200"),
        ({"name": "n" * 101}, "name: expected a letter, then up to 99"),
        ({"name": None}, "name: expected a letter"),
        ({"source": "Web"}, "source: expected 1 to 32 of a-z"),
        ({"receiver_type": "job:1"}, "receiver_type: expected 1 to 32"),
        ({"receiver_id": "1\n2"}, "receiver_id: expected 1 to 200"),
        ({"event_id": "7"}, "event_id: expected a UUID; it is 7"),
        ({"event_id": None}, "event_id: expected a UUID; it is nothing"),
        ({"occurred_at": None}, "occurred_at: expected a time; it is nothing"),
        (
            {"occurred_at": datetime(1970, 1, 1, tzinfo=UTC)},
            "occurred_at: 1970-01-01T00:00:00Z is too old; in Europe/Berlin",
        ),
        ({"occurred_at": datetime(2025, 6, 1, tzinfo=UTC)}, "occurred_at: 2025-06-01T00:00:00Z is after its arrival"),
        ({"received_at": None}, "received_at: expected a time; it is nothing"),
        ({"received_at": LATE}, "received_at: "),
        ({"excluded": "bots"}, "excluded: expected nothing or one of repeat, bot, own, prefetch; it is bots"),
        ({"properties": "[1]"}, "properties: expected a JSON object or nothing"),
        ({"properties": '{"a": 1'}, "properties: expected a JSON object or nothing"),
        ({"properties": '{"a": NaN}'}, "properties: expected a JSON object or nothing"),
        ({"properties": '{"a": 1e999}'}, "properties: expected a JSON object or nothing"),
        ({"context": '{"a": "\\u0000"}'}, "context: it holds \\u0000, which PostgreSQL cannot store"),
        ({"context": '{"a": "\\ud800"}'}, "context: expected a JSON object or nothing"),
        ({"context": '{"a": "' + "x" * 1_000_000 + '"}'}, "context: 1,000,009 characters; the most is 1,000,000"),
        ({"properties": '{"a": {"b": {"c": {"d": {"e": 1}}}}}'}, "properties: expected a JSON object or nothing"),
    ],
)
def test_a_row_with_a_bad_value_is_named(refused: Any, write_out: Any, fields: dict[str, Any], said: str) -> None:
    assert refused(write_out([a_row(1), a_row(2, **fields), a_row(3)])).startswith(f"row 2: {said}")


def test_a_text_that_is_not_utf_8_is_named(refused: Any, write_out: Any) -> None:
    rows: list[Any] = [list(a_row(n)) for n in range(3)]
    rows[1][4] = b"M\xfcller"
    binary = pa.schema([field if field.name != "creator" else field.with_type(pa.binary()) for field in SCHEMA])
    rows = [
        [value.encode() if isinstance(value, str) and i == 4 else value for i, value in enumerate(row)] for row in rows
    ]
    file = write_out(rows, binary)
    # the file says that this column is text; it is written as bytes, since pyarrow would not write it so
    as_text = pa.table(
        [pa.Array.from_buffers(pa.string(), len(column), column.chunk(0).buffers()) if pa.types.is_binary(column.type) else column
         for column in pa.parquet.read_table(file).columns],
        schema=SCHEMA,
    )  # fmt: skip
    pa.parquet.write_table(as_text, file)
    assert refused(file).startswith("row 2: creator: 'utf-8' codec can't decode")


def test_a_time_beyond_python_s_is_named(refused: Any, write_out: Any) -> None:
    number = pa.schema([SCHEMA.field(0).with_type(pa.int64()), *list(SCHEMA)[1:]])
    rows = [(2**62, *a_row(1)[1:])]
    file = write_out(rows, number)
    table = pa.parquet.read_table(file)
    pa.parquet.write_table(table.set_column(0, SCHEMA.field(0), table.column(0).cast(SCHEMA.field(0).type)), file)
    assert refused(file).startswith("row 1: occurred_at: ")


def test_a_file_of_another_kind_is_refused(refused: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    file.write_text('{"name": "view"}\n' * 100)
    assert refused(file) == "it is not a Parquet file"
    file.write_bytes(b"")
    assert refused(file) == "it is empty"


def test_half_a_file_is_refused_wherever_it_ends(refused: Any, write_out: Any) -> None:
    """The end of a Parquet file says where everything is: a killed writer leaves a file without it."""
    file = write_out([a_row(n) for n in range(300)])
    whole = file.read_bytes()
    for length in (4, 5, 1_000, len(whole) // 2, len(whole) - 8, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert refused(file) == "it is half a Parquet file: its end is missing; write it again"


def test_a_file_with_a_damaged_footer_is_refused(refused: Any, write_out: Any) -> None:
    file = write_out([a_row(1)])
    whole = file.read_bytes()
    file.write_bytes(whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:])
    assert refused(file).startswith("it is damaged (")


def test_damaged_rows_are_noticed(refused: Any, write_out: Any) -> None:
    """Each page has its checksum."""
    file = write_out([a_row(n) for n in range(300)])
    ids = pa.parquet.read_metadata(file).row_group(0).column(SCHEMA.names.index("event_id"))
    whole = bytearray(file.read_bytes())
    whole[ids.dictionary_page_offset + ids.total_compressed_size // 2] ^= 1
    file.write_bytes(whole)
    assert refused(file).startswith("after row 0 it is damaged (")


@pytest.mark.parametrize("name", SCHEMA.names)
def test_a_missing_column_is_named(refused: Any, write_out: Any, name: str) -> None:
    file = write_out([a_row(1)])
    table = pa.parquet.read_table(file)
    pa.parquet.write_table(table.drop_columns(name), file)
    assert refused(file) == f"no {name} among its columns; expected an export of Footfall"


@pytest.mark.parametrize(
    ("name", "type_", "said"),
    [
        ("occurred_at", pa.timestamp("us"), "has timestamp[us]; expected times with a timezone"),
        ("received_at", pa.string(), "has string; expected times with a timezone"),
        ("creator", pa.binary(), "has binary; expected texts"),
    ],
)
def test_a_column_of_another_type_is_named(refused: Any, write_out: Any, name: str, type_: Any, said: str) -> None:
    file = write_out([a_row(1)])
    table = pa.parquet.read_table(file)
    column = table.column(name).cast(type_)
    pa.parquet.write_table(table.set_column(table.column_names.index(name), name, column), file)
    assert refused(file) == f"column {name} {said}"


def test_a_file_that_is_not_there_is_said(refused: Any, tmp_path: Path) -> None:
    assert refused(tmp_path / "x.parquet") == "No such file or directory"
    assert refused(tmp_path) == "Is a directory"


def test_a_pipe_is_said_to_be_one(refused: Any, write_out: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keeping = os.open(pipe, os.O_RDWR)
    try:
        assert refused(pipe).startswith("a pipe; save it as a file first")
    finally:
        os.close(keeping)


def test_a_file_of_no_events_restores_none(write_out: Any, footfall: Any) -> None:
    assert footfall("import", str(write_out([])), "--format", "parquet").stdout.startswith("0 events restored")


def test_other_columns_are_left_alone(write_out: Any, footfall: Any, stored: Any) -> None:
    """A later version may write more."""
    file = write_out([a_row(1)])
    table = pa.parquet.read_table(file)
    pa.parquet.write_table(table.append_column("more", pa.array([1])), file)
    footfall("import", str(file), "--format", "parquet")
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "type_", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=["large", "dictionary"]
)
def test_texts_come_in_any_form(write_out: Any, footfall: Any, stored: Any, type_: Any) -> None:
    file = write_out([a_row(1)])
    table = pa.parquet.read_table(file)
    pa.parquet.write_table(table.set_column(4, "creator", table.column(4).cast(type_)), file)
    footfall("import", str(file), "--format", "parquet")
    assert len(stored()) == 1
