"""Finds the period to compare with: whole buckets beside whole buckets; beside a running bucket, as much of the other.

| asked | `previous` | `year` |
| --- | --- | --- |
| a whole that begins a day; days | moved back by the days it touches | the same dates of the year before |
| hours | by those days, if it begins one, else by its hours | the same dates and times of the year before |
| weeks | by the weeks it touches | by 52 weeks: they begin on Mondays, too |
| months | by the months it touches | the same months of the year before |
| a whole that begins within a day | as long a time, just before | the same dates and times of the year before |

Days, weeks and months are moved by the calendar and the clock on the wall. Each bucket has one beside it, which begins
and ends where that would in the other period: of an hour that clocks leave out, or a 29th of February that the other
year does not have, it is empty, and where the other has one more, the bucket before it has that, too. A day that is
not in the other month is past its end; where the period begins on such a day, the month's last one is taken.

A period that reaches beyond now is compared by as much of it as has begun.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from tracking.stats.periods import QUARTER, Interval, Period, midnight, next_quarter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

Kind = Literal["previous", "year"]
HOUR, WEEKS_OF_A_YEAR = timedelta(hours=1), 52


def begun(period: Period, now: datetime) -> Period | None:
    """As much of the period as has begun, to the running quarter of an hour; None if nothing has."""
    end = min(period.end, next_quarter(now))
    return replace(period, end=end) if period.start < end else None


def beside(period: Period, edges: list[datetime], kind: Kind, interval: Interval | None) -> list[datetime]:
    """The edges of the period to compare with, for a period of these edges: as many of them, ascending, in UTC.

    `interval`: of the buckets between; None where the period is counted as a whole.
    """
    begins_day = period.day_begun(period.start)
    if kind == "previous" and begins_day is None and interval in {None, "hour"}:
        length = (len(edges) - 1) * HOUR if interval else period.end - period.start
        return [edge - length for edge in edges]
    move = _mover(period, len(edges) - 1, kind, interval)
    moved = [_moved(period, edge, move) for edge in edges]
    if kind == "year" and interval not in {"week", "month"} and period.day_begun(period.end):
        moved[-1] = _end_of_last_day(period)
    return list(accumulate(moved, max))


def _mover(period: Period, buckets: int, kind: Kind, interval: Interval | None) -> Callable[[datetime], datetime]:
    first, last = period.local(period.start).date(), period.local(period.end - QUARTER).date()
    if interval == "week":
        weeks = buckets if kind == "previous" else WEEKS_OF_A_YEAR
        return lambda wall: wall - timedelta(weeks=weeks)
    if interval == "month" or kind == "year":
        months = buckets if kind == "previous" else 12
        return lambda wall: _months_back(wall, months, first)
    days = last - first + timedelta(days=1)
    return lambda wall: wall - days


def _end_of_last_day(period: Period) -> datetime:
    """Until the same date as the period's last, and not beyond: after 28 February may come the 29th."""
    last = period.local(period.end - QUARTER).date()
    same = _months_back(datetime.combine(last, time()), 12, last)
    return midnight(same.date() + timedelta(days=1), period.timezone)


def _moved(period: Period, edge: datetime, move: Callable[[datetime], datetime]) -> datetime:
    """The edge, moved by the clock on the wall: where a day begins there, to where another does."""
    day = period.day_begun(edge)
    if day is not None:
        return midnight(move(datetime.combine(day, time())).date(), period.timezone)
    wall = move(period.local(edge).replace(tzinfo=None))
    return wall.replace(tzinfo=period.timezone).astimezone(UTC)


def _months_back(wall: datetime, months: int, begins: date) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 - months, 12)
    try:
        return wall.replace(year=year, month=month + 1)
    except ValueError:  # there is no such day
        upcoming = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)  # noqa: DTZ001 - on the wall
        return upcoming if wall.date() != begins else datetime.combine(upcoming - timedelta(days=1), wall.time())
