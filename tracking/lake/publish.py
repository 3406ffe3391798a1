"""One snapshot a day of arrival: what the table had of that day goes, what was written comes, in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan

from tracking.lake import days
from tracking.lake.sink import Sink

if TYPE_CHECKING:
    from datetime import date

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import FileScanTask, Table

    from tracking.lake.schemas import TableOf

CONFLICTS = (CommitFailedException, ValidationException)
"""What PyIceberg raises if others have added files meanwhile; it is certain then that nothing was committed.

Where the others have added none, it tries again itself, and knows its own snapshot if only the answer was lost.
"""

ATTEMPTS = 5
"""How often a day is published anew after that."""


def replace(table: Table, of: TableOf, day: date, files: list[DataFile], lacks: int) -> bool:
    """Publishes the files as all that the table has of this day of arrival; `lacks`: how many events it lacks for ever.

    False if another process has published the day in the meantime: then the files are nobody's. Raises one of
    `CONFLICTS` if others commit again and again.
    """
    began = days.whole(table)
    for attempt in range(ATTEMPTS):
        if day in days.whole(table) - began:
            return False
        try:
            _commit(table, of, day, files, lacks)
        except CONFLICTS:
            if attempt == ATTEMPTS - 1:
                raise
            table.refresh()
        else:
            return True
    return False


def _commit(table: Table, of: TableOf, day: date, files: list[DataFile], lacks: int) -> None:
    """One attempt, from the metadata as they are: the list of days must follow from those that it replaces."""
    rest = Sink(table, of)
    old = list(table.scan(row_filter=days.arrived_on(day)).plan_files())
    for task in old:
        if not days.is_only_of(table, task.file, day):
            _keep_rest(task, table, day, rest)
    change = table.transaction()
    with change.update_snapshot(snapshot_properties={days.DAY: str(day), days.MISSING: str(lacks)}).overwrite() as to:
        for task in old:
            to.delete_data_file(task.file)
        for file in (*files, *rest.finish()):
            to.append_data_file(file)
    change.set_properties(days.properties_with(table, day, lacks))
    try:
        change.commit_transaction()
    except CONFLICTS:
        rest.discard()
        raise


def _keep_rest(task: FileScanTask, table: Table, day: date, rest: Sink) -> None:
    """Writes the file's rows of other days anew: another program has put files together."""
    start, end = days.bounds(day)
    scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    for batch in scan.to_record_batches([task]):
        arrived = batch.column("received_at")
        rest.add_batch(batch.filter(pc.or_(pc.less(arrived, start), pc.greater_equal(arrived, end))))
