"""Reads a Parquet file of `python -m tracking export`, or one of the lake's data files, a few rows at a time."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from tracking.restoring import BATCH, COLUMNS, Part, Unrestorable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC, SHORTEST = b"PAR1", 12
"""With these four bytes a Parquet file begins and ends; before its end is the length of its footer."""
BUFFER = 1 << 16
"""Bytes of a column that are read at once; else it is the whole column of a row group."""
TIMES = ("occurred_at", "received_at")


class ParquetFile:
    """An `Origin` of one file; a place is the number of rows before it. It reads the footer at once."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """`file` is open, and can seek. Raises `Unrestorable` if it is no whole Parquet file with events."""
        self.name = name
        try:
            self._file = pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            raise Unrestorable(f"{name}: {_no_parquet(file, error)}") from None
        self._check_columns()
        footer = self._file.metadata
        self.size: int = footer.num_rows
        file.seek(-min(footer.serialized_size + 8, file.seek(0, 2)), 2)
        self.key = hashlib.sha256(file.read()).hexdigest()

    def parts(self, after: int = 0) -> Iterator[Part]:
        """See `Origin`. It takes the memory of a few thousand rows."""
        before = 0
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            if before + rows > after:
                yield from self._group(group, before, after)
            before += rows

    def _group(self, group: int, before: int, after: int) -> Iterator[Part]:
        batches = self._file.iter_batches(BATCH, row_groups=[group], columns=list(COLUMNS))
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise Unrestorable(f"{self.name}: after row {before:,} it is damaged ({_first(error)})") from None
            if batch is None:
                return
            done = min(max(after - before, 0), batch.num_rows)
            if done < batch.num_rows:
                yield Part(batch.slice(done), self.name, before + done + 1, before + batch.num_rows)
            before += batch.num_rows

    def _check_columns(self) -> None:
        schema = self._file.schema_arrow
        if missing := [name for name in COLUMNS if name not in schema.names]:
            raise Unrestorable(
                f"{self.name}: no {', '.join(missing)} among its columns; expected an export of Footfall"
            )
        for name in COLUMNS:
            found = schema.field(name).type
            expected = "times with a timezone" if name in TIMES else "texts"
            if not _fits(found, is_time=name in TIMES, is_id=name == "event_id"):
                raise Unrestorable(f"{self.name}: column {name} has {found}; expected {expected}")


def _fits(found: pa.DataType, *, is_time: bool, is_id: bool) -> bool:
    kind = found.value_type if pa.types.is_dictionary(found) else found
    if is_time:
        return bool(pa.types.is_timestamp(kind) and kind.tz is not None)
    is_bytes = pa.types.is_fixed_size_binary(kind) or isinstance(kind, pa.UuidType)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind) or (is_id and is_bytes)
    )


def _no_parquet(file: IO[bytes], error: Exception) -> str:
    """Why a file cannot be opened as Parquet."""
    length = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    file.seek(-min(4, length), 2)
    if length == 0:
        return "it is empty"
    if head != MAGIC:
        return "it is not a Parquet file"
    if file.read(4) != MAGIC or length < SHORTEST:
        return "it is half a Parquet file: its end is missing; write it again"
    return f"it is damaged ({_first(error)})"


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
