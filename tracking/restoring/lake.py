"""Reads the lake's tables: the events a data file at a time, and the ledger a day at a time."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
from pyiceberg.io.pyarrow import ArrowScan

from tracking.lake import days, tables
from tracking.lake.errors import LostTableError
from tracking.restoring import BATCH, COLUMNS, Part, Unrestorable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pyiceberg.table import FileScanTask, Table

    from tracking.settings import Settings

ROWLESS = "verdict in ('duplicate', 'conflict', 'rejected')"
"""Lines of events that left no row; the rows that come back bring the other lines."""


@contextmanager
def opened(settings: Settings) -> Iterator[LakeOrigin]:
    """The lake at LAKE_URL, by its catalog, or, where that was lost, by its newest files.

    Raises `LakeError` here, and for every fault of storage within the block.
    """
    with ExitStack() as stack:
        try:
            lake = stack.enter_context(tables.read(settings))
        except LostTableError:
            lake = None
        lake = lake or stack.enter_context(tables.found(settings))
        yield LakeOrigin(lake.events, lake.ledger)


class LakeOrigin:
    """An `Origin` of the events; a place is the number of data files before it."""

    def __init__(self, events: Table, ledger: Table) -> None:
        self._ledger = ledger
        known = tuple(name for name in COLUMNS if name in events.schema().column_names)
        self._scan = events.scan(selected_fields=known)
        self._tasks = sorted(self._scan.plan_files(), key=lambda task: task.file.file_path)
        self.name = events.location()
        self.size = len(self._tasks)
        paths = "\n".join(task.file.file_path for task in self._tasks)
        self.key = hashlib.sha256(f"{events.metadata.table_uuid}\n{paths}".encode()).hexdigest()
        self.missing = sum(days.missing(events).values())
        """Events whose rows were dropped before the lake was written: nothing can bring them back."""

    def parts(self, after: int) -> Iterator[Part]:
        """See `Origin`. It takes the memory of one data file, some tens of megabytes."""
        for number, task in enumerate(self._tasks[after:], after + 1):
            batches = list(self._batches(task))
            for nth, (rows, first) in enumerate(batches, 1):
                yield Part(rows, task.file.file_path, first, number - (nth < len(batches)))

    def _batches(self, task: FileScanTask) -> Iterator[tuple[pa.RecordBatch, int]]:
        """The rows of a file that are not deleted, and the number of the first."""
        scan = self._scan
        reading = ArrowScan(scan.table_metadata, scan.io, scan.projection(), scan.row_filter)
        first = 1
        try:
            for rows in reading.to_record_batches([task]):
                for at in range(0, rows.num_rows, BATCH):
                    yield rows.slice(at, BATCH), first + at
                first += rows.num_rows
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and (error.errno or "AWS Error" in str(error)):  # a fault of the storage
                raise
            raise Unrestorable(f"{task.file.file_path}: it is damaged ({error})") from None

    def ledger_days(self) -> list[date]:
        """The days of arrival of which there are lines."""
        return sorted(days.whole(self._ledger))

    def lines(self, day: date) -> Iterator[bytes]:
        """The day's lines of events that left no row, as JSON arrays; the lines of one time are in one array."""
        found = self._ledger.scan(row_filter=f"{days.arrived_on(day)} and {ROWLESS}").to_arrow()
        batch: list[dict[str, Any]] = []
        for _, of_one_time in groupby(_in_order(found), itemgetter("received_at")):
            batch.extend(of_one_time)
            if len(batch) >= BATCH:
                yield msgspec.json.encode(batch)
                batch = []
        if batch:
            yield msgspec.json.encode(batch)


def _in_order(found: pa.Table) -> Iterator[dict[str, Any]]:
    for rows in found.sort_by("received_at").to_batches(max_chunksize=BATCH):
        yield from rows.to_pylist()
