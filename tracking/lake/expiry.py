"""Expires old snapshots, and removes the files that no snapshot names any more, or never did: those of killed runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tracking.lake import files, tables
from tracking.lake.schemas import EXPIRE_DAYS

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from tracking.settings import Settings

OURS = re.compile(
    r"/(data/[^?#]+\.parquet|metadata/(\d{5,}-[0-9a-f-]{36}\.metadata\.json|snap-\d+-\d+-[0-9a-f-]{36}\.avro|[0-9a-f-]{36}-m\d+\.avro))"
)
"""Files as the writers of a table name them; whatever else lies there is left alone."""

SAFE = timedelta(days=1)
"""Younger files may belong to a run that has not published them yet."""


class Expired(NamedTuple):
    snapshots: int
    files: int
    bytes: int


def expire(settings: Settings, now: datetime | None = None) -> Expired:
    """Expires the snapshots of both tables after EXPIRE_DAYS; removes unnamed files that are older than a day.

    Raises `LakeError`.
    """
    now = now or datetime.now(UTC)
    gone = []
    with tables.read(settings) as lake:
        for table in lake or ():
            snapshots = _expire_snapshots(table, now - timedelta(days=EXPIRE_DAYS))
            removed = _remove_unnamed(table, now - SAFE)
            gone.append(Expired(snapshots, len(removed), sum(file.bytes for file in removed)))
    return Expired(*(sum(values) for values in zip(*gone, strict=True))) if gone else Expired(0, 0, 0)


def _expire_snapshots(table: Table, before: datetime) -> int:
    had = len(table.snapshots())
    if any(snapshot.timestamp_ms < before.timestamp() * 1000 for snapshot in table.snapshots()[:-1]):
        table.maintenance.expire_snapshots().older_than(before).commit()
    return had - len(table.snapshots())


def _remove_unnamed(table: Table, before: datetime) -> list[files.File]:
    """First what lies there, then what the table names: what is published in between is young."""
    place = table.location()
    old = [file for file in files.under(place) if file.changed < before and OURS.fullmatch(file.location, len(place))]
    named = _named(table.refresh())
    removed = [file for file in old if file.location not in named]
    for file in removed:
        table.io.delete(file.location)
    return removed


def _named(table: Table) -> set[str]:
    """Every file that a reader of any snapshot may open, and every metadata file that the newest one lists."""
    named = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.snapshots():
        named.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in named:
                named.add(manifest.manifest_path)
                named |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
    return named | {file.statistics_path for file in table.metadata.statistics}
