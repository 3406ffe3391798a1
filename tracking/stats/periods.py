"""Periods and their buckets, in anybody's timezone.

Buckets are made here, and nowhere else, out of the IANA rules that Python has: a day may have 23 or 25 hours, an hour
may begin at half past, a week begins on Monday (ISO 8601), and a bucket begins where the one before ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

Interval = Literal["hour", "day", "week", "month"]
INTERVALS: tuple[Interval, ...] = ("hour", "day", "week", "month")
QUARTER = timedelta(minutes=15)
"""The unit of the kept counts: since 2000, every timezone is a multiple of it away from UTC."""

MAX_BUCKETS = 1500
FIRST, LAST = date(1990, 1, 1), date(2200, 1, 1)
"""No event is outside of these, and every calendar that is compared with reaches further."""

LONGEST: dict[Interval, timedelta] = {
    "hour": timedelta(hours=1), "day": timedelta(days=2), "week": timedelta(days=8), "month": timedelta(days=32),
}  # fmt: skip
"""No bucket is longer."""

DEFAULT_DAYS: dict[Interval, int] = {"hour": 1, "day": 29, "week": 83, "month": 364}
"""Days before the last day on which a period begins, if the question does not say."""


class PeriodError(ValueError):
    """A period that cannot be answered; `field` is the parameter at fault."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until before `end`, both in UTC and on a quarter of an hour, as people in `timezone` see it."""

    start: datetime
    end: datetime
    timezone: ZoneInfo

    def local(self, moment: datetime) -> datetime:
        """The moment in the period's timezone."""
        return moment.astimezone(self.timezone)

    def text(self, moment: datetime) -> str:
        """The moment as people here see it, with its offset."""
        return self.local(moment).isoformat()

    def edges(self, interval: Interval) -> list[datetime]:
        """The start of each bucket and the end of the last, ascending, in UTC; the outer ones cut to the period.

        Raises `PeriodError` for more buckets than one answer holds.
        """
        if (self.end - self.start) / LONGEST[interval] > MAX_BUCKETS:
            raise _too_many(interval)
        edges = [self.start]
        while (upcoming := self._next(edges[-1], interval)) < self.end:
            edges.append(upcoming)
            if len(edges) > MAX_BUCKETS:
                raise _too_many(interval)
        return [*edges, self.end]

    def _next(self, edge: datetime, interval: Interval) -> datetime:
        """The first instant after `edge` that begins a bucket."""
        local = self.local(edge)
        if interval == "hour":  # an hour that the clocks break into ends at the next full hour all the same
            return edge + timedelta(minutes=60 - local.minute)
        day = _following(local.date(), interval)
        while (start := midnight(day, self.timezone)) <= edge:  # a day that a timezone left out has no instants
            day += timedelta(days=1)
        return start

    @property
    def is_of_days(self) -> bool:
        """Whether the period starts and ends where a day of its timezone begins."""
        return self.day_begun(self.start) is not None and self.day_begun(self.end) is not None

    def day_begun(self, moment: datetime) -> date | None:
        """The day that begins at this moment; None if none does."""
        day = self.local(moment).date()
        return day if midnight(day, self.timezone) == moment else None


def midnight(day: date, timezone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC; if clocks jump over midnight, the moment of the jump."""
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def _too_many(interval: Interval) -> PeriodError:
    return PeriodError("from", f"at most {MAX_BUCKETS} buckets of one {interval}; ask for a shorter period")


def whole_days(edges: Sequence[datetime], timezone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The start of the first and the end of the last whole day of `timezone` between the first edge and the last; None
    where there is no such day, or where an edge between divides one.
    """
    first, last = (midnight(edge.astimezone(timezone).date(), timezone) for edge in (edges[0], edges[-1]))
    if first < edges[0]:
        first = midnight(edges[0].astimezone(timezone).date() + timedelta(days=1), timezone)
    inner = [edge for edge in edges if first < edge < last]
    if first >= last or any(edge != midnight(edge.astimezone(timezone).date(), timezone) for edge in inner):
        return None
    return first, last


def between(
    start: datetime | date | None, end: datetime | date | None, timezone: ZoneInfo, interval: Interval
) -> Period:
    """The period that a question names: days with their last one, times without; by default, the time until now.

    Raises `PeriodError` where it is empty, off the quarters of an hour, or beyond the calendar.
    """
    until = _instant(end, timezone, "to", days=1) if end is not None else next_quarter(datetime.now(UTC))
    if start is None:
        last = (until - timedelta(microseconds=1)).astimezone(timezone).date()
        since = _instant(last, timezone, "from", days=-DEFAULT_DAYS[interval])
    else:
        since = _instant(start, timezone, "from")
    if since >= until:
        raise PeriodError("from", "from must be before to")
    return Period(since, until, timezone)


def _instant(value: datetime | date, timezone: ZoneInfo, field: str, days: int = 0) -> datetime:
    try:
        if isinstance(value, datetime):
            moment = value.astimezone(UTC)
        else:
            moment = midnight(value + timedelta(days=days), timezone)
    except OverflowError:
        raise PeriodError(field, "out of range") from None
    if not FIRST <= moment.date() <= LAST:
        raise PeriodError(field, "out of range")
    if moment.timestamp() % QUARTER.total_seconds():
        raise PeriodError(field, "a time must be on a quarter of an hour, as in 2026-11-24T10:15:00Z")
    return moment


def quarter_before(moment: datetime) -> datetime:
    """The start of the running quarter of an hour."""
    seconds = QUARTER.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def next_quarter(moment: datetime) -> datetime:
    """The end of the running quarter of an hour."""
    return quarter_before(moment) + QUARTER


def _following(day: date, interval: Interval) -> date:
    if interval == "week":
        return day + timedelta(days=7 - day.weekday())
    if interval == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=1)
