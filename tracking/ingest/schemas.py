"""Stage 3: what an event looks like, for the decoder and for the OpenAPI document; and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import marshmallow as ma
import msgspec
from msgspec import Meta

from tracking.vocabulary import CREATOR, ID, MAX_DEPTH, NAME, QUEUED, RECEIVER, VERDICTS, JsonObject

MAX_ROW_BYTES = 16_384


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One event."""

    name: Annotated[
        str,
        Meta(
            pattern=NAME,
            description="what happened; `__` parts the action from a detail",
            examples=["click__saveJob"],
        ),
    ]
    receiver: Annotated[str, Meta(pattern=RECEIVER, description="what it happened on", examples=["job:42"])]
    occurred_at: Annotated[
        datetime,
        Meta(
            tz=True,
            description="when it happened, by the client's clock; never changed on a retry",
            examples=["2026-11-24T10:00:00Z"],
        ),
    ]
    id: Annotated[
        Annotated[str, Meta(pattern=ID)] | None,
        Meta(
            description="yours, the same on every retry; a UUID, or any text of up to 100 characters. "
            "Missing: derived from the content"
        ),
    ] = None
    creator: Annotated[
        Annotated[str, Meta(pattern=CREATOR)] | None,
        Meta(description="who did it; only with a source credential, a token names its own"),
    ] = None
    properties: Annotated[
        JsonObject | None,
        Meta(description=f"what you want to know of it; nested at most {MAX_DEPTH} levels", examples=[{"page": "/"}]),
    ] = None
    context: Annotated[
        JsonObject | None,
        Meta(description=f"where it happened; nested at most {MAX_DEPTH} levels", examples=[{"user_agent": "okhttp"}]),
    ] = None


class Batch(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The events of one request."""

    events: Annotated[list[Event], Meta(extra_json_schema={"minItems": 1, "maxItems": 500})]  # counted by decode()
    token: Annotated[
        str | None, Meta(description="where no header can carry it, as with sendBeacon; else leave it out")
    ] = None


class VerdictSchema(ma.Schema):
    verdict = ma.fields.String(required=True, validate=ma.validate.OneOf([*VERDICTS, QUEUED]))
    field = ma.fields.String(metadata={"description": "what was wrong, where it was rejected"})
    reason = ma.fields.String(metadata={"description": "why"})
    warning = ma.fields.String(
        metadata={"description": "what is wrong with its properties, where they are not rejected yet"}
    )


class BatchReplySchema(ma.Schema):
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    verdicts = ma.fields.List(ma.fields.Nested(VerdictSchema), required=True)


class CallAnswerSchema(VerdictSchema):
    verdict = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf([*VERDICTS, QUEUED, "acknowledged"]),
        metadata={"description": "acknowledged: no event, so nothing is stored"},
    )
    type = ma.fields.String(metadata={"description": "of what was acknowledged: identify, group or alias"})


class CallsReplySchema(ma.Schema):
    success = ma.fields.Boolean(required=True)
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    verdicts = ma.fields.List(ma.fields.Nested(CallAnswerSchema), required=True)
