"""The registry of sources: small, read often, changed rarely; each process keeps a copy for two seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

RIGHTS = ("ingest", "mint", "stats", "export", "catalogue", "erase")
MAX_AGE = 2.0
"""Seconds a copy may be old; a revoked source is refused everywhere within this."""


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    version: int
    rights: frozenset[str]
    description: str
    revoked: bool


class SourceRegistry:
    """The sources as of at most `MAX_AGE` seconds ago."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sources: dict[str, Source] = {}
        self._read_at = float("-inf")

    def get(self, name: str) -> Source | None:
        if time.monotonic() - self._read_at > MAX_AGE:
            with self._engine.connect() as connection:
                self._sources = {source.name: source for source in list_sources(connection)}
            self._read_at = time.monotonic()
        return self._sources.get(name)


def list_sources(connection: Connection) -> list[Source]:
    rows = connection.exec_driver_sql(db.query("sources_list"))
    return [_source(row) for row in rows]


def add_source(connection: Connection, name: str, rights: list[str], description: str) -> Source | None:
    """The new source, or None where there is one of this name already."""
    row = connection.exec_driver_sql(db.query("sources_add"), (name, rights, description)).one_or_none()
    return _source(row) if row else None


def _source(row: Any) -> Source:
    return Source(row.name, row.version, frozenset(row.rights), row.description, row.revoked_at is not None)
