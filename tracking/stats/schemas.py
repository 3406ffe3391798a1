"""What the stats endpoints take, and what they give."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import marshmallow as ma

from tracking.bounded import Bounded, Listed
from tracking.stats.periods import INTERVALS
from tracking.timezones import is_timezone
from tracking.vocabulary import (
    CHARACTER,
    NAME,
    RECEIVER,
    RECEIVER_TYPE,
    SOURCE_NAME,
    Timestamp,
    matches,
    text,
)

STEP = NAME.replace(r"\Z", r"\*?\Z")
STEPS = ("impression", "view", "click", "click__application*")
MAX_STEPS = 6
DIGITS = re.compile(r"[0-9]{1,9}\Z")
PARTS = ("name", "action", "detail", "source", "type")


class Moment(ma.fields.Field[datetime | date]):
    """A day such as 2026-11-24, in the question's timezone, or a time with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | date:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            # A plus that was not written as %2B arrives as a blank.
            return Timestamp().deserialize(value.replace(" ", "+") if isinstance(value, str) else value)


def _text(pattern: str, said: str, **metadata: Any) -> ma.fields.String:
    return ma.fields.String(validate=matches(pattern, said), metadata=metadata)


def _each(pattern: str, said: str, most: int, **metadata: Any) -> Listed:
    return Listed(ma.fields.String(validate=matches(pattern, said)), most, metadata=metadata)


class StatsQuery(Bounded):
    """What every stats endpoint takes: which events, when, and in which form."""

    receiver = _each(RECEIVER, "TYPE:ID, as in job:42", 200, description="only these; repeatable", example=["job:42"])
    owner = ma.fields.String(
        validate=text(200), metadata={"description": "only the receivers of this owner", "example": "acme"}
    )
    type = _text(rf"^{RECEIVER_TYPE}\Z", "a type of receiver, as in job", description="only this type")
    name = _each(
        STEP,
        "a name as in view, or its beginning as in click__*",
        50,
        description="only these names; repeatable",
    )
    action = _each(
        NAME,
        "an action, as in click",
        50,
        description="these actions with all details: view is view and view__*",
    )
    source = _text(rf"^{SOURCE_NAME}\Z", "the name of a source", description="only from this source")
    from_ = Moment(data_key="from", metadata={"type": "string", "description": "first day, or start; inclusive"})
    to = Moment(metadata={"type": "string", "description": "last day, inclusive; or end, exclusive. Default: now"})
    timezone = ma.fields.String(
        validate=is_timezone, metadata={"description": "IANA; whose days these are. Default: the reporting timezone"}
    )
    uniques = ma.fields.Boolean(
        load_default=True, metadata={"description": "count unique creators too; false is quicker"}
    )
    format = ma.fields.String(
        validate=ma.validate.OneOf(["json", "csv"]), metadata={"description": "or by the Accept header"}
    )

    bom = ma.fields.Boolean(
        load_default=False, metadata={"description": "CSV begins with a byte order mark, for Excel; JSON never does"}
    )

    @ma.validates_schema
    def _one_kind_of_name(self, data: dict[str, Any], **_: Any) -> None:
        if "name" in data and "action" in data:
            raise ma.ValidationError("give names or actions, not both", "action")


class Compared(StatsQuery):
    compare = ma.fields.String(
        load_default="previous",
        validate=ma.validate.OneOf(["previous", "year", "none"]),
        metadata={
            "description": "previous: as long a time just before; where the period begins a day, the days before and"
            " the last until the same time. year: the same dates of the year before. In both, as much as has begun"
        },
    )


class TimeseriesQuery(Compared):
    compare = ma.fields.String(
        load_default="none",
        validate=ma.validate.OneOf(["previous", "year", "none"]),
        metadata={
            "description": "each bucket with one beside it. previous: as many hours, days, weeks or months just before."
            " year: the same dates of the year before; weeks 52 weeks before. What still runs: until the same time."
            " What has not begun: nothing"
        },
    )
    interval = ma.fields.String(load_default="day", validate=ma.validate.OneOf(INTERVALS))


class Whole(ma.fields.Integer):
    """A number as JSON has it, or the digits of one, as a query does; nothing that is only near one."""

    def _validated(self, value: Any) -> int:
        if not isinstance(value, int) and not (isinstance(value, str) and DIGITS.match(value)):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def _limit(default: int) -> Whole:
    return Whole(load_default=default, validate=ma.validate.Range(1, 1000))


class BreakdownQuery(StatsQuery):
    by = ma.fields.String(
        load_default="name",
        validate=matches(
            rf"^({'|'.join(PARTS)}|property:{CHARACTER}{{1,100}})\Z", f"{', '.join(PARTS)} or property:KEY"
        ),
        metadata={"description": f"{', '.join(PARTS)}, or property:KEY (from the raw rows of up to 31 days)"},
    )
    limit = _limit(100)


class TopQuery(StatsQuery):
    order = ma.fields.String(load_default="events", validate=ma.validate.OneOf(["events", "creators"]))
    search = ma.fields.String(validate=text(200), metadata={"description": "part of a title or an id"})
    limit = _limit(20)

    @ma.validates_schema
    def _order_is_counted(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("order") == "creators" and not data.get("uniques", True):
            raise ma.ValidationError("the order by creators needs them counted", "uniques")


class FunnelQuery(StatsQuery):
    """Steps are names themselves, so there is no other filter of names, and uniques are what is asked for."""

    class Meta:
        exclude = ("name", "action", "uniques")

    step = _each(
        STEP,
        "an action as in view, or names as in click__application*",
        MAX_STEPS,
        description=(
            "an action with all its details as in view, or names as in click__application*; in order, repeatable."
            f" Default: {', '.join(STEPS)}, without the first ones that nobody ever sent in the period (left_out)"
        ),
    )


class CountSchema(ma.Schema):
    events = ma.fields.Integer(required=True)
    creators = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "exact; null: not counted, or unknown (see uniques)"}
    )


class BucketSchema(CountSchema):
    start = ma.fields.String(required=True)
    end = ma.fields.String(required=True)


class SpanSchema(CountSchema):
    from_ = ma.fields.String(required=True, data_key="from")
    to = ma.fields.String(required=True)


class SeriesSpanSchema(SpanSchema):
    buckets = ma.fields.List(ma.fields.Nested(BucketSchema), required=True)


class ChangeSchema(ma.Schema):
    events = ma.fields.Float(required=True, allow_none=True, metadata={"description": "0.25 is a quarter more"})
    creators = ma.fields.Float(required=True, allow_none=True)


class AnswerSchema(SpanSchema):
    """What every answer says of itself."""

    timezone = ma.fields.String(required=True)
    uniques = ma.fields.String(required=True, metadata={"description": "how creators were counted"})
    final_until = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "nothing before this changes any more by late events"}
    )
    crawlers_known_until = ma.fields.String(
        required=True, metadata={"description": "the date of the newest entry in the lists that crawlers are known by"}
    )


class SummarySchema(AnswerSchema):
    compared = ma.fields.Nested(SpanSchema, required=True, allow_none=True)
    change = ma.fields.Nested(ChangeSchema, required=True, allow_none=True)


class TimeseriesSchema(AnswerSchema):
    interval = ma.fields.String(required=True)
    buckets = ma.fields.List(ma.fields.Nested(BucketSchema), required=True)
    compared = ma.fields.Nested(SeriesSpanSchema, required=True, allow_none=True)
    change = ma.fields.Nested(ChangeSchema, required=True, allow_none=True)


class PartSchema(CountSchema):
    value = ma.fields.String(required=True, allow_none=True)


class BreakdownSchema(AnswerSchema):
    class Meta:
        exclude = ("creators",)

    by = ma.fields.String(required=True)
    counted_from = ma.fields.String(required=True, metadata={"description": "aggregates, or raw events"})
    parts = ma.fields.List(ma.fields.Nested(PartSchema), required=True)
    more = ma.fields.Integer(required=True, metadata={"description": "values beyond the limit"})


class ReceiverCountSchema(CountSchema):
    receiver = ma.fields.String(required=True)
    title = ma.fields.String(required=True, allow_none=True)
    url = ma.fields.String(required=True, allow_none=True)


class TopSchema(AnswerSchema):
    class Meta:
        exclude = ("creators",)

    order = ma.fields.String(required=True)
    receivers = ma.fields.List(ma.fields.Nested(ReceiverCountSchema), required=True)
    more = ma.fields.Integer(required=True)


class StepSchema(ma.Schema):
    step = ma.fields.String(required=True)
    events = ma.fields.Integer(
        required=True,
        metadata={"description": "of the step, whatever came before: what summary tells of this action, or name"},
    )
    creators = ma.fields.Integer(
        required=True,
        metadata={
            "description": "who came here by all steps before, in order and on the same receiver. Each step is another"
            " event than the one before, and later; of two at one instant, the one that is of no step before is later"
        },
    )
    rate = ma.fields.Float(required=True, allow_none=True, metadata={"description": "of the step before"})
    rate_of_first = ma.fields.Float(required=True, allow_none=True)


class FunnelSchema(AnswerSchema):
    class Meta:
        exclude = ("creators", "events")

    steps = ma.fields.List(ma.fields.Nested(StepSchema), required=True)
    left_out = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "of the default steps, the first ones, which nobody ever sent in the period"},
    )
    ctr = ma.fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "events of action click per event of action impression"},
    )
