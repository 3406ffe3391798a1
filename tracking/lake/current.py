"""The data files of the events, for programs that read Parquet and no Iceberg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.lake import tables
from tracking.lake.errors import LakeError

if TYPE_CHECKING:
    from tracking.settings import Settings


def data_files(settings: Settings) -> list[str]:
    """The addresses of the current data files; together they hold each event once.

    They stay readable for as long as a snapshot is kept. Raises `LakeError` where the files alone would say too much,
    since another program has noted deleted rows beside them, and as `tables.read` does.
    """
    with tables.read(settings) as lake:
        tasks = list(lake.events.scan().plan_files()) if lake else []
    if any(task.delete_files for task in tasks):
        raise LakeError(
            f"{tables.url(settings)}: rows were deleted by notes beside the files; read the table by its name, or let "
            "Athena put its files together: optimize footfall.events rewrite data using bin_pack"
        )
    return sorted(task.file.file_path for task in tasks)
