"""The registry of sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.snapshot import Snapshot

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

RIGHTS = ("ingest", "mint", "stats", "export", "catalogue", "erase")


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    version: int
    rights: frozenset[str]
    description: str
    revoked: bool


class SourceRegistry:
    """The sources as of a moment ago: a revoked one is refused everywhere within 4 seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._snapshot = Snapshot(self._read)

    def get(self, name: str) -> Source | None:
        return self._snapshot.get().get(name)

    def _read(self) -> dict[str, Source]:
        with self._engine.connect() as connection:
            return {source.name: source for source in list_sources(connection)}


def list_sources(connection: Connection) -> list[Source]:
    rows = connection.exec_driver_sql(db.query("sources_list"))
    return [_source(row) for row in rows]


def add_source(connection: Connection, name: str, rights: list[str], description: str) -> Source | None:
    """The new source, or None where there is one of this name already."""
    row = connection.exec_driver_sql(db.query("sources_add"), (name, rights, description)).one_or_none()
    return _source(row) if row else None


def _source(row: Any) -> Source:
    return Source(row.name, row.version, frozenset(row.rights), row.description, row.revoked_at is not None)
