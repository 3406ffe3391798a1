"""The deployment's decisions, and until when it dropped raw events. The database holds both, for every process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.settings import Settings

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Each day of events is a chunk of the hypertable; a wrong clock must not make one in 1970."""

YEARS = range(date(2040, 1, 1).toordinal(), OLDEST.toordinal(), -1)
"""The days, the last first, on which a timezone's midnight is checked."""

DECIDED = ("reporting_timezone", "lateness_days", "columnstore_days", "retention_days")
"""Fields of `Settings` that only `migrate` applies; everybody else reads them from tracking.deployment."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """`dropped_until`: raw events before it may be gone; None: all are there."""

    timezone: ZoneInfo
    lateness_days: int
    columnstore_days: int
    retention_days: int
    dropped_until: datetime | None

    def drops_soon(self, moment: datetime) -> bool:
        """Whether raw events of this moment are kept no longer, or may be dropped within the day."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return self.retention_days > 0 and moment <= tomorrow - timedelta(days=self.retention_days)

    def oldest(self) -> datetime:
        """The oldest time of an event that a request may send now."""
        return self._kept(datetime.now(UTC) - timedelta(days=self.lateness_days))

    def oldest_imported(self) -> datetime:
        """The oldest time of an event that an import may bring. Older ones are dropped already or soon, or lie before
        the last day with two midnights.
        """
        if not self.retention_days:
            return self._kept(one_midnight_since(self.timezone))
        return self._kept(datetime.now(UTC) - timedelta(days=self.retention_days - 1))

    def _kept(self, moment: datetime) -> datetime:
        return moment if self.dropped_until is None else max(moment, self.dropped_until)

    def differing(self, settings: Settings) -> list[str]:
        """The settings of this process that differ, in words. It uses the deployment's all the same."""
        here = {name: str(getattr(settings, name)) for name in DECIDED if name not in settings.unset}
        there = {name: str(getattr(self, name, self.timezone.key)) for name in DECIDED}
        return [
            f"{name.upper()} is {here[name]} here and {there[name]} in the database"
            for name in here
            if here[name] != there[name]
        ]


@cache
def one_midnight_since(zone: ZoneInfo) -> datetime:
    """The time from which on each day of a timezone has one midnight; in the future if no deployment can count by it.

    TimescaleDB lets a day with two midnights begin with the second: its counts would be an hour off.
    """
    for day in map(date.fromordinal, YEARS):
        midnight = datetime.combine(day, time(), zone)
        if _offset(midnight) > _offset(midnight.replace(fold=1)):
            return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return OLDEST


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def read(engine: Engine) -> Deployment:
    """The deployment, as the database has it now. Takes a quarter of a millisecond."""
    with engine.connect() as connection:
        row = db.run(connection, "deployment").one()
    return Deployment(ZoneInfo(row.timezone), *row[1:])
