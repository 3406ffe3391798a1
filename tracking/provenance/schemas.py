"""The request and the answer of `POST /v1/tokens`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from tracking.provenance.tokens import NEEDED, PIXEL_SECONDS, RIGHT, SCOPE, VAGUE, ScopeSchema, is_vague

DEFAULT_SECONDS = 900


class TokenRequestSchema(ScopeSchema):
    """A token to be minted: its kind, its life, and what it is for, as in the token's claims."""

    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(list(RIGHT)),
        metadata={
            "description": "client: writes as one creator; stats: reads counts; live: watches what arrives; "
            "pixel: makes a picture's address"
        },
    )
    expires_in = ma.fields.Integer(
        strict=True,
        validate=ma.validate.Range(1, 31_536_000),
        metadata={
            "description": f"seconds; {DEFAULT_SECONDS} if missing, at most TOKEN_MAX_SECONDS; of a pixel token a year"
        },
    )
    not_before = ma.fields.Integer(
        strict=True, validate=ma.validate.Range(0, 2**53), metadata={"description": "seconds since 1970"}
    )
    key = ma.fields.String(
        validate=ma.validate.Regexp(r"[A-Za-z0-9_-]{43}\Z", error="a SHA-256 thumbprint (RFC 7638) in base64url"),
        metadata={"description": "thumbprint (RFC 7638) of the browser's key; the token is worth nothing without it"},
    )

    @ma.validates_schema
    def fits_kind(self, data: dict[str, Any], **_: Any) -> None:
        kind = data["kind"]
        needed = NEEDED[kind]
        if needed and not needed & data.keys():
            raise ma.ValidationError(f"a {kind} token needs {' or '.join(sorted(needed))}", min(needed))
        for name in sorted(set().union(*SCOPE.values()) & data.keys() - SCOPE[kind]):
            raise ma.ValidationError(f"a {kind} token has none", name)
        if is_vague(kind, data):
            raise ma.ValidationError(VAGUE, "names" if len(data.get("receivers", ())) == 1 else "receivers")

    @ma.post_load
    def lives_long_enough(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"expires_in": PIXEL_SECONDS if data["kind"] == "pixel" else DEFAULT_SECONDS} | data


class TokenSchema(ma.Schema):
    token = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(list(RIGHT)))
    expires_in = ma.fields.Integer(required=True, metadata={"description": "seconds from now"})
    expires_at = ma.fields.Integer(required=True, metadata={"description": "seconds since 1970"})
    now = ma.fields.Float(
        required=True,
        metadata={"description": "the server's time, seconds since 1970: what a device's clock is compared with"},
    )
    creator = ma.fields.String(metadata={"description": "who acts; of a client token"})
