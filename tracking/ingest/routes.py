"""Stage 1: `POST /v1/events`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from flask import Response, current_app, request
from flask_smorest import Blueprint

from tracking.ingest import admit, bots, decode, writer
from tracking.ingest.arrival import arrive
from tracking.ingest.schemas import BatchReplySchema, BatchSchema

if TYPE_CHECKING:
    from tracking.services import Services

blueprint = Blueprint("ingest", __name__, url_prefix="/v1", description="Events go in")


@blueprint.post("/events")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": BatchSchema}}},
    responses={"200": {"description": "Committed", "content": {"application/json": {"schema": BatchReplySchema}}}},
    security=[{"token": []}],
)
def post_events() -> Response:
    """Write events; a verdict for each comes back, in order. 200 means that they are committed."""
    services: Services = current_app.extensions["footfall"]
    settings = services.settings
    grant, body = arrive(services, request)
    events = decode.decode(body, settings.max_events)
    oldest, newest = admit.window(settings.lateness_days, settings.future_seconds)
    agent = bots.browser(request.environ.get("HTTP_USER_AGENT", "")) if grant.kind == "client" else ""
    admission = admit.Admission(grant, services.windows.current(), oldest, newest, agent)
    return reply(writer.settle(services.writer.write, grant.source, admission.admit(events)))


def reply(verdicts: list[dict[str, str]]) -> Response:
    counts = Counter(verdict["verdict"] for verdict in verdicts)
    return Response(msgspec.json.encode({"counts": counts, "verdicts": verdicts}), content_type="application/json")
