"""Which days of arrival a table has whole, as the table itself says: a property, which outlives every snapshot."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pyiceberg.conversions import from_bytes
from pyiceberg.types import TimestamptzType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

DAYS, MISSING = "footfall.days", "footfall.missing"
"""Properties: `2026-10-01..2026-11-20 2026-11-22`, and, for days with dropped rows, `2026-10-01:17 2026-10-02:4`."""
DAY = "footfall.day"
"""In a snapshot's summary: the day of arrival that it wrote."""

ONE = timedelta(days=1)


def whole(table: Table) -> set[date]:
    """The days that the table has."""
    return set(_listed(table.properties.get(DAYS, "")))


def missing(table: Table) -> dict[date, int]:
    """How many events of a day the ledger knows, and the table does not have: they were dropped before."""
    pairs = (part.split(":") for part in table.properties.get(MISSING, "").split())
    return {date.fromisoformat(day): int(events) for day, events in pairs}


def properties_with(table: Table, day: date, lacks: int) -> dict[str, str]:
    """The properties of a table that has this day, too."""
    lacking = missing(table) | {day: lacks}
    said = " ".join(f"{one}:{events}" for one, events in sorted(lacking.items()) if events)
    return {DAYS: _as_text(whole(table) | {day}), MISSING: said}


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of a UTC day, and of the next one."""
    start = datetime.combine(day, time(), UTC)
    return start, start + ONE


def arrived_on(day: date) -> str:
    """A filter of a table's rows: those of this day of arrival."""
    start, end = bounds(day)
    return f"received_at >= '{start.isoformat()}' and received_at < '{end.isoformat()}'"


def rows_of(table: Table, day: date) -> int:
    """How many rows the table has of this day of arrival: by its metadata, unless others have put files together."""
    scan = table.scan(row_filter=arrived_on(day), selected_fields=("received_at",))
    tasks = list(scan.plan_files())
    if all(is_only_of(table, task.file, day) and not task.delete_files for task in tasks):
        return sum(task.file.record_count for task in tasks)
    return sum(len(batch) for batch in scan.to_arrow_batch_reader())


def is_only_of(table: Table, file: DataFile, day: date) -> bool:
    """Whether all rows of a file are of this day of arrival, by the bounds that are kept of each file."""
    field = table.schema().find_field("received_at").field_id
    start, end = (int(moment.timestamp()) * 1_000_000 for moment in bounds(day))
    kept = [(of or {}).get(field) for of in (file.lower_bounds, file.upper_bounds)]
    moments: list[Any] = [None if value is None else from_bytes(TimestamptzType(), value) for value in kept]
    return all(moment is not None and start <= moment < end for moment in moments)


def snapshot_of(table: Table, day: date) -> int | None:
    """The newest snapshot that wrote this day; None if it has expired."""
    for snapshot in reversed(table.snapshots()):
        if snapshot.summary is not None and snapshot.summary.additional_properties.get(DAY) == str(day):
            return snapshot.snapshot_id
    return None


def _listed(text: str) -> Iterable[date]:
    for part in text.split():
        first, _, last = part.partition("..")
        day, until = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= until:
            yield day
            day += ONE


def _as_text(days: set[date]) -> str:
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == ONE:
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
