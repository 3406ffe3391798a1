"""`PUT /v1/receivers` and `/v1/event-types`: describe receivers, and names."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from tracking import body, parameters
from tracking.catalogue import event_types, receivers, seen
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.catalogue.reply_schemas import EventTypesQuerySchema, EventTypesReplySchema, EventTypesReportSchema
from tracking.catalogue.schemas import ReceiversReplySchema, ReceiversSchema
from tracking.errors import Problem
from tracking.provenance.arrival import receive
from tracking.provenance.gate import presented
from tracking.services import current

UNSTORED = "Nothing was stored; see errors."
blueprint = Blueprint("catalogue", __name__, url_prefix="/v1", description="What is known of receivers and names")

RECEIVERS = ReceiversSchema()
EVENT_TYPES = EventTypesSchema()
QUERY = EventTypesQuerySchema()
LIVE = "fl_"
"""How a live token begins. The page has one, of a source that may also do what this endpoint needs."""


@blueprint.put("/receivers")
@blueprint.response(200, ReceiversReplySchema)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": ReceiversSchema}}},
    security=[{"token": []}],
)
def put_receivers() -> dict[str, Any]:
    """Add or replace receivers, all of the batch or none. A field that is left out is removed."""
    services = current()
    _, sent = receive(services, request, "catalogue")
    loaded = _load(RECEIVERS, "receivers", sent)
    with services.engine.begin() as connection:
        receivers.put(connection, loaded)
    return {"receivers": len(loaded)}


@blueprint.put("/event-types")
@blueprint.response(200, EventTypesReplySchema)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": EventTypesSchema}}},
    security=[{"token": []}],
)
def put_event_types() -> dict[str, Any]:
    """Add or replace event types, all of the batch or none. A field that is left out has its default."""
    services = current()
    _, sent = receive(services, request, "catalogue")
    loaded = _load(EVENT_TYPES, "event_types", sent)
    try:
        with services.engine.begin() as connection:
            event_types.put(connection, loaded)
    except event_types.TooMany as error:
        raise Problem(422, "invalid-event-types", f"Nothing was stored: {error}.") from None
    return {"event_types": len(loaded)}


@blueprint.get("/event-types")
@blueprint.doc(
    parameters=[{"in": "query", "schema": EventTypesQuerySchema}],
    responses={
        "200": {"description": "OK", "content": {"application/json": {"schema": EventTypesReportSchema}}},
    },
    security=[{"token": []}],
)
def get_event_types() -> Response:
    """The catalogue, with what came in of each name lately, and the names that it does not have."""
    services = current()
    grant = services.gate.authenticate(request, "live" if presented(request).startswith(LIVE) else "catalogue")
    if grant.source is None or "catalogue" not in grant.source.rights:
        raise Problem(403, "not-allowed", f"Source {grant.source_name} does not have the right 'catalogue'.")
    asked = parameters.loaded(QUERY, parameters.of_query(request, QUERY))
    with services.counts.engine.connect() as connection:
        report = seen.report(connection, asked["days"])
    return Response(msgspec.json.encode(report), content_type="application/json")


def _load(schema: ma.Schema, what: str, sent: bytes) -> list[dict[str, Any]]:
    """What a body lists. Raises `Problem` 400 if it is no JSON, 422 with the faults of each member."""
    document = body.json_value(sent)
    if not isinstance(document, dict):
        raise Problem(400, "invalid-envelope", f'The body must be {{"{what}": [...]}}.')
    try:
        loaded: list[dict[str, Any]] = schema.load(document)[what]
    except ma.ValidationError as error:
        members = {"errors": error.messages}
        if what == "receivers":
            raise Problem(422, "invalid-receivers", UNSTORED, members=members) from None
        raise Problem(422, "invalid-event-types", UNSTORED, members=members) from None
    return loaded
