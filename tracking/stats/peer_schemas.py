"""The member `peers` of a summary."""

from __future__ import annotations

import marshmallow as ma

from tracking.peers.told import NAMES, Silence


class QuartileField(ma.fields.Field[object]):
    """Of counts {from, to}: the band in which the number lies; of rates a number of two digits."""


def _quartile(which: str) -> QuartileField:
    band = {"from": {"type": "integer"}, "to": {"type": "integer"}}
    shape = {"type": "object", "required": ["from", "to"], "properties": band}
    said = f"of the others, {which}: counts as the band in which it lies, rates to two digits. Of a receiver only"
    return QuartileField(metadata={"oneOf": [shape, {"type": "number"}], "description": said})


class PeerMeasureSchema(ma.Schema):
    measure = ma.fields.String(required=True, validate=ma.validate.OneOf(list(NAMES)))
    own = ma.fields.Float(allow_none=True, metadata={"description": "at that age; of a receiver only"})
    lower = _quartile("a quarter has no more")
    median = _quartile("the median")
    upper = _quartile("a quarter has as many or more")
    difference = ma.fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "0.31 is 31% more than the median; null: too few events. Of an owner: its receivers' median"
        },
    )
    receivers = ma.fields.Integer(metadata={"description": "of an owner: how many of its receivers have a difference"})


class AdviceSchema(ma.Schema):
    receiver = ma.fields.String(required=True)
    title = ma.fields.String(required=True, allow_none=True)
    key = ma.fields.String(
        required=True, metadata={"description": "few-see-it, seen-not-opened or opened-not-applied: branch on this"}
    )
    own = ma.fields.Float(required=True)
    peers = ma.fields.Float(
        required=True, metadata={"description": "of the others: the median, of impressions a quarter"}
    )
    sentence = ma.fields.String(required=True)


class PeersSchema(ma.Schema):
    of = ma.fields.String(required=True, allow_none=True, metadata={"description": "receiver or owner"})
    reason = ma.fields.Enum(
        Silence, by_value=ma.fields.String, required=True, allow_none=True,
        metadata={"description": "why nothing is told; null: it is"},
    )  # fmt: skip
    note = ma.fields.String(required=True, metadata={"description": "the difference, or the reason, in words"})
    counted_on = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "counted is what happened before; null: nothing yet"},
    )
    compared = ma.fields.Integer(required=True, metadata={"description": "own receivers that could be compared"})
    age = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "the first days of each that are counted; of a receiver"},
    )
    by = ma.fields.List(
        ma.fields.String(), required=True, allow_none=True,
        metadata={"description": "the attributes that all of them share, beside the type; of a receiver"},
    )  # fmt: skip
    receivers = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "similar ones: so many or a few more; of a receiver"}
    )
    measures = ma.fields.List(ma.fields.Nested(PeerMeasureSchema), required=True)
    advice = ma.fields.List(ma.fields.Nested(AdviceSchema), required=True)
