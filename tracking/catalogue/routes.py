"""`PUT /v1/receivers`: describes receivers and their owners."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest import Blueprint

from tracking import body
from tracking.catalogue.receivers import put
from tracking.catalogue.schemas import ReceiversReplySchema, ReceiversSchema
from tracking.errors import Problem
from tracking.provenance.arrival import receive
from tracking.services import current

blueprint = Blueprint("catalogue", __name__, url_prefix="/v1", description="Titles and owners of receivers")

RECEIVERS = ReceiversSchema()


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
    receivers = _load(sent)
    with services.engine.begin() as connection:
        put(connection, receivers)
    return {"receivers": len(receivers)}


def _load(sent: bytes) -> list[dict[str, Any]]:
    """The receivers of a body. Raises `Problem` 400 if it is no JSON, 422 with the faults of each receiver."""
    document = body.json_value(sent)
    if not isinstance(document, dict):
        raise Problem(400, "invalid-envelope", 'The body must be {"receivers": [...]}.')
    try:
        receivers: list[dict[str, Any]] = RECEIVERS.load(document)["receivers"]
    except ma.ValidationError as error:
        detail = "Nothing was stored; see errors."
        raise Problem(422, "invalid-receivers", detail, members={"errors": error.messages}) from None
    return receivers
