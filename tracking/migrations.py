"""Brings a database to the schema of this version: plain SQL files, in order, once each.

A file is one transaction. One that PostgreSQL refuses inside a transaction starts with the line
`-- no transaction` and holds a single statement.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg

from tracking import db, timezones
from tracking.deployment import DECIDED, OLDEST, one_midnight_since

if TYPE_CHECKING:
    from tracking.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

LOCK = 0x666F6F74  # "foot": one runner at a time, by pg_advisory_xact_lock
NO_TRANSACTION = "-- no transaction\n"
MIN_TIMESCALE = (2, 22)
MIN_POSTGRES = 15
RETENTION_MARGIN_DAYS = 4
"""How long raw events outlive the lateness, at least: the reporting day that a chunk ends in, and time to count them.
What is younger than two days is never dropped: sql/migrations/0004_write_once.sql goes by that."""


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says which file or version, and what to do."""


@dataclass(frozen=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def available() -> list[Migration]:
    return [Migration(path.stem, path.read_text()) for path in sorted((db.SQL / "migrations").glob("[0-9]*.sql"))]


def migrate(settings: Settings, *, check: bool = False) -> list[str]:
    """Applies what is missing and returns its names in order; with `check`, only says what would be applied.

    Raises `MigrationError` for a database that is not TimescaleDB, is too old or newer than this version,
    for an edited file, and for a reporting timezone that is impossible, or another than the database was made with.
    """
    check_retention(settings)
    with db.connect(db.owner_url(settings)) as connection:
        check_engine(connection)
        pending = _pending(connection)
        names = [migration.name for migration in pending]
        if len(pending) < len(available()):
            _check_same_timezone(connection, settings)
        else:
            check_timezone(settings.reporting_timezone)
        if pending or not _policies_current(connection, settings):
            names.append("policies")
        if check:
            return names
        with connection.transaction():  # "if not exists" alone fails where another runner creates at the same moment
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute("create schema if not exists tracking")
            connection.execute(db.query("migrations_table"))
        for migration in pending:
            _apply(connection, migration, settings)
        if "policies" in names:
            _apply_policies(connection, settings)
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(db.query("lock_down"))
        return names


def missing(settings: Settings) -> list[str]:
    """The names of the migrations that this database lacks, in order; raises `MigrationError` as `migrate` does."""
    with db.connect(db.owner_url(settings)) as connection:
        check_engine(connection)
        return [migration.name for migration in _pending(connection)]


def check_retention(settings: Settings) -> None:
    """Whether late events may come as late as the settings say: what is dropped can no longer be counted."""
    least = settings.lateness_days + RETENTION_MARGIN_DAYS
    if 0 < settings.retention_days < least:
        raise MigrationError(
            f"RETENTION_DAYS: {settings.retention_days} would drop raw events of days to which late events still come; "
            f"with LATENESS_DAYS={settings.lateness_days} it takes {least} or more, or 0"
        )


def check_timezone(name: str) -> None:
    """Raises `MigrationError` where a midnight will come twice: TimescaleDB's day begins with the second."""
    zone = ZoneInfo(name)
    if one_midnight_since(zone) > datetime.now(UTC):
        raise MigrationError(
            f"REPORTING_TIMEZONE: in {name} the clocks go back over midnight, and the counts of such days would be an "
            f"hour off; take {_neighbour(zone)} instead. Customers can still ask for days of {name}"
        )


def _neighbour(zone: ZoneInfo) -> str:
    """A timezone with the same time at noon, these years, and each midnight once."""
    region = zone.key.partition("/")[0]
    noons = [datetime(year, month, 1, 12) for year in (2025, 2030) for month in range(1, 13)]  # noqa: DTZ001
    for name in sorted(timezones.names(), key=lambda name: (not name.startswith(region), "/" not in name, name)):
        other = ZoneInfo(name)
        same = all(_offset(noon.replace(tzinfo=other)) == _offset(noon.replace(tzinfo=zone)) for noon in noons)
        if same and one_midnight_since(other) == OLDEST:
            return name
    return "UTC"


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def check_engine(connection: Connection) -> None:
    """Raises `MigrationError` where the server is not a TimescaleDB that Footfall can live on."""
    if connection.info.server_version // 10_000 < MIN_POSTGRES:
        raise MigrationError(f"PostgreSQL {MIN_POSTGRES} or newer is needed; this is {connection.info.server_version}")
    row = connection.execute(
        "select coalesce(installed_version, default_version) from pg_available_extensions where name = 'timescaledb'"
    ).fetchone()
    if row is None:
        raise MigrationError("this PostgreSQL has no TimescaleDB; install it, or use the timescale/timescaledb image")
    if tuple(int(part) for part in row[0].split("-")[0].split(".")[:2]) < MIN_TIMESCALE:
        raise MigrationError(f"TimescaleDB {'.'.join(map(str, MIN_TIMESCALE))} or newer is needed; this is {row[0]}")


def _pending(connection: Connection) -> list[Migration]:
    exists = connection.execute("select to_regclass('tracking.migrations')").fetchone()
    rows = connection.execute(db.query("migrations_applied")).fetchall() if exists and exists[0] else []
    applied: dict[str, str] = dict(rows)
    files = available()
    if unknown := sorted(applied.keys() - {migration.name for migration in files}):
        raise MigrationError(f"the database is newer than this version: it has {unknown[-1]}; deploy the newer version")
    for migration in files:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"{migration.name} was edited after it was applied; restore it and add a new migration"
            )
    return [migration for migration in files if migration.name not in applied]


def _apply(connection: Connection, migration: Migration, settings: Settings) -> None:
    try:
        if migration.text.startswith(NO_TRANSACTION):
            connection.execute(migration.text)
            connection.execute(db.query("migrations_record"), (migration.name, migration.checksum))
            return
        with connection.transaction():
            if not _locked_and_missing(connection, migration):
                return
            _set(connection, settings)
            connection.execute(migration.text)
            connection.execute(db.query("migrations_record"), (migration.name, migration.checksum))
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name} failed and was rolled back: {_first_line(error)}") from error


def _locked_and_missing(connection: Connection, migration: Migration) -> bool:
    """Waits for another runner; False where it has just applied this one."""
    connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
    found = connection.execute("select from tracking.migrations where name = %s", (migration.name,)).fetchone()
    return found is None


def _set(connection: Connection, settings: Settings) -> None:
    """What migrations may read by current_setting(), and bounds: a lock not had at once must not queue the writers."""
    bounds = {"lock_timeout": "5s", "statement_timeout": "15min", "client_min_messages": "error"}
    for name, value in (bounds | {f"footfall.{name}": str(getattr(settings, name)) for name in DECIDED}).items():
        connection.execute("select set_config(%s, %s, true)", (name, value))


def _check_same_timezone(connection: Connection, settings: Settings) -> None:
    made_with = _deployment(connection, "reporting_timezone")
    if made_with != settings.reporting_timezone:
        raise MigrationError(
            f"REPORTING_TIMEZONE: the daily counts of this database are in {made_with}, the setting says "
            f"{settings.reporting_timezone}; set it back"
        )


def _deployment(connection: Connection, key: str) -> str | None:
    row = connection.execute("select value from tracking.deployment where key = %s", (key,)).fetchone()
    return row[0] if row else None


def _policies(settings: Settings) -> str:
    """Identifies the policies: their text and what it is filled with."""
    text = f"{db.query('policies')} {settings.lateness_days} {settings.columnstore_days} {settings.retention_days}"
    return hashlib.sha256(text.encode()).hexdigest()


def _policies_current(connection: Connection, settings: Settings) -> bool:
    return _deployment(connection, "policies") == _policies(settings)


def _apply_policies(connection: Connection, settings: Settings) -> None:
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            _set(connection, settings)
            connection.execute(db.query("policies"))
            for name in DECIDED:
                connection.execute(db.query("deployment_set"), (name, str(getattr(settings, name))))
            connection.execute(db.query("deployment_set"), ("policies", _policies(settings)))
    except psycopg.Error as error:
        raise MigrationError(f"the policies could not be set: {_first_line(error)}") from error


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
