"""Tokens: `fc_<source>_<version>_<signed>` of clients, `fs_…` of stats and `fl_…` of live, by a source's credential.

`signed` is itsdangerous' URLSafeTimedSerializer: base64url JSON claims, a timestamp, and an HMAC-SHA256 over both.
The key comes from the credential and the salt, which differs by kind: a token of one kind never verifies as another.
A pixel token, `fp_…`, is part of a picture's address, and says all of an event but its time.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import marshmallow as ma
from itsdangerous import BadData, URLSafeTimedSerializer

from tracking.bounded import Bounded, Listed
from tracking.errors import Problem
from tracking.provenance import credentials
from tracking.provenance.grants import Grant
from tracking.vocabulary import A_NAME_PATTERN, NAME, NAME_PATTERN, RECEIVER, SOURCE_NAME, matches, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TokenKind = Literal["client", "stats", "live", "pixel"]

AUDIENCE = "footfall"
RIGHT = {"client": "ingest", "stats": "stats", "live": "live", "pixel": "ingest"}
"""The right that a source needs, beside `mint`, for its tokens of each kind."""
GIVES = RIGHT | {"pixel": "pixel"}
"""The right that a token of each kind gives: an address of a picture can be fetched, and writes nothing else."""
PIXEL_SECONDS = 31_536_000
"""The longest life of a pixel token: mails are opened late."""

PREFIX: dict[str, TokenKind] = {"fc": "client", "fs": "stats", "fl": "live", "fp": "pixel"}
# 32 signed bytes fill 43 characters of base64 less two bits: with those pinned, a token has one spelling only.
TOKEN = re.compile(rf"(f[cslp])_({SOURCE_NAME})_([1-9][0-9]{{0,8}})_([A-Za-z0-9._-]*[AEIMQUYcgkosw048])")
INSTANT = ma.validate.Range(-(2**53), 2**53, error="seconds since 1970, as an integer")
MAX_LENGTH = 4096
VAGUE = "a pixel token has one receiver and one name, without *"
CLOCK_SKEW = 60


def said(error: ma.ValidationError) -> str:
    """The faults, for people: `creator: Shorter than minimum length 1; receivers 2: expected TYPE:ID`."""
    return "; ".join(_said(error.messages, ()))


def _said(messages: Any, within: tuple[str, ...]) -> Iterator[str]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # a list's members are counted from 0, and `_schema` is no field of anybody's
            place = str(name + 1) if isinstance(name, int) else name
            yield from _said(inner, within if name == "_schema" else (*within, place))
        return
    text = ", ".join(str(message).rstrip(".") for message in messages)
    yield f"{' '.join(within)}: {text}" if within else text


class KeySchema(Bounded):
    """RFC 7800, section 3, and RFC 9449, section 6: the key that must prove each request."""

    jkt = ma.fields.String(required=True, validate=ma.validate.Regexp(r"[A-Za-z0-9_-]{43}\Z"))


class ScopeSchema(Bounded):
    """The purpose of a token."""

    creator = ma.fields.String(validate=text(200), metadata={"description": "who acts; of a client token"})
    receivers = Listed(
        ma.fields.String(validate=matches(RECEIVER, "expected TYPE:ID, as in job:42")),
        200,
        metadata={"description": "on which receivers only, TYPE:ID", "example": ["job:42"]},
    )
    names = Listed(
        ma.fields.String(validate=matches(NAME_PATTERN, A_NAME_PATTERN)),
        50,
        metadata={"description": "events of which names only, * for any text; of a client token"},
    )
    owner = ma.fields.String(
        validate=text(200),
        metadata={"description": "whose receivers may be read; of a stats token"},
    )


class ClaimsSchema(ScopeSchema):
    """The claims of a token. An unknown claim is refused, so that no restriction is silently ignored."""

    aud = ma.fields.String(
        required=True, validate=ma.validate.Length(1, 64), metadata={"description": "the deployment it is for"}
    )
    exp = ma.fields.Integer(
        required=True, strict=True, validate=INSTANT, metadata={"description": "expiry, seconds since 1970"}
    )
    nbf = ma.fields.Integer(strict=True, validate=INSTANT, metadata={"description": "not before, seconds since 1970"})
    jti = ma.fields.String(required=True, validate=ma.validate.Length(1, 64))
    cnf = ma.fields.Nested(KeySchema, metadata={"description": "the thumbprint of the key that proves requests"})


CLAIMS = ClaimsSchema()
SCOPE = {
    "client": {"creator", "receivers", "names"},
    "stats": {"owner", "receivers"},
    "live": set[str](),
    "pixel": {"creator", "receivers", "names"},
}
"""The claims that a kind of token may have."""
NEEDED = {"client": {"creator"}, "stats": {"owner", "receivers"}, "live": set[str](), "pixel": {"creator"}}
"""Those of which it has one at least."""
ALWAYS = {"aud", "exp", "nbf", "jti", "cnf"}


@functools.lru_cache(maxsize=1024)
def serializer(credential: str, kind: TokenKind) -> URLSafeTimedSerializer:
    """Signs and reads tokens of this kind under a source's credential, by HMAC with SHA-256."""
    return URLSafeTimedSerializer(
        credential,
        salt=f"footfall {kind} token",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def longest(kind: TokenKind, max_seconds: int) -> int:
    """The longest life of a token; `max_seconds` is that of one that is held by people."""
    return PIXEL_SECONDS if kind == "pixel" else max_seconds


def is_vague(kind: TokenKind, claims: Mapping[str, Any]) -> bool:
    """Whether the claims leave open what a pixel token says: who did what, and on what."""
    names, receivers = claims.get("names", []), claims.get("receivers", [])
    return kind == "pixel" and not (len(names) == len(receivers) == 1 and re.match(NAME, names[0]))


class Verified(NamedTuple):
    """A token's signer, by version and key, and its grant if the source has these rights."""

    version: int
    grant: Grant
    key_id: str


def mint(credential: str, kind: TokenKind, *, seconds: int, audience: str = AUDIENCE, **claims: Any) -> str:
    """A token that the holder of `credential` grants for so many seconds; `claims` as in `ClaimsSchema`.

    Raises `marshmallow.ValidationError` for a token that would not verify.
    """
    _, source, version, _ = credential.split("_", 3)
    claims = {name: claim for name, claim in claims.items() if claim is not None}
    claims |= {"aud": audience, "exp": int(time.time()) + seconds, "jti": secrets.token_urlsafe(12)}
    if errors := CLAIMS.validate(claims):
        raise ma.ValidationError(errors)
    if is_vague(kind, claims):
        raise ma.ValidationError(VAGUE)
    prefix = next(prefix for prefix, named in PREFIX.items() if named == kind)
    token = f"{prefix}_{source}_{version}_{serializer(credential, kind).dumps(claims)!s}"
    if len(token) > MAX_LENGTH:
        raise ma.ValidationError(f"the token would have {len(token):,} characters; the most is {MAX_LENGTH:,}")
    return token


def verify(text: str, keys: Sequence[str], *, max_seconds: int, audience: str = AUDIENCE) -> Verified:
    """The content of a token that was signed here.

    Raises `Problem` 401: `token-malformed`, `token-invalid` (no key of this deployment), `token-wrong-audience`,
    `token-not-yet-valid`, `token-expired`.
    """
    match = TOKEN.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise Problem(401, "token-malformed", "This is not a Footfall token; expected fc_…, fs_…, fl_… or fp_….")
    kind, source, version = PREFIX[match[1]], match[2], int(match[3])
    for key in keys:
        signer = serializer(credentials.derive(key, source, version), kind)
        try:
            claims, issued = signer.loads(match[4], return_timestamp=True)
        except BadData:
            continue
        except (ValueError, OverflowError, OSError):  # the signature holds, and no calendar has the time it was made at
            raise Problem(
                401, "token-malformed", "The token's time of signing is none; look at docs/tokens.md."
            ) from None
        grant = _grant(kind, source, _checked(kind, claims, audience), issued.timestamp(), max_seconds)
        return Verified(version, grant, credentials.key_id(key))
    raise Problem(401, "token-invalid", "The token's signature does not verify; mint a new one.")


def _checked(kind: TokenKind, claims: Any, audience: str) -> dict[str, Any]:
    try:
        known: dict[str, Any] = CLAIMS.load(claims)
    except ma.ValidationError as error:
        raise Problem(401, "token-malformed", f"The token's claims are not valid: {said(error)}.") from None
    if known["aud"] != audience:
        raise Problem(401, "token-wrong-audience", "The token was made for another deployment.")
    if (NEEDED[kind] and not NEEDED[kind] & known.keys()) or known.keys() - SCOPE[kind] - ALWAYS:
        takes = " and ".join(sorted(SCOPE[kind])) or "no claims of its own"
        raise Problem(401, "token-malformed", f"A {kind} token takes {takes}.")
    if is_vague(kind, known):
        raise Problem(401, "token-malformed", f"The token says too little: {VAGUE}.")
    return known


def _grant(kind: TokenKind, source: str, known: dict[str, Any], issued: float, max_seconds: int) -> Grant:
    now = time.time()
    expires_at = min(known["exp"], issued + longest(kind, max_seconds))
    if now >= expires_at:
        raise Problem(401, "token-expired", "The token has expired; mint a new one.")
    if max(issued, known.get("nbf", 0)) > now + CLOCK_SKEW:
        raise Problem(401, "token-not-yet-valid", "The token is not valid yet; look at the minting clock, or wait.")
    return Grant(
        source_name=source,
        kind=kind,
        rights=frozenset({GIVES[kind]}),
        expires_at=expires_at,
        creator=known.get("creator"),
        receivers=frozenset(known["receivers"]) if "receivers" in known else None,
        names=tuple(known["names"]) if "names" in known else None,
        owner=known.get("owner"),
        bound_to=known["cnf"]["jkt"] if "cnf" in known else None,
    )
