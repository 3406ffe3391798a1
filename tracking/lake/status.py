"""What the lake has, and how far it is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tracking import db
from tracking.exports import arrivals
from tracking.lake import days, tables, writing

if TYPE_CHECKING:
    from datetime import date, datetime

    from pyiceberg.table import Table

    from tracking.settings import Settings


class TableStatus(NamedTuple):
    name: str
    location: str
    rows: int
    files: int
    bytes: int
    snapshots: int


class Status(NamedTuple):
    url: str
    tables: list[TableStatus]
    first: date | None
    last: date | None
    days: int
    missing: dict[date, int]
    """Events that were dropped before their day was written."""
    behind: list[date]
    """Closed days that the lake does not have."""
    settled_until: datetime


def status(settings: Settings) -> Status:
    """Reads the tables' metadata only. Raises `LakeError`."""
    with db.connect(db.owner_url(settings)) as connection, tables.read(settings) as lake:
        has = sorted(days.whole(lake.events)) if lake else []
        return Status(
            tables.url(settings),
            [_of(name, table) for name, table in zip(lake.names, lake, strict=True)] if lake else [],
            has[0] if has else None,
            has[-1] if has else None,
            len(has),
            days.missing(lake.events) if lake else {},
            writing.closed(connection, set(has)),
            arrivals.settled_until(connection),
        )


def _of(name: str, table: Table) -> TableStatus:
    found: list[Any] = [task.file for task in table.scan().plan_files()]
    size = sum(file.file_size_in_bytes for file in found)
    rows = sum(file.record_count for file in found)
    return TableStatus(name, table.location(), rows, len(found), size, len(table.snapshots()))
