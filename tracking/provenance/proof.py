"""Proof of possession, after RFC 9449 (DPoP): each request is signed by a key that never leaves its browser.

A proof is a JWS (RFC 7515) of type `dpop+jwt`, ES256 only, with the public key in its header. Beyond RFC 9449 it
covers the body, by `bdy`; the bytes are specified in docs/proofs.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

from tracking import db
from tracking.errors import Problem

if TYPE_CHECKING:
    from sqlalchemy import Engine

MAX_AGE = 60
"""Seconds by which a proof's time may differ from the server's, either way."""
MAX_LENGTH = 2048
JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")

Octets32 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class Key(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A public key: RFC 7517; P-256 and nothing else, so that there is nothing to confuse."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Octets32
    y: Octets32

    def thumbprint(self) -> str:
        """RFC 7638, section 3."""
        members = f'{{"crv":"P-256","kty":"EC","x":"{self.x}","y":"{self.y}"}}'
        return base64url(hashlib.sha256(members.encode()).digest())


class Header(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    typ: Literal["dpop+jwt"]
    alg: Literal["ES256"]
    jwk: Key


class Claims(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """RFC 9449, section 4.2, and the hash of the body."""

    jti: Annotated[str, Meta(min_length=16, max_length=64)]
    htm: str
    htu: str
    iat: Annotated[int, Meta(ge=0, le=2**53)]
    ath: Octets32
    bdy: Octets32


_header = msgspec.json.Decoder(Header).decode
_claims = msgspec.json.Decoder(Claims).decode


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The request that a proof must be made for; `target` is the path with its query."""

    method: str
    target: str
    body: bytes
    token: str


def check(proof: str, request: SignedRequest, bound_to: str) -> bytes:
    """The single-use id of a valid proof, 16 bytes: made for this request, by the key that the token is bound to.

    Raises `Problem` 401: `proof-invalid`, with what is wrong, or `proof-expired`.
    """
    if len(proof) > MAX_LENGTH or not JWS.fullmatch(proof):
        _refuse("it is no compact JWS with an ES256 signature")
    signed, _, signature = proof.rpartition(".")
    head, _, payload = signed.partition(".")
    try:
        key, claims = _header(_octets(head)).jwk, _claims(_octets(payload))
    except (msgspec.DecodeError, ValueError, RecursionError):
        _refuse("its header or its claims are not as docs/proofs.md has them")
    if not hmac.compare_digest(key.thumbprint(), bound_to):
        _refuse("its key is not the one that the token is bound to")
    if not _verifies(key, signed.encode(), _octets(signature)):
        _refuse("its signature does not verify")
    if claims.htm != request.method or claims.htu != request.target:
        _refuse("it is for another method or path")
    if claims.ath != base64url(hashlib.sha256(request.token.encode()).digest()):
        _refuse("it is for another token")
    if claims.bdy != base64url(hashlib.sha256(request.body).digest()):
        _refuse("it is for another body")
    if abs(time.time() - claims.iat) > MAX_AGE:
        raise Problem(401, "proof-expired", "The proof is too old or from the future; sign each request as it is sent.")
    return hashlib.blake2b(f"{bound_to} {claims.jti}".encode(), digest_size=16).digest()


def use(engine: Engine, single_use_id: bytes) -> None:
    """Marks the id as used. Raises `Problem` 401 `proof-reused` if any worker did so before."""
    with engine.begin() as connection:
        added = db.run(connection, "proof_ids_add", id=single_use_id, seconds=2 * MAX_AGE + 1).rowcount
    if not added:
        raise Problem(401, "proof-reused", "This proof was used before; sign each request anew, a retry too.")


def base64url(octets: bytes) -> str:
    """The octets in base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verifies(key: Key, signed: bytes, signature: bytes) -> bool:
    x, y = (int.from_bytes(_octets(part)) for part in (key.x, key.y))
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])  # RFC 7518, section 3.4
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()  # raises off the curve
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _refuse(why: str) -> NoReturn:
    raise Problem(401, "proof-invalid", f"The proof does not hold: {why}.")
