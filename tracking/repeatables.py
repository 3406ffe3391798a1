"""Functions, views and policies: SQL that may be edited, and is applied again when it changed.

A worker of the version before goes on while the functions of the next one are in force. So a function keeps its
signature for life: a changed one gets a new name (docs/decisions/0024-edited-sql-is-applied-again.md).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from tracking import db, locking
from tracking.prerequisites import MigrationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracking.prerequisites import Connection

FOLDERS = ("functions", "analytics", "analytics/final", ".")
"""Folders of `sql/`, in this order: views may use functions and, those in `final`, the views before them. The bodies of
functions are not checked on creation.
"""
SETTING = re.compile(r"current_setting\('footfall\.(\w+)'")


@dataclass(frozen=True)
class SqlFile:
    """`name`: the file's path in its folder of `sql/`, without the ending, as in functions/ingest."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def available() -> list[SqlFile]:
    """The files of this version, in the order in which they are applied."""
    paths = [path for folder in FOLDERS for path in sorted((db.SQL / folder).glob("*.sql"))]
    return [SqlFile(str(path.relative_to(db.SQL).with_suffix("")), path.read_text()) for path in paths]


def pending(connection: Connection, decided: Mapping[str, str]) -> list[SqlFile]:
    """The files that must be applied: their text or these settings are not in force.

    Those in `analytics/final` have their comments, or all, from the views before them, and go with them.
    """
    exists = connection.execute("select to_regclass('tracking.repeatables')").fetchone()
    rows = db.run(connection, "repeatables_in_force").fetchall() if exists and exists[0] else []
    in_force = {name: (checksum, settings) for name, checksum, settings in rows}
    changed = {one.name for one in available() if in_force.get(one.name) != (one.checksum, _settings(one, decided))}
    if any(name.startswith("analytics/") for name in changed):
        changed |= {one.name for one in available() if one.name.startswith("analytics/final/")}
    return [one for one in available() if one.name in changed]


def apply(connection: Connection, decided: Mapping[str, str]) -> None:
    """Applies the pending files, in the caller's transaction. Raises `MigrationError` with the name of a failed one.

    An error of `locking.HELD` comes as it is.
    """
    connection.execute("set local check_function_bodies = off")
    for one in pending(connection, decided):
        try:
            connection.execute(one.text)
        except locking.HELD:  # the caller tries again
            raise
        except psycopg.Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise MigrationError(f"{one.name} failed, and all functions, views and policies stay: {reason}") from error
        settings = _settings(one, decided)
        db.run(connection, "repeatables_record", name=one.name, checksum=one.checksum, settings=settings)


def _settings(one: SqlFile, decided: Mapping[str, str]) -> str:
    """The settings that a file uses, with the deployment's values."""
    return " ".join(f"{name}={decided[name]}" for name in sorted(set(SETTING.findall(one.text))))
