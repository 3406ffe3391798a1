"""The door: turns what a request carries into a `Grant`, or refuses it."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracking.errors import Problem
from tracking.provenance import credentials, tokens
from tracking.provenance.grants import Grant

if TYPE_CHECKING:
    from flask import Request

    from tracking.provenance.sources import Source, SourceRegistry

CACHE_SIZE = 10_000


@dataclass(slots=True)
class Guard:
    """Verifies credentials and tokens, and remembers those that verified."""

    registry: SourceRegistry
    keys: tuple[str, ...]
    token_max_seconds: int
    _verified: dict[str, tuple[int, Grant]] = field(default_factory=dict)

    def admit(self, request: Request, right: str) -> Grant:
        """Who is asking, if they may.

        Raises `Problem`: 401 where it is not known who asks, 403 `wrong-kind` or `not-allowed` where it is.
        """
        return self.admit_text(_presented(request), right)

    def admit_text(self, text: str, right: str) -> Grant:
        grant = self._grant(text)
        if right not in grant.rights:
            if grant.kind == "source":
                raise Problem(403, "not-allowed", f"Source {grant.source} does not have the right {right!r}.")
            raise Problem(403, "wrong-kind", f"A {grant.kind} token cannot be used here.")
        return grant

    def _grant(self, text: str) -> Grant:
        known = self._verified.get(text)
        if known is None:
            known = self._verify(text)
            if len(self._verified) >= CACHE_SIZE:
                self._verified.clear()  # rare, and cheaper than keeping an order on every hit
            self._verified[text] = known
        version, grant = known
        source = self.registry.get(grant.source)
        if source is None or source.revoked or source.version != version:
            raise Problem(401, "source-revoked", "The source behind this credential is unknown, revoked or rotated.")
        if time.time() >= grant.expires_at:
            del self._verified[text]
            raise Problem(401, "token-expired", "The token has expired; mint a new one.")
        return grant if grant.kind != "source" else _as_source(grant, source)

    def _verify(self, text: str) -> tuple[int, Grant]:
        if not text.startswith("fk_"):
            return tokens.verify(text, self.keys, max_seconds=self.token_max_seconds)
        credential = credentials.verify(text, self.keys)
        if credential is None:
            raise Problem(401, "credential-invalid", "This source credential is not one of ours.")
        return credential.version, Grant(credential.source, "source", frozenset(), float("inf"))


def _as_source(grant: Grant, source: Source) -> Grant:
    return Grant(grant.source, "source", source.rights, grant.expires_at)


def _presented(request: Request) -> str:
    """The token as sent: `Authorization: Bearer`, or the username of Basic, as the Segment SDKs send it."""
    scheme, _, value = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return str(value.strip())
        case "basic":
            try:
                return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
            except ValueError:  # not base64, not ASCII inside, or not even ASCII outside
                raise Problem(401, "token-malformed", "The Basic authorization is not base64.") from None
        case _:
            raise Problem(401, "token-missing", "Send a token: Authorization: Bearer fc_….")
