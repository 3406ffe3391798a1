"""Stage 3: what an event looks like.

Said twice, on purpose: a msgspec `Event` decodes the hot path in C; a marshmallow `EventSchema` explains what was
refused, and documents the API. A property test holds the two together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import marshmallow as ma
import msgspec
from msgspec import Meta

from tracking.vocabulary import (
    A_NAME,
    A_RECEIVER,
    CREATOR,
    ID,
    NAME,
    RECEIVER,
    VERDICTS,
    JsonObject,
    Timestamp,
    matches,
    not_too_deep,
    text,
)

MAX_ROW_BYTES = 16_384


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One event as sent. `creator` counts only from a source credential; a client token brings its own."""

    name: Annotated[str, Meta(pattern=NAME)]
    receiver: Annotated[str, Meta(pattern=RECEIVER)]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    id: Annotated[str, Meta(pattern=ID)] | None = None
    creator: Annotated[str, Meta(pattern=CREATOR)] | None = None
    properties: JsonObject | None = None
    context: JsonObject | None = None


class Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`token` is there where no header carries it; it was looked at before."""

    events: list[Event]
    token: str | None = None


class EventSchema(ma.Schema):
    """One event; see `Event`."""

    id = ma.fields.String(
        allow_none=True,
        validate=text(100),
        metadata={
            "description": "yours, the same on every retry; a UUID, or any text of up to 100 characters. "
            "Missing: derived from the content"
        },
    )
    name = ma.fields.String(
        required=True,
        validate=matches(NAME, A_NAME),
        metadata={"description": "what happened; `__` parts the action from a detail", "example": "click__saveJob"},
    )
    receiver = ma.fields.String(
        required=True,
        validate=matches(RECEIVER, A_RECEIVER),
        metadata={"description": "what it happened on", "example": "job:42"},
    )
    occurred_at = Timestamp(
        required=True, metadata={"description": "when it happened, by the client's clock; never changed on a retry"}
    )
    creator = ma.fields.String(
        allow_none=True,
        validate=text(200),
        metadata={"description": "who did it; only with a source credential, a token names its own"},
    )
    properties = ma.fields.Dict(allow_none=True, validate=not_too_deep)
    context = ma.fields.Dict(allow_none=True, validate=not_too_deep)


class VerdictSchema(ma.Schema):
    verdict = ma.fields.String(required=True, validate=ma.validate.OneOf(VERDICTS))
    field = ma.fields.String(metadata={"description": "what was wrong, where it was rejected"})
    reason = ma.fields.String(metadata={"description": "why"})


class BatchSchema(ma.Schema):
    events = ma.fields.List(ma.fields.Nested(EventSchema), required=True, validate=ma.validate.Length(1, 500))
    token = ma.fields.String(
        metadata={"description": "where no header can carry it, as with sendBeacon; else leave it out"}
    )


class BatchReplySchema(ma.Schema):
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    verdicts = ma.fields.List(ma.fields.Nested(VerdictSchema), required=True)
