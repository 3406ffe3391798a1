"""Stages 1 and 2: what came, and who sent it. The token comes in a header, or in the body as `sendBeacon` sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tracking.errors import Problem
from tracking.ingest import body
from tracking.provenance.guard import ASK, presented

if TYPE_CHECKING:
    from flask import Request

    from tracking.provenance.grants import Grant
    from tracking.services import Services


class Carried(msgspec.Struct):
    """What a body carries beside its events. `body` is there where it is signed: the very text that `proof` covers."""

    token: str | None = None
    proof: str | None = None
    body: str | None = None


_carried = msgspec.json.Decoder(Carried).decode


def arrive(services: Services, request: Request, right: str = "ingest") -> tuple[Grant, bytes]:
    """What the sender may do, and the body as it is to be decoded.

    Raises `Problem`: 401 and 403 as `Guard.admit`, 408 and 413 as `body.receive`, 429 as `Limits.spend`.
    """
    settings, guard = services.settings, services.guard
    if "HTTP_AUTHORIZATION" in request.environ:  # who may not send is not even read
        token = presented(request)
        grant = guard.enter(request, token, right)
        sent = body.receive(request, settings.max_body_bytes, settings.read_timeout_seconds)
        guard.check_proof(grant, request, token, sent, request.environ.get("HTTP_DPOP"))
        plain = body.unzipped(sent, settings.max_body_bytes)
        guard.spend(grant, "bytes", len(plain))
        return grant, body.text(plain)
    sent = body.receive(request, settings.max_body_bytes, settings.read_timeout_seconds)
    plain = body.unzipped(sent, settings.max_body_bytes)
    carried = _carry(body.text(plain))
    if carried.token is None:
        raise Problem(401, "token-missing", ASK)
    grant = guard.enter(request, carried.token, right)
    signed = plain if carried.body is None else carried.body.encode()
    guard.check_proof(grant, request, carried.token, signed, carried.proof)
    guard.spend(grant, "bytes", len(plain))
    return grant, body.text(signed)


def _carry(plain: bytes) -> Carried:
    try:
        return _carried(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(401, "token-missing", ASK) from None
