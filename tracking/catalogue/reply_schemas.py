"""What `GET /v1/event-types` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import marshmallow as ma

from tracking.catalogue.plan_schemas import EventTypeSchema
from tracking.catalogue.seen import DAYS, MOST_DAYS

if TYPE_CHECKING:
    from marshmallow.fields import Field


def _share(of: str) -> Field[float]:
    return ma.fields.Float(allow_none=True, required=True, metadata={"description": f"{of}, 0 to 1; null: none came"})


class UsageSchema(ma.Schema):
    received = ma.fields.Integer(
        required=True, metadata={"description": "events in these days, whatever became of them"}
    )
    accepted = ma.fields.Integer(required=True, metadata={"description": "of these, those that count"})
    repeat_share = _share("double fires")
    rejected_share = _share("rejected ones")
    last_seen = ma.fields.AwareDateTime(
        allow_none=True,
        required=True,
        metadata={"description": "before these days only the day, in the last 400; null: never"},
    )


class FaultSchema(ma.Schema):
    field = ma.fields.String(required=True, metadata={"example": "properties/page"})
    reason = ma.fields.String(required=True)
    events = ma.fields.Integer(required=True)
    last_seen = ma.fields.AwareDateTime(required=True)
    name = ma.fields.String(required=True, metadata={"description": "as it was sent"})


class SeenSchema(UsageSchema):
    faults = ma.fields.List(
        ma.fields.Nested(FaultSchema),
        required=True,
        metadata={"description": "of properties of events that were stored all the same; the most frequent five"},
    )
    faults_left_out = ma.fields.Integer(required=True, metadata={"description": "kinds of faults beyond those listed"})


class SeenTypeSchema(EventTypeSchema):
    updated_at = ma.fields.AwareDateTime(required=True)
    seen = ma.fields.Nested(SeenSchema, required=True)


class UnknownNameSchema(UsageSchema):
    name = ma.fields.String(required=True)


class EventTypesReportSchema(ma.Schema):
    days = ma.fields.Integer(required=True)
    event_types = ma.fields.List(ma.fields.Nested(SeenTypeSchema), required=True)
    unknown_names = ma.fields.List(
        ma.fields.Nested(UnknownNameSchema),
        required=True,
        metadata={"description": "names that came in and are not in the catalogue, the most frequent 100"},
    )
    unknown_names_left_out = ma.fields.Integer(required=True, metadata={"description": "names beyond these"})


class EventTypesReplySchema(ma.Schema):
    event_types = ma.fields.Integer(
        required=True, metadata={"description": "the number of added or replaced event types"}
    )


class EventTypesQuerySchema(ma.Schema):
    days = ma.fields.Integer(
        load_default=DAYS,
        validate=ma.validate.Range(1, MOST_DAYS),
        metadata={"description": "what came in so many days"},
    )
