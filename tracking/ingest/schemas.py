"""Stage 3: what an event looks like.

Said twice, on purpose: a msgspec `Event` decodes the hot path in C; a marshmallow `EventSchema` explains what was
refused, and documents the API. A property test holds the two together.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import marshmallow as ma
import msgspec
from msgspec import Meta

ID = r"^[^\x00-\x1f\x7f]{1,100}\Z"
CREATOR = r"^[^\x00-\x1f\x7f]{1,200}\Z"
NAME = r"^[A-Za-z][A-Za-z0-9 _.:/-]{0,99}\Z"
RECEIVER = r"^[a-z][a-z0-9_-]{0,31}:[^\x00-\x1f\x7f]{1,200}\Z"
MAX_ROW_BYTES = 16_384
MAX_DEPTH = 4

# JSON of at most MAX_DEPTH levels below the properties object, as types, so that the decoder itself enforces it.
Scalar = str | int | float | bool | None
Depth1 = Scalar | list[Scalar] | dict[str, Scalar]
Depth2 = Scalar | list[Depth1] | dict[str, Depth1]
Depth3 = Scalar | list[Depth2] | dict[str, Depth2]


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One event as sent. `creator` counts only from a source credential; a client token brings its own."""

    name: Annotated[str, Meta(pattern=NAME)]
    receiver: Annotated[str, Meta(pattern=RECEIVER)]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    id: Annotated[str, Meta(pattern=ID)] | None = None
    creator: Annotated[str, Meta(pattern=CREATOR)] | None = None
    properties: dict[str, Depth3] | None = None
    context: dict[str, Depth3] | None = None


class Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`token` is there where no header carries it; it was looked at before."""

    events: list[Event]
    token: str | None = None


def matches(pattern: str, said: str) -> ma.validate.Validator:
    return ma.validate.Regexp(re.compile(pattern), error=said)


def json_object(value: dict[str, Any]) -> None:
    """Raises where the object is deeper than the hot path takes it."""
    try:
        msgspec.convert(value, dict[str, Depth3])
    except msgspec.ValidationError:
        raise ma.ValidationError(f"nested deeper than {MAX_DEPTH} levels") from None


class Timestamp(ma.fields.AwareDateTime):
    """RFC 3339, section 5.6, with the offset that it demands."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own protocol
        "invalid": "expected a time with its offset, such as 2026-11-24T10:00:00.123Z",
        "invalid_awareness": "expected a time with its offset, such as 2026-11-24T10:00:00.123Z",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment: datetime = msgspec.convert(value, Annotated[datetime, Meta(tz=True)])
        except msgspec.ValidationError:
            raise self.make_error("invalid") from None
        return moment


class EventSchema(ma.Schema):
    """One event; see `Event`."""

    id = ma.fields.String(
        allow_none=True,
        validate=matches(ID, "1 to 100 characters, no control characters"),
        metadata={
            "description": "yours, the same on every retry; a UUID, or any text of up to 100 characters. "
            "Missing: derived from the content"
        },
    )
    name = ma.fields.String(
        required=True,
        validate=matches(NAME, "a letter, then up to 99 letters, digits, blanks or _ . : / -"),
        metadata={"description": "what happened; `__` parts the action from a detail", "example": "click__saveJob"},
    )
    receiver = ma.fields.String(
        required=True,
        validate=matches(RECEIVER, "TYPE:ID, as in job:42; the type in lower case, the id of 1 to 200 characters"),
        metadata={"description": "what it happened on", "example": "job:42"},
    )
    occurred_at = Timestamp(
        required=True, metadata={"description": "when it happened, by the client's clock; never changed on a retry"}
    )
    creator = ma.fields.String(
        allow_none=True,
        validate=matches(CREATOR, "1 to 200 characters, no control characters"),
        metadata={"description": "who did it; only with a source credential, a token names its own"},
    )
    properties = ma.fields.Dict(allow_none=True, validate=json_object)
    context = ma.fields.Dict(allow_none=True, validate=json_object)


VERDICTS = ("accepted", "repeat", "bot", "own", "duplicate", "conflict", "rejected")


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
