"""The answers of the stats endpoints."""

from __future__ import annotations

import marshmallow as ma

from tracking.stats.peer_schemas import PeersSchema
from tracking.stats.questions import Uniques


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


class IncompleteSchema(ma.Schema):
    name = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "of the events that are lacking; null: any name"}
    )
    since = ma.fields.String(required=True)
    until = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: they are lacking still"})


class AnswerSchema(SpanSchema):
    """The fields of every answer."""

    timezone = ma.fields.String(required=True)
    uniques = ma.fields.Enum(
        Uniques,
        by_value=ma.fields.String,
        required=True,
        metadata={
            "description": "how creators were counted. exact: each number of them is; unknown: it is null where raw"
            " events were dropped; not-counted: it is null, as was asked for. Stable: branch on this"
        },
    )
    uniques_note = ma.fields.String(required=True, metadata={"description": "the same in words, for people"})
    final_until = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "nothing before this changes any more by late events"}
    )
    crawlers_known_until = ma.fields.String(
        required=True, metadata={"description": "the date of the newest entry in the lists that crawlers are known by"}
    )
    counting_standard = ma.fields.String(
        required=True, metadata={"description": "the version of docs/counting.md: the rules by which this was counted"}
    )
    incomplete = ma.fields.List(
        ma.fields.Nested(IncompleteSchema),
        required=True,
        metadata={"description": "times of the period in which a tracker did not send: the numbers are too low there"},
    )


class SummarySchema(AnswerSchema):
    peers = ma.fields.Nested(PeersSchema, metadata={"description": "only for compare=peers"})
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
