"""Stages 1 and 2: what came, and who sent it. The token comes in a header, or in the body as `sendBeacon` sends it, or
as Segment's SDKs do.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from tracking import body
from tracking.errors import Problem
from tracking.provenance.gate import ASK, presented

if TYPE_CHECKING:
    from flask import Request

    from tracking.provenance.grants import Grant
    from tracking.services import Services


class Envelope(msgspec.Struct):
    """The parts of a body beside its events. A signed body has its text in `body`, which `proof` covers."""

    token: str | None = None
    write_key: str | None = msgspec.field(name="writeKey", default=None)
    proof: str | None = None
    body: str | None = None


_envelope = msgspec.json.Decoder(Envelope).decode


def receive(services: Services, request: Request, right: str = "ingest") -> tuple[Grant, bytes]:
    """The grant of the sender, and the body to decode.

    Raises `Problem`: 401 and 403 as `Gate.authenticate`, 408 and 413 as `body.read`, 429 as `Limits.spend`.
    """
    settings, gate = services.settings, services.gate
    if "HTTP_AUTHORIZATION" in request.environ:  # authenticate before reading the body
        token = presented(request)
        grant = gate.enter(request, token, right)
        sent = body.read(request, settings.max_body_bytes, settings.read_timeout_seconds)
        grant = gate.check_proof(grant, request, token, sent, request.environ.get("HTTP_DPOP"))
        plain = body.unzipped(sent, settings.max_body_bytes)
        gate.spend(grant, "bytes", len(plain))
        return grant, body.text(plain)
    sent = body.read(request, settings.max_body_bytes, settings.read_timeout_seconds)
    plain = body.unzipped(sent, settings.max_body_bytes)
    envelope = _opened(body.text(plain))
    key = envelope.token if envelope.token is not None else envelope.write_key
    if key is None:
        raise Problem(401, "token-missing", ASK)
    grant = gate.enter(request, key, right)
    signed = plain if envelope.body is None else envelope.body.encode()
    grant = gate.check_proof(grant, request, key, signed, envelope.proof)
    gate.spend(grant, "bytes", len(plain))
    return grant, body.text(signed)


def _opened(plain: bytes) -> Envelope:
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _envelope(plain)
    # half a surrogate pair, which JavaScript writes and nobody can store, or great depth is the fault of one event only
    try:
        found = msgspec.convert(json.loads(body.shallow(plain).decode()), Envelope)
        return _envelope(msgspec.json.encode(found))  # where it stands in these parts, they cannot be written again
    except (ValueError, RecursionError):
        raise Problem(401, "token-missing", ASK) from None
