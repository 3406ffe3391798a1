"""`POST /v1/tokens`: signs tokens for backends that do not sign them themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import marshmallow as ma
import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from tracking import body
from tracking.errors import Problem
from tracking.provenance import tokens
from tracking.provenance.gate import presented
from tracking.provenance.schemas import TokenRequestSchema, TokenSchema
from tracking.services import current

if TYPE_CHECKING:
    from tracking.provenance.grants import Grant

blueprint = Blueprint("tokens", __name__, url_prefix="/v1", description="Tokens are minted")

MAX_BODY_BYTES = 200_000
REQUEST = TokenRequestSchema()


@blueprint.post("/tokens")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": TokenRequestSchema}}},
    responses={"200": {"description": "Minted", "content": {"application/json": {"schema": TokenSchema}}}},
    security=[{"token": []}],
)
def post_tokens() -> Response:
    """Mint a client, stats, live or pixel token, with a source's credential that has the right mint."""
    services = current()
    grant = services.gate.authenticate(request, "mint")
    asked = _asked(body.text(body.read(request, MAX_BODY_BYTES, services.settings.read_timeout_seconds)))
    _check_scope(grant, asked, tokens.longest(asked["kind"], services.settings.token_max_seconds))
    now = time.time()
    seconds = max(1, int(min(asked["expires_in"], grant.expires_at - now)))
    try:
        token = tokens.mint(
            presented(request),
            asked["kind"],
            seconds=seconds,
            audience=services.settings.deployment,
            nbf=asked.get("not_before"),
            cnf={"jkt": asked["key"]} if "key" in asked else None,
            **{name: asked[name] for name in tokens.SCOPE[asked["kind"]] & asked.keys()},
        )
    except ma.ValidationError as error:
        raise _invalid(error) from None
    reply = {"token": token, "kind": asked["kind"], "expires_in": seconds, "expires_at": int(now) + seconds}
    reply["now"] = round(now, 3)
    if "creator" in asked:
        reply["creator"] = asked["creator"]
    return Response(msgspec.json.encode(reply), content_type="application/json", headers={"Cache-Control": "no-store"})


def _asked(raw: bytes) -> dict[str, Any]:
    try:
        asked: dict[str, Any] = REQUEST.load(body.json_value(raw))
    except ma.ValidationError as error:
        raise _invalid(error) from None
    return asked


def _invalid(error: ma.ValidationError) -> Problem:
    messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
    return Problem(422, "invalid-parameters", "This token cannot be minted; see errors.", members={"errors": messages})


def _check_scope(grant: Grant, asked: dict[str, Any], max_seconds: int) -> None:
    """Raises `Problem` if the token would grant more than its source has."""
    right = tokens.RIGHT[asked["kind"]]
    if right not in grant.rights:
        raise Problem(
            403, "scope-exceeded", f"Source {grant.source_name} does not have the right {right!r} to pass on."
        )
    if asked["expires_in"] > max_seconds:
        raise Problem(
            422, "invalid-parameters", "The token would live too long; see errors.",
            members={"errors": {"expires_in": [f"at most {max_seconds} seconds here"]}},
        )  # fmt: skip
    proof = grant.source.proof if grant.source else "off"
    if "key" not in asked and proof == "required" and asked["kind"] == "client":
        raise Problem(
            422, "invalid-parameters", "This source's client tokens are bound to a key; see errors.",
            members={"errors": {"key": ["missing; the thumbprint (RFC 7638) of the browser's key"]}},
        )  # fmt: skip
    if "key" in asked and proof == "off":
        raise Problem(
            422, "invalid-parameters", "This source asks for no proof; see errors.",
            members={"errors": {"key": ["the source's proof is off"]}},
        )  # fmt: skip
