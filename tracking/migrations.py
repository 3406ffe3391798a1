"""Brings a database to the schema of this version. Plain SQL files make tables, in order, once each. Then functions,
views and policies are applied if they changed (repeatables.py).

A file is one transaction. If PostgreSQL refuses a statement inside a transaction, its file starts with the line
`-- no transaction` and holds only this statement.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import psycopg

from tracking import db, locking, repeatables
from tracking.deployment import DECIDED
from tracking.prerequisites import MigrationError, check_engine, check_retention, check_timezone
from tracking.repeatables import SqlFile

if TYPE_CHECKING:
    from tracking.prerequisites import Connection
    from tracking.settings import Settings

LOCK = 0x666F6F74  # "foot": one runner at a time, by pg_advisory_xact_lock
NO_TRANSACTION = "-- no transaction\n"


def available() -> list[SqlFile]:
    """The migrations of this version, in order."""
    return [SqlFile(path.stem, path.read_text()) for path in sorted((db.SQL / "migrations").glob("[0-9]*.sql"))]


def frozen() -> dict[str, str]:
    """The checksum of each released migration. A released migration never changes."""
    lines = (db.SQL / "migrations" / "frozen.txt").read_text().splitlines()
    return {name: checksum for name, _, checksum in (line.partition(" ") for line in lines)}


def contents() -> dict[str, str]:
    """The checksum of each migration, function, view and policy of this version."""
    return {file.name: file.checksum for file in [*available(), *repeatables.available()]}


def migrate(settings: Settings, *, check: bool = False) -> list[str]:
    """Applies the missing files and returns their names in order; with `check`, only returns the names.

    Raises `MigrationError` for a database that is not TimescaleDB, is too old or newer than this version,
    for an edited file, and for a reporting timezone that is impossible, or another than the database was made with.
    """
    check_retention(settings)
    decided = {name: str(getattr(settings, name)) for name in DECIDED}
    with db.connect(db.owner_url(settings)) as connection:
        check_engine(connection)
        pending = _pending(connection, settings)
        names = [one.name for one in (*pending, *repeatables.pending(connection, decided))]
        if len(pending) < len(available()):
            _check_same_timezone(connection, settings)
        else:
            check_timezone(settings.reporting_timezone)
        if check:
            return names
        with connection.transaction():  # "if not exists" alone fails if another runner creates at the same moment
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute("create schema if not exists tracking")
            db.run(connection, "schema_tables")
        for migration in pending:
            _apply(connection, migration, decided)
        _apply_repeatables(connection, decided)
        return names


def missing(settings: Settings) -> list[str]:
    """The names of files that this database never had, in order. Raises `MigrationError` as `migrate` does.

    A file that a newer version has replaced is not missing: the newer functions keep their contract.
    """
    with db.connect(db.owner_url(settings)) as connection:
        check_engine(connection)
        _pending(connection, settings)
        exists = connection.execute("select to_regclass('tracking.repeatables')").fetchone()
        applied = db.run(connection, "schema_applied").fetchall() if exists and exists[0] else []
        return [name for name, checksum in contents().items() if (name, checksum) not in applied]


def _pending(connection: Connection, settings: Settings) -> list[SqlFile]:
    exists = connection.execute("select to_regclass('tracking.migrations')").fetchone()
    rows = db.run(connection, "migrations_applied").fetchall() if exists and exists[0] else []
    applied: dict[str, str] = dict(rows)
    files = available()
    _check_the_same(applied, files, settings)
    pending = [migration for migration in files if migration.name not in applied]
    if pending and applied and pending[0].name < max(applied):
        raise MigrationError(
            f"{pending[0].name} sorts before {max(applied)}, which this database already has; give it the next number"
        )
    return pending


def _check_the_same(applied: dict[str, str], files: list[SqlFile], settings: Settings) -> None:
    """Raises `MigrationError` if the applied migrations are not those of this version."""
    released = frozen()
    changed = [file for file in files if applied.get(file.name, file.checksum) != file.checksum]
    for file in changed:
        if released.get(file.name) != file.checksum:
            raise MigrationError(f"{file.name} was edited after it was applied; restore it and add a new migration")
    unknown = sorted(applied.keys() - {file.name for file in files})
    if stray := [file.name for file in changed] + [name for name in unknown if name < files[-1].name]:
        empty = f"remove the folder {settings.data}" if settings.embedded else "let DATABASE_URL name an empty database"
        raise MigrationError(
            f"this database was made before the first release (its {stray[0]} is not the released one) and cannot be "
            f"brought to this version; {empty}, and import again"
        )
    if unknown:
        raise MigrationError(f"the database is newer than this version: it has {unknown[-1]}; deploy the newer version")


def _apply(connection: Connection, migration: SqlFile, decided: dict[str, str]) -> None:
    try:
        if migration.text.startswith(NO_TRANSACTION):
            connection.execute(migration.text)
            db.run(connection, "migrations_record", name=migration.name, checksum=migration.checksum)
            return
        locking.patiently(connection, partial(_apply_once, connection, migration, decided))
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        who = locking.holder(connection) if isinstance(error, locking.HELD) else ""
        raise MigrationError(f"{migration.name} failed and was rolled back: {reason}{who}") from error


def _apply_once(connection: Connection, migration: SqlFile, decided: dict[str, str]) -> None:
    if _locked_and_missing(connection, migration):
        _set(connection, decided)
        connection.execute(migration.text)
        db.run(connection, "migrations_record", name=migration.name, checksum=migration.checksum)


def _apply_repeatables(connection: Connection, decided: dict[str, str]) -> None:
    def change() -> None:
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        _set(connection, decided)
        repeatables.apply(connection, decided)
        db.run(connection, "lock_down")

    try:
        locking.patiently(connection, change)
    except locking.HELD as error:
        reason = str(error).strip().partition("\n")[0]
        raise MigrationError(
            f"functions, views and policies failed, and all stay: {reason}{locking.holder(connection)}"
        ) from error


def _locked_and_missing(connection: Connection, migration: SqlFile) -> bool:
    """Waits for another runner; False if that has just applied this one."""
    connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
    found = connection.execute("select from tracking.migrations where name = %s", (migration.name,)).fetchone()
    return found is None


def _set(connection: Connection, decided: dict[str, str]) -> None:
    """Sets the values that files read by current_setting(), and timeouts."""
    bounds = {"lock_timeout": locking.LOCK_TIMEOUT, "statement_timeout": "15min", "client_min_messages": "error"}
    for name, value in (bounds | {f"footfall.{name}": value for name, value in decided.items()}).items():
        connection.execute("select set_config(%s, %s, true)", (name, value))


def _check_same_timezone(connection: Connection, settings: Settings) -> None:
    row = connection.execute("select value from tracking.deployment where key = 'reporting_timezone'").fetchone()
    made_with = row[0] if row else None
    if made_with != settings.reporting_timezone:
        raise MigrationError(
            f"REPORTING_TIMEZONE: the daily counts of this database are in {made_with}, the setting says "
            f"{settings.reporting_timezone}; set it back"
        )
