"""Stage 1: `POST /v1/events`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from flask_smorest import Blueprint

from tracking import services
from tracking.ingest.bots import Agents
from tracking.ingest.dialects import DIALECTS, Dialect
from tracking.ingest.schemas import BatchReplySchema
from tracking.provenance.arrival import receive

if TYPE_CHECKING:
    from flask import Request

    from tracking.services import Services

blueprint = Blueprint("ingest", __name__, url_prefix="/v1", description="Events go in")


def ingest(services: Services, request: Request, dialect: Dialect) -> bytes:
    """The reply to a request that brings events, once they are committed; raises `Problem` if it is refused."""
    grant, body = receive(services, request)
    count, events = dialect.decode(body, services.settings.max_events)
    services.gate.spend(grant, "events", count)
    agents = Agents(request.environ.get("HTTP_USER_AGENT", "") if grant.kind == "client" else None)
    return dialect.reply(services.intake.take(grant, events, agents))


@blueprint.post("/events")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": "Batch"}}},
    responses={"200": {"description": "Committed", "content": {"application/json": {"schema": BatchReplySchema}}}},
    security=[{"token": []}],
)
def post_events() -> Response:
    """Write events; a verdict for each comes back, in order. 200 means that they are committed."""
    reply = ingest(services.current(), request, DIALECTS["/v1/events"])
    return Response(reply, content_type="application/json")
