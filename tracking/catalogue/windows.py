"""The repeat window of each name, as the catalogue has it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db
from tracking.snapshot import Snapshot

if TYPE_CHECKING:
    from sqlalchemy import Engine

MAX_NAMES = 10_000


class Windows:
    """Seconds within which a second action counts as a repeat, by name; a change counts without a restart."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._snapshot = Snapshot(self._read)

    def current(self) -> WindowOf:
        return self._snapshot.get()

    def _read(self) -> WindowOf:
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(db.query("catalogue_windows"))
            return WindowOf({row.name: float(row.seconds) for row in rows})


class WindowOf(dict[str, float]):
    """Seconds by name; a name that is not in the catalogue has its action's (`click__*`), or none: 0."""

    def __missing__(self, name: str) -> float:
        action, parted, _ = name.partition("__")
        seconds = self.get(f"{action}__*", 0.0) if parted else 0.0
        if len(self) < MAX_NAMES:
            self[name] = seconds
        return seconds
