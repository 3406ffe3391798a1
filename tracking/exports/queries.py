"""Which stored events are asked for: plain values, named as the parameters of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from tracking.exports.arrivals import Filter
from tracking.stats.periods import FIRST, LAST, PeriodError, midnight
from tracking.stats.queries import EventsQuery
from tracking.stats.scope import patterns

if TYPE_CHECKING:
    from tracking.exports.cursors import Cursor

Format = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuery(EventsQuery):
    """`from_` and `to` are times of occurrence. `cursor`: a place in the order of arrival; None: its beginning.
    `limit`: so many events, and those that share the last one's time of arrival and id; None: all that are settled.
    """

    name: tuple[str, ...] | None = None
    action: tuple[str, ...] | None = None
    cursor: Cursor | None = None
    limit: int | None = None
    format: Format | None = None
    bom: bool = False


def filtered(query: ExportQuery, timezone: ZoneInfo) -> Filter:
    """Which events the query means. `timezone`: whose days are meant where the query names none.

    Raises `PeriodError` for a period that is empty or beyond the calendar.
    """
    if query.timezone is not None:
        timezone = ZoneInfo(query.timezone)
    start, end = _moment(query.from_, timezone, "from"), _moment(query.to, timezone, "to", days=1)
    if start is not None and end is not None and start >= end:
        raise PeriodError("from", "from must be before to")
    names = patterns(query.name, query.action)
    return Filter(
        start=start,
        end=end,
        names=None if names is None else tuple(names),
        source=query.source,
        type=query.type,
        receivers=None if query.receiver is None else tuple(_pair(one) for one in query.receiver),
        owner=query.owner,
    )


def _pair(receiver: str) -> tuple[str, str]:
    receiver_type, _, receiver_id = receiver.partition(":")
    return receiver_type, receiver_id


def _moment(value: datetime | date | None, timezone: ZoneInfo, field: str, days: int = 0) -> datetime | None:
    """The time, or the first instant of the day that is so many days later."""
    if value is None:
        return None
    try:
        moment = value.astimezone(UTC) if isinstance(value, datetime) else midnight(value + timedelta(days), timezone)
    except OverflowError:
        raise PeriodError(field, "out of range") from None
    if not FIRST <= moment.date() <= LAST:
        raise PeriodError(field, "out of range")
    return moment
