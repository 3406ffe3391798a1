"""Work that comes again and again. Each feature lists its jobs in a `jobs.py`; the process in `jobs/` runs them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import URL

from tracking import db
from tracking.settings import Settings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Every(NamedTuple):
    interval: timedelta

    def __str__(self) -> str:
        seconds = round(self.interval.total_seconds())
        for unit, size in (("h", 3600), ("min", 60)):
            if seconds % size == 0:
                return f"every {seconds // size} {unit}"
        return f"every {seconds} s"


class Daily(NamedTuple):
    """Once on each day of the reporting timezone."""

    at: time

    def after(self, moment: datetime, timezone: ZoneInfo) -> datetime:
        """The first instant after `moment` at which it is due, in UTC.

        Clocks may leave the time of day out or show it twice: it is due once all the same, by the offset from before.
        """
        day = moment.astimezone(timezone).date() - timedelta(days=1)  # clocks may move its time past midnight
        while (due := datetime.combine(day, self.at, timezone).astimezone(UTC)) <= moment:
            day += timedelta(days=1)
        return due

    def latest(self, moment: datetime, timezone: ZoneInfo) -> datetime:
        """The last instant until `moment` at which it was due, in UTC."""
        later = self.after(moment - timedelta(days=3), timezone)  # a country may skip a day
        while later <= moment:
            due, later = later, self.after(later, timezone)
        return due

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M}"


class Job(NamedTuple):
    """`run` may run twice without harm, and raises what went wrong. It returns the number of rows, or a list of what it
    dealt with, if it counts them.
    """

    name: str
    when: Every | Daily
    run: Callable[[Settings], object]


def by_owner(work: Callable[[URL], object]) -> Callable[[Settings], object]:
    """The work of a job that needs nothing but the URL of the schema's owner."""
    return lambda settings: work(db.owner_url(settings))


def query(name: str) -> Callable[[Settings], object]:
    """The work of a job that is one named query."""

    def run(url: URL) -> int | None:
        with db.connect(url) as connection:
            done = db.run(connection, name)
            return done.rowcount if done.description is None else None

    return by_owner(run)
