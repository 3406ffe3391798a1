"""`GET /v1/live`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Response, request
from flask_smorest import Blueprint

from tracking import parameters
from tracking.errors import ENDLESS, Problem
from tracking.exports.asking import Asking, in_turn
from tracking.live.places import place_of
from tracking.live.schemas import FilterSchema
from tracking.live.stream import Stream
from tracking.provenance.gate import presented
from tracking.services import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.live.places import Place
    from tracking.services import Services

blueprint = Blueprint("live", __name__, url_prefix="/v1", description="Events are watched as they arrive")

BEHIND = "Last-Event-ID"
AHEAD = timedelta(minutes=1)
"""By so much the database's clock may differ from ours: nobody was told what arrives later."""


@blueprint.get("/live")
@blueprint.doc(
    parameters=[
        {"in": "query", "schema": FilterSchema},
        {
            "in": "header",
            "name": BEHIND,
            "schema": {"type": "string"},
            "description": "the id of the last message of a stream before: this one goes on behind it",
        },
    ],
    responses={
        "200": {
            "description": "Server-sent events without an end: `event`, `gap`, `pulse`, and `end` with the reason",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
    security=[{"token": []}],
)
def get_live() -> Response:
    """What becomes of events, as they arrive, with the reason and how to mend it: a stream of server-sent events."""
    services = current()
    grant = services.gate.authenticate(request, "live")
    if request.environ["SERVER_PROTOCOL"] == "HTTP/1.0":
        raise Problem(400, "chunks-needed", "A stream comes in chunks: ask by HTTP/1.1, and by no proxy with less.")
    schema = FilterSchema()
    which = parameters.loaded(schema, parameters.of_query(request, schema))
    place = _place(request.headers.get(BEHIND))
    stream = Stream(
        Asking(partial(in_turn, services.counts, grant.account)),
        which,
        partial(services.gate.authorize, presented(request), "live"),
        services.intake.windows.current,
    )
    pieces = _in_a_slot(services, grant.account, stream, place)
    next(pieces)
    request.environ[ENDLESS] = True
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx keeps what it buffers from the reader
    return Response(pieces, content_type="text/event-stream; charset=utf-8", headers=headers)


def _in_a_slot(services: Services, account: str, stream: Stream, place: Place | None) -> Iterator[bytes]:
    """First nothing, once there is a slot; then the stream. Closing it gives the slot back, at any point."""
    with services.streams.slot(account):
        yield b""
        yield from stream.pieces(place)


def _place(text: str | None) -> Place | None:
    if text is None or text == "":
        return None
    place = place_of(text)
    if place is None or place.moment > datetime.now(UTC) + AHEAD:
        raise parameters.invalid(
            {BEHIND: ["expected the id of a message of this stream"]}, f"{BEHIND} is no id of this stream."
        )
    return place
