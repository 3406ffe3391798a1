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


def small_groups(*, required: bool = True) -> ma.fields.Integer:
    return ma.fields.Integer(
        required=required,
        allow_none=True,
        metadata={
            "description": "k of the rule of small groups: such numbers of people are told in steps of k; null: it does"
            " not bind this answer. The header Small-Groups says it of CSV, too"
        },
    )


class SummarySchema(AnswerSchema):
    peers = ma.fields.Nested(PeersSchema, metadata={"description": "only for compare=peers"})
    compared = ma.fields.Nested(SpanSchema, required=True, allow_none=True)
    change = ma.fields.Nested(ChangeSchema, required=True, allow_none=True)
    new = ma.fields.Integer(
        allow_none=True,
        metadata={
            "description": "creators - returning, as told; null: not known. This and all below with returning=true"
        },
    )
    returning = ma.fields.Integer(
        allow_none=True,
        metadata={
            "description": "creators of the period who did such a thing since returning_since and before it; under the"
            " rule in steps of k"
        },
    )
    returning_since = ma.fields.String(allow_none=True)
    returning_note = ma.fields.String(metadata={"description": "the same in words, for people"})
    small_groups = small_groups(required=False)


class TimeseriesSchema(AnswerSchema):
    interval = ma.fields.String(required=True)
    buckets = ma.fields.List(ma.fields.Nested(BucketSchema), required=True)
    compared = ma.fields.Nested(SeriesSpanSchema, required=True, allow_none=True)
    change = ma.fields.Nested(ChangeSchema, required=True, allow_none=True)


class PartSchema(CountSchema):
    value = ma.fields.String(required=True, allow_none=True)


class RestSchema(ma.Schema):
    events = ma.fields.Integer(required=True)


class BreakdownSchema(AnswerSchema):
    class Meta:
        exclude = ("creators",)

    by = ma.fields.String(required=True)
    counted_from = ma.fields.String(
        required=True, metadata={"description": "aggregates: counts that are kept; events: each event of the period"}
    )
    parts = ma.fields.List(ma.fields.Nested(PartSchema), required=True)
    more = ma.fields.Integer(required=True, metadata={"description": "values beyond the limit"})
    rest = ma.fields.Nested(
        RestSchema,
        required=True,
        allow_none=True,
        metadata={"description": "under the rule of small groups: what is in no part above, in steps of k; else null"},
    )
    small_groups = small_groups()


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


class OverlapSchema(AnswerSchema):
    class Meta:
        exclude = ("creators", "events")

    a = ma.fields.Integer(required=True, metadata={"description": "creators who did the one thing"})
    b = ma.fields.Integer(required=True, metadata={"description": "creators who did the other thing"})
    both = ma.fields.Integer(
        required=True, metadata={"description": "who did both, in whatever order; under the rule in steps of k"}
    )
    either = ma.fields.Integer(required=True, metadata={"description": "a + b - both, as these are told"})
    small_groups = small_groups()


class ExplainedSchema(ma.Schema):
    stored = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "counted + repeat + own + bot + prefetch; null as these are"},
    )
    counted = ma.fields.Integer(required=True)
    repeat = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "with those beyond a ceiling of the day. Null, as all reasons: not known any more"},
    )
    own = ma.fields.Integer(required=True, allow_none=True)
    bot = ma.fields.Integer(required=True, allow_none=True)
    prefetch = ma.fields.Integer(required=True, allow_none=True)


class ExplainedSourceSchema(ExplainedSchema):
    sources = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "one, or a small group"})


class ExplainedBucketSchema(ExplainedSchema):
    start = ma.fields.String(required=True)
    end = ma.fields.String(required=True)


class NeverStoredSchema(ma.Schema):
    duplicate = ma.fields.Integer(required=True, metadata={"description": "retries of what is stored"})
    conflict = ma.fields.Integer(required=True)
    rejected = ma.fields.Integer(required=True)


class RuleSchema(ma.Schema):
    rule = ma.fields.String(required=True, metadata={"description": "its number in the counting standard"})
    link = ma.fields.String(required=True, metadata={"description": "its section there"})
    says = ma.fields.String(required=True)


class WindowSchema(ma.Schema):
    name = ma.fields.String(required=True)
    seconds = ma.fields.Float(required=True, metadata={"description": "within which the same is a repeat; 0: never"})
    across_sources = ma.fields.Boolean(required=True)
    per_day = ma.fields.Integer(required=True, metadata={"description": "the ceiling of its action; 0: none"})
    binds = ma.fields.String(required=True, validate=ma.validate.OneOf(["all", "client tokens"]))


class RestatementSchema(ma.Schema):
    day = ma.fields.String(required=True, metadata={"description": "of the reporting timezone"})
    reason = ma.fields.String(required=True, metadata={"description": "late, import, restore, recount or erasure"})
    restated_at = ma.fields.String(required=True, metadata={"description": "the last time"})
    receivers = ma.fields.Integer(required=True, metadata={"description": "whose numbers changed"})
    events = ma.fields.Integer(required=True, metadata={"description": "by how many, of all names that count"})
    creators = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "by how many people; null: unknown, or of several receivers"},
    )


class ExplainSchema(AnswerSchema):
    total = ma.fields.Nested(ExplainedSchema, required=True)
    sources = ma.fields.List(ma.fields.Nested(ExplainedSourceSchema), required=True)
    interval = ma.fields.String(
        required=True,
        metadata={"description": "of the buckets: hour up to three days, day up to a hundred, else month"},
    )
    buckets = ma.fields.List(ma.fields.Nested(ExplainedBucketSchema), required=True)
    small_groups = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "no bucket and no source is told apart of fewer people; null: all are"},
    )
    reasons_since = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the time before which only `counted` is known; null: all is"},
    )
    restatements = ma.fields.List(
        ma.fields.Nested(RestatementSchema),
        required=True,
        metadata={"description": "what was told of these days and receivers, of whatever names, and changed later"},
    )
    restatements_more = ma.fields.Integer(required=True, metadata={"description": "beyond the newest hundred"})
    never_stored = ma.fields.Nested(
        NeverStoredSchema,
        required=True,
        allow_none=True,
        metadata={"description": "of what arrived in this time; null: the question is about receivers, or by a token"},
    )
    rules = ma.fields.List(ma.fields.Nested(RuleSchema), required=True)
    windows = ma.fields.List(ma.fields.Nested(WindowSchema), required=True, metadata={"description": "as they are now"})
    lateness_days = ma.fields.Integer(required=True)
    words = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "the answer in sentences"})
