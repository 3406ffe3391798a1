"""Tokens in the links that stop messages: `fu_<signed>`, signed with a key of the deployment.

`signed` is itsdangerous' URLSafeTimedSerializer: base64url JSON claims, a timestamp, and an HMAC-SHA256 over both.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import marshmallow as ma
from itsdangerous import BadData, URLSafeTimedSerializer

from tracking.bounded import Bounded, Listed
from tracking.errors import Problem
from tracking.notifications.letters import KINDS
from tracking.vocabulary import CHARACTER, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tracking.notifications.letters import Letter
    from tracking.settings import Settings

PATH = "/v1/unsubscribe"
SALT = "footfall unsubscribe token"
# 32 signed bytes fill 43 characters of base64 less two bits: with those pinned, a token has one spelling only.
TOKEN = re.compile(r"fu_([A-Za-z0-9._-]*[AEIMQUYcgkosw048])")
PERSON = matches(rf"^(creator|owner):{CHARACTER}{{1,200}}\Z", "creator:ID or owner:ID, the id of 1 to 200 characters")
KIND = ma.validate.OneOf(KINDS)
LIFE_SECONDS = 365 * 86_400
MAX_LENGTH = 4096


class Choice(NamedTuple):
    """What a token stops: these kinds of messages to this person."""

    person: str
    kinds: tuple[str, ...]


class ClaimsSchema(Bounded):
    """The claims of a token. An unknown claim is refused."""

    aud = ma.fields.String(required=True, validate=ma.validate.Length(1, 64))
    person = ma.fields.String(required=True, validate=PERSON)
    kinds = Listed(ma.fields.String(validate=KIND), len(KINDS), required=True)


CLAIMS = ClaimsSchema()


def link(settings: Settings, letter: Letter) -> str:
    """The address that stops such letters: those of the kinds that are in this one."""
    kinds = {item.kind for item in letter.items}
    return f"{settings.public_url}{PATH}?token={token(settings.secret_keys, settings.deployment, letter.person, kinds)}"


def token(keys: Sequence[str], deployment: str, person: str, kinds: Collection[str]) -> str:
    """A token that stops these kinds of messages to this person, for a year."""
    claims = {"aud": deployment, "person": person, "kinds": sorted(kinds)}
    return f"fu_{_serializer(keys[0]).dumps(claims)!s}"


def read(text: str, keys: Sequence[str], deployment: str) -> Choice:
    """What the token stops.

    Raises `Problem` 401: `link-broken`, `link-invalid` (no key of this deployment), `link-wrong-deployment`,
    `link-expired`.
    """
    match = TOKEN.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise Problem(401, "link-broken", "The link is not whole: its token is missing, or is not one.")
    for key in keys:
        try:
            claims, signed_at = _serializer(key).loads(match[1], return_timestamp=True)
        except BadData:
            continue
        except (ValueError, OverflowError, OSError):  # the signature holds, and no calendar has the time it was made at
            raise _broken() from None
        return _checked(claims, signed_at.timestamp(), deployment)
    raise Problem(401, "link-invalid", "The link's signature does not verify.")


def _checked(claims: Any, signed_at: float, deployment: str) -> Choice:
    try:
        known: dict[str, Any] = CLAIMS.load(claims)
    except ma.ValidationError:
        raise _broken() from None
    if known["aud"] != deployment:
        raise Problem(401, "link-wrong-deployment", "The link was made by another deployment.")
    if time.time() >= signed_at + LIFE_SECONDS:  # one from the future is good: a clock was set back
        raise Problem(401, "link-expired", "The link is older than a year. Use that of a newer message.")
    return Choice(known["person"], tuple(sorted(set(known["kinds"]))))


def _broken() -> Problem:
    return Problem(401, "link-broken", "The link's signature holds, and what it says is not valid.")


def _serializer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key, salt=SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
