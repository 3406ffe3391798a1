"""Stage 1: the paths of `DIALECTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint as FlaskBlueprint
from flask import Response, request
from flask_smorest import Blueprint

from tracking import services
from tracking.ingest import pixel
from tracking.ingest.bots import Agents
from tracking.ingest.dialects import DIALECTS, Dialect, segment
from tracking.ingest.schemas import BatchReplySchema, CallsReplySchema
from tracking.provenance.arrival import receive
from tracking.provenance.gate import in_query

if TYPE_CHECKING:
    from flask import Request

    from tracking.services import Services

blueprint = Blueprint("ingest", __name__, url_prefix="/v1", description="Events go in")


def ingest(services: Services, request: Request, dialect: Dialect) -> bytes:
    """The reply to a request that brings events, once they are committed; raises `Problem` if it is refused."""
    grant, body = receive(services, request)
    decoded = dialect.decode(body, services.settings.max_events, grant)
    services.gate.spend(grant, "events", decoded.total)
    agents = Agents(request.environ.get("HTTP_USER_AGENT", "") if grant.kind == "client" else None)
    return dialect.reply(decoded, services.intake.take(grant, decoded.events, agents))


@blueprint.post("/events")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": "Batch"}}},
    responses={"200": {"description": "Committed", "content": {"application/json": {"schema": BatchReplySchema}}}},
    security=[{"token": []}],
)
def post_events() -> Response:
    """Write events; a verdict for each comes back, in order. 200: committed, or with a queue, confirmed by it."""
    reply = ingest(services.current(), request, DIALECTS["/v1/events"])
    return Response(reply, content_type="application/json")


@blueprint.doc(
    responses={"200": {"description": "Committed", "content": {"application/json": {"schema": CallsReplySchema}}}},
    security=[{"token": []}],
)
def post_calls() -> Response:
    """Write events by the SDKs of Segment and RudderStack."""
    return Response(ingest(services.current(), request, DIALECTS[request.path]), content_type="application/json")


REFUSED = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSALS = {
    "401": "The token is missing, expired, revoked, …; branch on type",
    "403": "The token is of another kind, or its source may not write",
    "429": "Too many requests; Retry-After says when to come back",
}


@blueprint.get("/pixel.gif")
@blueprint.doc(
    parameters=[{"in": "query", "name": "token", "required": True, "schema": {"type": "string"}}],
    responses={"200": {"description": "Committed", "content": {"image/gif": {"schema": {"type": "string"}}}}}
    | {status: {"description": says, "content": REFUSED} for status, says in REFUSALS.items()},
)
def get_pixel() -> Response:
    """Write the one event that a pixel token says, now, as when a mail is opened."""
    here = services.current()
    grant = here.gate.enter(request, in_query(request), "pixel")
    if request.method != "HEAD":
        here.gate.spend(grant, "events")
        here.intake.take(grant, [pixel.event(grant)], Agents(excluded=pixel.excluded(request.environ)))
    return Response(pixel.GIF, content_type="image/gif", headers=pixel.HEADERS)


DOCUMENTED = ("batch", "track", *segment.VIEWS)
"""The other paths are short forms, and for calls that are no events."""
for kind in DOCUMENTED:
    schema = "SegmentBatch" if kind == "batch" else "SegmentCall"
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    blueprint.post(f"/{kind}", endpoint=f"post_{kind}")(blueprint.doc(requestBody=body)(post_calls))
for name in {path.rpartition("/")[2] for path in segment.PATHS}.difference(DOCUMENTED):
    FlaskBlueprint.add_url_rule(blueprint, f"/{name}", f"post_{name}", post_calls, methods=["POST"])
