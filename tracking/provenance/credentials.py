"""Source credentials: `fk_<source>_<version>_<secret>`, derived from the platform's keys and stored nowhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracking.vocabulary import SOURCE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

CREDENTIAL = re.compile(rf"fk_({SOURCE_NAME})_([1-9][0-9]{{0,8}})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True)
class Credential:
    """The parts of a source's credential that are no secret."""

    source: str
    version: int
    key_id: str


@functools.cache
def key_id(key: str) -> str:
    """The fingerprint by which one of the platform's keys is named where the key itself must not be: 12 hex digits."""
    return hmac.digest(key.encode(), b"footfall key id", hashlib.sha256).hex()[:12]


def derive(key: str, source: str, version: int) -> str:
    """The credential of a source's version under one of the platform's keys.

    HMAC-SHA256 (RFC 2104) over `footfall credential <source> <version>`, base64url without padding (RFC 4648, 5).
    """
    digest = hmac.digest(key.encode(), f"footfall credential {source} {version}".encode(), hashlib.sha256)
    return f"fk_{source}_{version}_{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def verify(text: str, keys: Sequence[str]) -> Credential | None:
    """The credential in `text`, or None for one that no key derived. It may be of an old version."""
    match = CREDENTIAL.fullmatch(text)
    if match is None:
        return None
    source, version = match[1], int(match[2])
    for key in keys:
        if hmac.compare_digest(derive(key, source, version), text):
            return Credential(source, version, key_id(key))
    return None
