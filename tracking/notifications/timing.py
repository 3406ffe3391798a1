"""Which day is told, and when: a day closes in the reporting timezone, its message comes at a person's time of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tracking.schedule import Daily

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracking.notifications.letters import Kind

DAY = timedelta(days=1)
SETTLING = timedelta(hours=1)
"""Time after a day's end until its last quarter of an hour is refreshed."""


class Times(NamedTuple):
    """When a message may be sent, and until when it is true."""

    due: datetime
    expires: datetime


class Quiet(NamedTuple):
    """Hours, by the person's clock, in which nothing is sent; both the same: there are none."""

    since: time
    until: time

    def over(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first instant from `moment` on that is not quiet in that timezone."""
        clock = moment.astimezone(zone).time()
        is_quiet = (
            self.since <= clock < self.until if self.since <= self.until else clock >= self.since or clock < self.until
        )
        return Daily(self.until).after(moment, zone) if is_quiet else moment


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a day of a timezone, in UTC."""
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC)


def first_day(kind: Kind, day: date) -> date:
    """The first day that is told with this one: its week's Monday (ISO 8601), its month's first, or itself."""
    if kind == "monthly":
        return day.replace(day=1)
    return day - day.weekday() * DAY if kind == "weekly" else day


def last_day(kind: Kind, day: date) -> date:
    """The last day that is told with this one, by which all of them are named."""
    if kind == "monthly":
        return (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
    return first_day(kind, day) + 6 * DAY if kind == "weekly" else day


def closed_day(kind: Kind, moment: datetime, zone: ZoneInfo) -> date:
    """The last day of the latest day, week or month that is over."""
    return first_day(kind, moment.astimezone(zone).date()) - DAY


def next_day(kind: Kind, day: date) -> date:
    """The day that is told after this one, which is the last of its week or month."""
    return last_day(kind, day + DAY)


def span(kind: Kind, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants from the first on, and before the second, of what is told by this day's name."""
    return end_of(first_day(kind, day) - DAY, zone), end_of(day, zone)


def times(kind: Kind, day: date, at: Daily, quiet: Quiet, *, clock: ZoneInfo, own: ZoneInfo, zone: ZoneInfo) -> Times:
    """When a person is told about a day of the timezone `zone`: once it is over, at a time of day by `clock`, not in
    quiet hours by the person's own timezone. It is true until the next one's time comes, a milestone for a week.
    """
    instant = timedelta(microseconds=1)  # a time that is the very end of the day counts
    due = quiet.over(at.after(end_of(day, zone) - instant, clock), own)
    later = day + 7 * DAY if kind == "milestone" else next_day(kind, day)
    return Times(due, quiet.over(at.after(end_of(later, zone) - instant, clock), own))
