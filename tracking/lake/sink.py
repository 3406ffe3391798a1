"""Rows become data files, with memory bounded: each file holds rows of one partition and of one day of arrival."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.io.pyarrow import _dataframe_to_data_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

    from tracking.lake.schemas import TableOf

BUFFERED = 64_000_000
"""Bytes of rows that wait. When there are more, those of one partition become a file of some ten megabytes."""


class Sink:
    """Takes rows and writes data files, which no reader sees before they are published (publish.py)."""

    buffered = BUFFERED

    def __init__(self, table: Table, of: TableOf) -> None:
        self._table = table
        self._of = of
        self._schema: pa.Schema = table.schema().as_arrow()
        self._waiting: dict[date, list[pa.RecordBatch]] = defaultdict(list)
        self._bytes: dict[date, int] = defaultdict(int)
        self._id = uuid.uuid4()
        self._counter = itertools.count()
        self.files: list[DataFile] = []

    @property
    def rows(self) -> int:
        """The rows in the files that are written."""
        return sum(file.record_count for file in self.files)

    @property
    def waiting(self) -> int:
        """The bytes of the rows that are in no file yet."""
        return sum(self._bytes.values())

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Rows of values, in the order of the table's columns as this version has them."""
        if rows:
            named = dict(zip((name for name, _, _ in self._of.columns), zip(*rows, strict=True), strict=True))
            arrays = [pa.array(named[field.name], field.type) for field in self._schema]
            self.add_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def add_batch(self, batch: pa.RecordBatch) -> None:
        days = pc.floor_temporal(batch.column(self._of.partitioned_by), unit="day")
        for moment in pc.unique(days):
            part, day = batch.filter(pc.equal(days, moment)), moment.as_py().date()
            self._waiting[day].append(part)
            self._bytes[day] += part.nbytes
        while self.waiting > self.buffered:
            self._write(max(self._bytes, key=self._bytes.__getitem__))

    def finish(self) -> list[DataFile]:
        """Writes what waits, and returns all files."""
        for day in sorted(self._waiting):
            self._write(day)
        return self.files

    def discard(self) -> None:
        """Removes the files. What cannot be removed now is unknown to every reader, and expiry.py finds it."""
        for file in self.files:
            with suppress(OSError):
                self._table.io.delete(file.file_path)
        self.files = []

    def _write(self, day: date) -> None:
        rows = pa.Table.from_batches(self._waiting.pop(day)).sort_by(
            [(name, "ascending") for name in self._of.sorted_by]
        )
        del self._bytes[day]
        self.files += _dataframe_to_data_files(self._table.metadata, rows, self._table.io, self._id, self._counter)
