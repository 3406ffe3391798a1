"""The gate: turns what a request carries into a `Grant`, or refuses the request."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tracking.errors import Problem
from tracking.logs import TOKEN
from tracking.provenance import credentials, tokens
from tracking.provenance import proof as proofs
from tracking.provenance.grants import Grant
from tracking.provenance.tokens import Verified
from tracking.vocabulary import RIGHTS

if TYPE_CHECKING:
    from flask import Request
    from sqlalchemy import Engine

    from tracking.provenance.limits import Limits
    from tracking.provenance.sources import Source, SourceRegistry
    from tracking.vocabulary import Unit

CACHE_SIZE = 10_000
JUST_NOW = 0.25
"""Seconds after which a credential that was just issued counts, and between two looks for one that does not."""
ASK_IN_QUERY = "Send a pixel token in the query: ?token=fp_…; python -m tracking pixel makes such an address."
ASK = 'Send a token: Authorization: Bearer fc_…, or {"token": "fc_…"} in the body.'


@dataclass(slots=True)
class Entry:
    """A credential or token that verified, and its grant by its source as last seen."""

    verified: Verified
    grant: Grant
    source: Source | None = None
    accepted_until: float = 0.0


@dataclass(slots=True)
class Gate:
    """Verifies credentials and tokens, and remembers those that verified.

    `defers`: whether a proof was used before is settled later, where the events are written.
    """

    registry: SourceRegistry
    keys: tuple[str, ...]
    token_max_seconds: int
    audience: str
    limits: Limits
    engine: Engine
    defers: bool = False
    _verified: dict[str, Entry] = field(default_factory=dict)

    @property
    def remembered(self) -> int:
        """Number of credentials and tokens that are remembered as verified."""
        return len(self._verified)

    def authenticate(self, request: Request, right: str) -> Grant:
        """The grant of a request whose body needs no proof. `arrival.receive` does the same for one whose body does.

        Raises `Problem`: 401 for an unknown sender; 403 `wrong-kind`, `not-allowed` or `origin-not-allowed` for a known
        one; 429 for one that asks too often.
        """
        token = presented(request)
        grant = self.enter(request, token, right)
        return self.check_proof(grant, request, token, None, request.environ.get("HTTP_DPOP"))

    def enter(self, request: Request, token: str, right: str) -> Grant:
        """As `authenticate`, without the proof: a proof covers the body, which is read later."""
        request.environ[TOKEN] = token
        grant = self.authorize(token, right)
        self.spend(grant, "requests")
        origin = request.environ.get("HTTP_ORIGIN")
        if origin and grant.source and grant.source.origins and grant.kind != "source":
            _check_origin(request, origin, grant.source)
        return grant

    def spend(self, grant: Grant, what: Unit, amount: int = 1) -> None:
        """Raises `Problem` 429 if the grant's account or its source has used up its budget of this minute."""
        self.limits.spend(grant, what, amount)

    def check_proof(self, grant: Grant, request: Request, token: str, body: bytes | None, proof: str | None) -> Grant:
        """Checks that the request is signed and new, if the token is bound to a key or its source demands that. Returns
        the grant, with what is left to be settled.

        `body` None: the request has none. Raises `Problem` 401.
        """
        if grant.bound_to is None:
            if grant.kind == "client" and grant.source is not None and grant.source.proof == "required":
                raise Problem(401, "proof-required", "This source takes only tokens that are bound to a key.")
            return grant
        if proof is None:
            raise Problem(401, "proof-missing", "The token is bound to a key: sign the request, DPoP: ey….")
        if body is None and request.method not in {"GET", "HEAD"}:
            raise Problem(401, "proof-invalid", "A token that is bound to a key cannot be used here.")
        query = request.query_string.decode("latin-1")
        target = f"{request.path}?{query}" if query else request.path
        single_use_id = proofs.check(
            proof, proofs.SignedRequest(request.method, target, body or b"", token), grant.bound_to
        )
        if self.defers and grant.kind == "client":
            return replace(grant, single_use_id=single_use_id)
        proofs.use(self.engine, single_use_id)
        return grant

    def authorize(self, text: str, right: str) -> Grant:
        """The grant of a credential or token, which has this right. Raises `Problem` 401 or 403."""
        grant = self._grant(text)
        if right not in grant.rights:
            lacks = right if grant.kind == "source" else f"mint and {tokens.RIGHT[grant.kind]}"
            if right in RIGHTS if grant.kind == "source" else tokens.GIVES[grant.kind] == right:
                raise Problem(403, "not-allowed", f"Source {grant.source_name} does not have the right {lacks!r}.")
            what = "source's credential" if grant.kind == "source" else f"{grant.kind} token"
            raise Problem(403, "wrong-kind", f"A {what} cannot be used here.")
        return grant

    def _grant(self, text: str) -> Grant:
        entry = self._verified.get(text)
        if entry is None:
            entry = self._remember(text)
        source = self.registry.get(entry.grant.source_name)
        if source is not entry.source or source is None:
            verified = entry.verified
            if source is None or not source.accepts(verified.version, verified.key_id):  # perhaps it was made just now
                source = self.registry.get(entry.grant.source_name, JUST_NOW)
            _bind(entry, source)
        if time.time() >= entry.grant.expires_at:
            self._verified.pop(text, None)
            if entry.grant.expires_at == entry.accepted_until:
                raise _revoked()
            raise Problem(401, "token-expired", "The token has expired; mint a new one.")
        return entry.grant

    def _remember(self, text: str) -> Entry:
        verified = self._verify(text)
        if len(self._verified) >= CACHE_SIZE:
            self._verified.clear()  # rare, and cheaper than keeping an order on every hit
        entry = Entry(verified, verified.grant)
        if verified.grant.kind != "pixel":  # of which there is one a mail
            self._verified[text] = entry
        return entry

    def _verify(self, text: str) -> Verified:
        if not text.startswith("fk_"):
            return tokens.verify(text, self.keys, max_seconds=self.token_max_seconds, audience=self.audience)
        credential = credentials.verify(text, self.keys)
        if credential is None:
            raise Problem(401, "credential-invalid", "This source credential is not valid here.")
        grant = Grant(credential.source, "source", frozenset(), float("inf"))
        return Verified(credential.version, grant, credential.key_id)


def in_query(request: Request) -> str:
    """The token of a request that is only an address, such as a picture's. Raises `Problem` 401 if there is none."""
    token: str | None = request.args.get("token")
    if token is None:
        raise Problem(401, "token-missing", ASK_IN_QUERY)
    return token


def _bind(entry: Entry, source: Source | None) -> None:
    """Evaluates a verified credential or token anew, by the rights that its source has now."""
    verified = entry.verified
    accepted_until = source.accepts(verified.version, verified.key_id) if source else 0.0
    if source is None or not accepted_until:
        raise _revoked()
    rights = source.rights
    if verified.grant.kind != "source":
        rights = verified.grant.rights if {"mint", tokens.RIGHT[verified.grant.kind]} <= rights else frozenset()
    expires_at = min(verified.grant.expires_at, accepted_until)
    entry.grant = replace(verified.grant, rights=rights, expires_at=expires_at, source=source)
    entry.accepted_until = accepted_until
    entry.source = source


def _check_origin(request: Request, origin: str, source: Source) -> None:
    if origin not in source.origins and not is_ours(request, origin):
        raise Problem(403, "origin-not-allowed", f"Pages of {origin[:200]} may not send for source {source.name}.")


def is_ours(request: Request, origin: str) -> bool:
    """Whether this server served the page: scheme, host and port are those of the request (RFC 6454, section 4).

    Behind a proxy that ends TLS and does not say so, the page is https and the request is not.
    """
    host = request.host.lower()
    return origin in {f"{request.scheme}://{host}", f"https://{host}"}


def _revoked() -> Problem:
    return Problem(401, "source-revoked", "The source of this credential is unknown, revoked or rotated.")


def presented(request: Request) -> str:
    """The token as sent: `Authorization: Bearer`, or the username of Basic, as the Segment SDKs send it."""
    scheme, _, value = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    match scheme.lower():
        case "bearer" | "dpop":
            return str(value.strip())
        case "basic":
            try:
                return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
            except ValueError:  # not base64, not ASCII inside, or not even ASCII outside
                raise Problem(401, "token-malformed", "The Basic authorization is not base64.") from None
        case _:
            raise Problem(401, "token-missing", ASK)
