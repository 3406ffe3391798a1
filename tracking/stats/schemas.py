"""The parameters of the stats endpoints: each schema loads a query."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, ClassVar

import marshmallow as ma

from tracking.bounded import Bounded, Listed
from tracking.stats import queries
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


class StatsQuerySchema(Bounded):
    """The parameters of every stats endpoint: which events, when, and in which form."""

    query: ClassVar[type[queries.EventsQuery]]
    """The class that it loads."""

    receiver = _each(RECEIVER, "TYPE:ID, as in job:42", 200, description="only these; repeatable", example=["job:42"])
    owner = ma.fields.String(
        validate=text(200), metadata={"description": "only the receivers of this owner", "example": "acme"}
    )
    type = _text(rf"^{RECEIVER_TYPE}\Z", "a type of receiver, as in job", description="only this type")
    source = _text(rf"^{SOURCE_NAME}\Z", "the name of a source", description="only from this source")
    from_ = Moment(
        data_key="from",
        metadata={"type": "string", "description": "first day; or start, on a quarter of an hour; inclusive"},
    )
    to = Moment(
        metadata={
            "type": "string",
            "description": "last day, inclusive; or end, on a quarter of an hour, exclusive. Default: now",
        }
    )
    timezone = ma.fields.String(
        validate=is_timezone, metadata={"description": "IANA; whose days these are. Default: the reporting timezone"}
    )
    format = ma.fields.String(
        validate=ma.validate.OneOf(["json", "csv"]), metadata={"description": "or by the Accept header"}
    )
    bom = ma.fields.Boolean(
        load_default=False, metadata={"description": "CSV begins with a byte order mark, for Excel; JSON never does"}
    )

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> queries.EventsQuery:
        fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in data.items()}
        return self.query(**fields)


class NamedQuerySchema(StatsQuerySchema):
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

    @ma.validates_schema
    def _one_kind_of_name(self, data: dict[str, Any], **_: Any) -> None:
        if "name" in data and "action" in data:
            raise ma.ValidationError("give names or actions, not both", "action")


class CountQuerySchema(NamedQuerySchema):
    uniques = ma.fields.Boolean(
        load_default=True, metadata={"description": "count unique creators too; false is quicker"}
    )


class SummaryQuerySchema(CountQuerySchema):
    query = queries.SummaryQuery
    compare = ma.fields.String(
        load_default="previous",
        validate=ma.validate.OneOf(["previous", "year", "peers", "none"]),
        metadata={
            "description": "previous: as long a time just before; where the period begins a day, the days before and"
            " the last until the same time. year: the same dates of the year before. In both, as much as has begun."
            " peers: of one receiver, or one owner, how similar receivers of others did at the same age, as of the"
            " last night, whatever the period and the names (member peers)"
        },
    )

    returning = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "tell new people from those who did such a thing in the 365 days before the period"},
    )

    @ma.validates_schema
    def _returning_are_counted(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("returning") and not data.get("uniques", True):
            raise ma.ValidationError("who returned is told of people, who need to be counted", "uniques")


class TimeseriesQuerySchema(CountQuerySchema):
    query = queries.TimeseriesQuery
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
    """A number as in JSON, or its digits as in a query; nothing that only looks like one."""

    def _validated(self, value: Any) -> int:
        if not isinstance(value, int) and not (isinstance(value, str) and DIGITS.match(value)):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def _limit(default: int) -> Whole:
    return Whole(load_default=default, validate=ma.validate.Range(1, 1000))


class BreakdownQuerySchema(CountQuerySchema):
    query = queries.BreakdownQuery
    by = ma.fields.String(
        load_default="name",
        validate=matches(
            rf"^({'|'.join(PARTS)}|property:{CHARACTER}{{1,100}})\Z", f"{', '.join(PARTS)} or property:KEY"
        ),
        metadata={"description": f"{', '.join(PARTS)}, or property:KEY (from the raw rows of up to 31 days)"},
    )
    limit = _limit(100)


class TopQuerySchema(CountQuerySchema):
    query = queries.TopQuery
    order = ma.fields.String(load_default="events", validate=ma.validate.OneOf(["events", "creators"]))
    search = ma.fields.String(validate=text(200), metadata={"description": "part of a title or an id"})
    limit = _limit(20)

    @ma.validates_schema
    def _order_is_counted(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("order") == "creators" and not data.get("uniques", True):
            raise ma.ValidationError("the order by creators needs them counted", "uniques")


class FunnelQuerySchema(StatsQuerySchema):
    """Steps are names themselves, so there is no other filter of names, and uniques are what is asked for."""

    query = queries.FunnelQuery

    step = _each(
        STEP,
        "an action as in view, or names as in click__application*",
        MAX_STEPS,
        description=(
            "an action with all its details as in view, or names as in click__application*; in order, repeatable."
            f" Default: {', '.join(queries.STEPS)}, without the first ones that nobody ever sent in the period"
            " (left_out)"
        ),
    )


class ExplainQuerySchema(CountQuerySchema):
    """What summary takes, but for a comparison: so each number that any endpoint tells can be asked about."""

    query = queries.ExplainQuery


class OverlapQuerySchema(NamedQuerySchema):
    """Side a has the usual names of parameters, side b those with and_."""

    query = queries.OverlapQuery
    and_receiver = _each(
        RECEIVER, "TYPE:ID, as in job:42", 200, description="of side b; default: as side a", example=["job:77"]
    )
    and_name = _each(
        STEP, "a name as in view, or its beginning as in click__*", 50, description="of side b, instead of names of a"
    )
    and_action = _each(NAME, "an action, as in click", 50, description="of side b, instead of names of a")

    @ma.validates_schema
    def _there_is_another(self, data: dict[str, Any], **_: Any) -> None:
        if "and_name" in data and "and_action" in data:
            raise ma.ValidationError("give names or actions, not both", "and_action")
        if not data.keys() & {"and_receiver", "and_name", "and_action"}:
            raise ma.ValidationError("say what else they did: and_receiver, and_name or and_action", "and_name")
