"""Client and stats tokens: `fc_<source>_<version>_<signed>` and `fs_…`, signed with a source's credential.

`signed` is itsdangerous' URLSafeTimedSerializer: base64url JSON claims, a timestamp, and an HMAC-SHA256 over both.
The key comes from the credential and the salt, which differs by kind: a token of one kind never verifies as another.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal

import marshmallow as ma
from itsdangerous import BadData, URLSafeTimedSerializer

from tracking.errors import Problem
from tracking.ingest.schemas import RECEIVER
from tracking.provenance import credentials
from tracking.provenance.grants import Grant

if TYPE_CHECKING:
    from collections.abc import Sequence

TokenKind = Literal["client", "stats"]

PREFIX: dict[str, TokenKind] = {"fc": "client", "fs": "stats"}
# 32 signed bytes fill 43 characters of base64 less two bits: with those pinned, a token has one spelling only.
TOKEN = re.compile(
    rf"(f[cs])_({credentials.SOURCE_NAME.pattern})_([1-9][0-9]{{0,8}})_([A-Za-z0-9._-]*[AEIMQUYcgkosw048])"
)
TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+\Z")
STORABLE = ma.validate.Regexp(TEXT, error="control characters and half surrogate pairs cannot be stored")
MAX_LENGTH = 4096
CLOCK_SKEW = 60


class ClaimsSchema(ma.Schema):
    """What a token says; an unknown claim is refused, so that a restriction is never silently ignored."""

    exp = ma.fields.Integer(required=True, strict=True, metadata={"description": "expiry, seconds since 1970"})
    jti = ma.fields.String(required=True, validate=ma.validate.Length(1, 64))
    creator = ma.fields.String(validate=[ma.validate.Length(1, 200), STORABLE])
    receivers = ma.fields.List(
        ma.fields.String(validate=[ma.validate.Regexp(RECEIVER, error="expected TYPE:ID, as in job:42"), STORABLE]),
        validate=ma.validate.Length(1, 200),
    )
    names = ma.fields.List(ma.fields.String(validate=ma.validate.Length(1, 100)), validate=ma.validate.Length(1, 50))
    owner = ma.fields.String(validate=[ma.validate.Length(1, 200), STORABLE])


CLAIMS = ClaimsSchema()


@functools.lru_cache(maxsize=1024)
def _serializer(credential: str, kind: TokenKind) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        credential,
        salt=f"footfall {kind} token",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def mint(credential: str, kind: TokenKind, *, seconds: int, **claims: Any) -> str:
    """A token that the holder of `credential` grants for so many seconds; `claims` as in `ClaimsSchema`.

    Raises `marshmallow.ValidationError` for claims that would not verify.
    """
    _, source, version, _ = credential.split("_", 3)
    claims = {name: claim for name, claim in claims.items() if claim is not None}
    claims |= {"exp": int(time.time()) + seconds, "jti": secrets.token_urlsafe(12)}
    if errors := CLAIMS.validate(claims):
        raise ma.ValidationError(errors)
    prefix = next(prefix for prefix, named in PREFIX.items() if named == kind)
    return f"{prefix}_{source}_{version}_{_serializer(credential, kind).dumps(claims)!s}"


def verify(text: str, keys: Sequence[str], *, max_seconds: int) -> tuple[int, Grant]:
    """The version that signed the token, and what it grants.

    Raises `Problem` 401: `token-malformed`, `token-invalid` (no key of ours), `token-expired`.
    """
    match = TOKEN.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise Problem(401, "token-malformed", "This is not a Footfall token; expected fc_… or fs_….")
    kind, source, version = PREFIX[match[1]], match[2], int(match[3])
    for key in keys:
        serializer = _serializer(credentials.derive(key, source, version), kind)
        try:
            claims, issued = serializer.loads(match[4], return_timestamp=True)
        except BadData:
            continue
        return version, _grant(kind, source, claims, issued.timestamp(), max_seconds)
    raise Problem(401, "token-invalid", "The token's signature does not verify; mint a new one.")


def _grant(kind: TokenKind, source: str, claims: Any, issued: float, max_seconds: int) -> Grant:
    try:
        known: dict[str, Any] = CLAIMS.load(claims)
    except ma.ValidationError as error:
        raise Problem(401, "token-malformed", f"The token's claims are not valid: {error.messages}.") from None
    now = time.time()
    expires_at = min(known["exp"], issued + max_seconds)
    if now >= expires_at:
        raise Problem(401, "token-expired", "The token has expired; mint a new one.")
    if issued > now + CLOCK_SKEW:
        raise Problem(401, "token-not-yet-valid", "The token was issued in the future; set the minting clock.")
    needed = "creator" if kind == "client" else ("owner" if "owner" in known else "receivers")
    allowed = {"client": {"creator", "receivers", "names"}, "stats": {"owner", "receivers"}}[kind]
    if needed not in known or known.keys() - allowed - {"exp", "jti"}:
        raise Problem(401, "token-malformed", f"A {kind} token takes {' and '.join(sorted(allowed))}.")
    return Grant(
        source=source,
        kind=kind,
        rights=frozenset({"ingest" if kind == "client" else "stats"}),
        expires_at=expires_at,
        creator=known.get("creator"),
        receivers=frozenset(known["receivers"]) if "receivers" in known else None,
        names=tuple(known["names"]) if "names" in known else None,
        owner=known.get("owner"),
    )
