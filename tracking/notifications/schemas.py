"""Schemas of the endpoints about what people want no more."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from tracking.bounded import Bounded, Listed
from tracking.notifications.letters import KINDS
from tracking.notifications.unsubscribing import KIND, PERSON


def _person(**options: Any) -> ma.fields.String:
    told = {"description": "creator:ID, or owner:ID for a customer", "example": "creator:user-1"}
    return ma.fields.String(metadata=told, required=True, **options)


class OptoutsQuerySchema(Bounded):
    person = _person(validate=PERSON)


class OptoutsSchema(Bounded):
    """What a person wants no more; no kinds: the person wants all again."""

    person = _person(validate=PERSON)
    kinds = Listed(ma.fields.String(validate=KIND), len(KINDS), least=0, required=True)


class OptoutSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=KIND)
    since = ma.fields.AwareDateTime(required=True)


class OptoutsReplySchema(ma.Schema):
    person = _person()
    kinds = ma.fields.List(ma.fields.Nested(OptoutSchema), required=True)


class StoppedSchema(ma.Schema):
    person = _person()
    kinds = ma.fields.List(ma.fields.String(validate=KIND), required=True)
