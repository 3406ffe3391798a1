"""Schemas of the catalogue's endpoints."""

from __future__ import annotations

from collections import Counter
from typing import Any

import marshmallow as ma
import msgspec

from tracking.bounded import Bounded, Listed
from tracking.checks import MAIL_ADDRESS
from tracking.timezones import is_timezone
from tracking.vocabulary import A_RECEIVER_TYPE, LANGUAGES, RECEIVER_TYPE, matches, not_too_deep, text

MAX_RECEIVERS = 1000
MAX_ATTRIBUTES = 16_384
MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path has 256 characters, two of which are its brackets."""


def _text(most: int, **metadata: Any) -> ma.fields.String:
    return ma.fields.String(allow_none=True, validate=text(most), metadata=metadata)


def _storable(value: dict[str, Any]) -> None:
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise ma.ValidationError("text holds half of a surrogate pair, which is not Unicode") from None
    if len(encoded) > MAX_ATTRIBUTES:
        raise ma.ValidationError(f"at most {MAX_ATTRIBUTES:,} bytes as JSON")
    if b"\\u0000" in encoded:
        raise ma.ValidationError("text holds \\u0000, which PostgreSQL cannot store")
    not_too_deep(value)


class ContactSchema(Bounded):
    """How to reach the person behind a receiver. No answer shows it."""

    email = ma.fields.String(
        allow_none=True,
        validate=[
            matches(rf"^{MAIL_ADDRESS.pattern}\Z", "an e-mail address such as bob@example.com"),
            ma.validate.Length(max=MAX_EMAIL),
        ],
        metadata={"example": "bob@example.com"},
    )
    language = ma.fields.String(
        allow_none=True,
        validate=ma.validate.OneOf(LANGUAGES, error=f"one of {', '.join(LANGUAGES)}"),
        metadata={"example": "de", "description": "in which this person is told"},
    )
    timezone = ma.fields.String(
        allow_none=True,
        validate=is_timezone,
        metadata={"example": "Europe/Berlin", "description": "for sending times and quiet hours"},
    )


class ReceiverSchema(Bounded):
    """A receiver, as the platform describes it."""

    type = ma.fields.String(
        required=True,
        validate=matches(rf"^{RECEIVER_TYPE}\Z", A_RECEIVER_TYPE),
        metadata={"example": "job"},
    )
    id = ma.fields.String(
        required=True,
        validate=text(200),
        metadata={"example": "42"},
    )
    owner = _text(200, description="the customer to whom it belongs, as in the owner of a stats token", example="acme")
    title = _text(500, example="Senior Python Developer")
    url = ma.fields.String(
        allow_none=True,
        validate=matches(r"^https?://[^\s\x00-\x1f\x7f\ud800-\udfff]{1,2000}\Z", "an http or https URL"),
    )
    attributes = ma.fields.Dict(allow_none=True, validate=_storable)
    contact = ma.fields.Nested(ContactSchema, allow_none=True)


class ReceiversSchema(Bounded):
    receivers = Listed(ma.fields.Nested(ReceiverSchema), MAX_RECEIVERS, required=True)

    @ma.validates_schema
    def _once_each(self, data: dict[str, Any], **_: Any) -> None:
        seen = Counter((receiver["type"], receiver["id"]) for receiver in data["receivers"])
        (key, times), *_rest = seen.most_common(1)
        if times > 1:
            raise ma.ValidationError(f"{':'.join(key)} comes {times} times", "receivers")


class ReceiversReplySchema(ma.Schema):
    receivers = ma.fields.Integer(required=True, metadata={"description": "the number of added or replaced receivers"})
