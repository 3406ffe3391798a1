"""Checks of the database and the settings, before `migrate` touches anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg

from tracking import timezones
from tracking.deployment import OLDEST, one_midnight_since

if TYPE_CHECKING:
    from tracking.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

MIN_TIMESCALE = (2, 22)
MIN_POSTGRES = 15
RETENTION_MARGIN_DAYS = 4
"""Days that raw events outlive the lateness, at least: the reporting day that a chunk ends in, and time to count them.
Events younger than two days are never dropped; sql/functions/ingest.sql relies on that."""


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says which file or version, and what to do."""


def check_retention(settings: Settings) -> None:
    """Raises `MigrationError` if retention would drop the time of events that may still come late."""
    least = settings.lateness_days + RETENTION_MARGIN_DAYS
    if 0 < settings.retention_days < least:
        raise MigrationError(
            f"RETENTION_DAYS: {settings.retention_days} would drop raw events of days to which late events still come; "
            f"with LATENESS_DAYS={settings.lateness_days} it takes {least} or more, or 0"
        )


def check_timezone(name: str) -> None:
    """Raises `MigrationError` if a midnight will come twice: TimescaleDB's day begins with the second."""
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
    """Raises `MigrationError` if the server has no TimescaleDB, or one that Footfall cannot use."""
    if connection.info.server_version // 10_000 < MIN_POSTGRES:
        raise MigrationError(f"PostgreSQL {MIN_POSTGRES} or newer is needed; this is {connection.info.server_version}")
    row = connection.execute(
        "select coalesce(installed_version, default_version) from pg_available_extensions where name = 'timescaledb'"
    ).fetchone()
    if row is None:
        raise MigrationError("this PostgreSQL has no TimescaleDB; install it, or use the timescale/timescaledb image")
    if tuple(int(part) for part in row[0].split("-")[0].split(".")[:2]) < MIN_TIMESCALE:
        raise MigrationError(f"TimescaleDB {'.'.join(map(str, MIN_TIMESCALE))} or newer is needed; this is {row[0]}")
