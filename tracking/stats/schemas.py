"""What the stats endpoints take and give."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma

from tracking.ingest.schemas import NAME, RECEIVER, Timestamp, matches

MAX_BUCKETS = {"hour": 24 * 62, "day": 1100}
YEARS = (1970, 2200)
DEFAULT_SPAN = {"hour": timedelta(hours=48), "day": timedelta(days=30)}


class Moment(ma.fields.Field[datetime | date]):
    """A day such as 2026-11-24, in the reporting timezone, or a time with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | date:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return Timestamp().deserialize(value.replace(" ", "+") if isinstance(value, str) else value)


class TimeseriesQuery(ma.Schema):
    """Which counts; `period` makes `from` and `to` times."""

    receiver = ma.fields.String(
        required=True,
        validate=matches(RECEIVER, "TYPE:ID, as in job:42"),
        metadata={"description": "what it happened on", "example": "job:42"},
    )
    name = ma.fields.String(
        validate=matches(NAME, "the name of an event, as in view"),
        metadata={"description": "what happened; all names together without it", "example": "view"},
    )
    interval = ma.fields.String(load_default="day", validate=ma.validate.OneOf(["hour", "day"]))
    from_ = Moment(data_key="from", metadata={"type": "string", "description": "first day, or start; inclusive"})
    to = Moment(metadata={"type": "string", "description": "last day, inclusive; or end, exclusive"})


class BucketSchema(ma.Schema):
    start = ma.fields.String(required=True)
    events = ma.fields.Integer(required=True)
    creators = ma.fields.Integer(metadata={"description": "exact unique creators; for days of one name"})


class TimeseriesSchema(ma.Schema):
    receiver = ma.fields.String(required=True)
    name = ma.fields.String(allow_none=True)
    interval = ma.fields.String(required=True)
    timezone = ma.fields.String(required=True)
    from_ = ma.fields.String(required=True, data_key="from")
    to = ma.fields.String(required=True)
    events = ma.fields.Integer(required=True, metadata={"description": "the sum of the buckets"})
    buckets = ma.fields.List(ma.fields.Nested(BucketSchema), required=True)


def period(query: dict[str, Any], timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """The half-open period of a query.

    Raises `marshmallow.ValidationError` for an empty period and for more buckets than one answer holds.
    """
    interval = query["interval"]
    end = _moment(query.get("to", datetime.now(UTC)), timezone, after=True)
    start = _moment(query.get("from_", end - DEFAULT_SPAN[interval]), timezone, after=False)
    if start >= end:
        raise ma.ValidationError("from must be before to", "from")
    most = MAX_BUCKETS[interval]
    if end - start > most * (timedelta(hours=1) if interval == "hour" else timedelta(days=1)):
        raise ma.ValidationError(f"at most {most} buckets of one {interval}; ask for a shorter period", "from")
    return start, end


def _moment(value: datetime | date, timezone: ZoneInfo, *, after: bool) -> datetime:
    if not YEARS[0] <= value.year <= YEARS[1]:  # at the ends of the calendar, arithmetic and timezones overflow
        raise ma.ValidationError(f"the year must be {YEARS[0]} to {YEARS[1]}", "to" if after else "from")
    if isinstance(value, datetime):
        return value
    return datetime.combine(value + timedelta(days=after), time(), timezone)
