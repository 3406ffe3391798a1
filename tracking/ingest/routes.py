"""Stage 1: `POST /v1/events`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Request, Response, current_app, request
from flask_smorest import Blueprint

from tracking import logs
from tracking.errors import REFUSED
from tracking.ingest import admit, bots, decode
from tracking.ingest.schemas import BatchReplySchema
from tracking.ingest.settle import settle
from tracking.provenance.arrival import receive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from tracking.services import Services

blueprint = Blueprint("ingest", __name__, url_prefix="/v1", description="Events go in")

PATH = "/v1/events"


class Express:
    """Takes `POST /v1/events` before Flask does, whose routing, contexts and hooks cost more than an event's whole way
    to the database (docs/decisions/0012). Whatever goes wrong is left to Flask to answer; without this, all is.
    """

    def __init__(self, app: WSGIApplication, services: Services) -> None:
        self._app = app
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST" or REFUSED in environ:
            return self._app(environ, start_response)
        request_id = logs.request_id(environ)
        try:
            body = ingest(self._services, Request(environ, populate_request=False))
        except Exception as error:  # noqa: BLE001 - raised again where Flask renders it
            environ[REFUSED] = error
            return self._app(environ, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            (logs.HEADER, request_id),
        ]
        start_response("200 OK", headers)
        return [body]


def ingest(services: Services, request: Request) -> bytes:
    """The reply to a request that brings events, once they are committed."""
    settings = services.settings
    grant, body = receive(services, request)
    count, events = decode.decode(body, settings.max_events)
    services.guard.spend(grant, "events", count)
    decided = services.deployment.get()
    oldest, newest = decided.oldest(), admit.newest(settings.future_seconds)
    agents = bots.Agents(request.environ.get("HTTP_USER_AGENT", "") if grant.kind == "client" else None)
    admission = admit.Admission(grant, services.windows.current(), oldest, newest, agents, decided.dropped_until)
    writer = services.writer
    verdicts = settle(writer.write, grant.source_name, admission.rows(events), services.kept, writer.alone)
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
    return msgspec.json.encode({"counts": counts, "verdicts": verdicts})


@blueprint.post("/events")
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": "Batch"}}},
    responses={"200": {"description": "Committed", "content": {"application/json": {"schema": BatchReplySchema}}}},
    security=[{"token": []}],
)
def post_events() -> Response:
    """Write events; a verdict for each comes back, in order. 200 means that they are committed."""
    return Response(ingest(current_app.extensions["footfall"], request), content_type="application/json")


def init_app(app: Flask) -> None:
    app.wsgi_app = Express(app.wsgi_app, app.extensions["footfall"])  # type: ignore[method-assign]
