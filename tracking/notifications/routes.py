"""`/v1/unsubscribe`: people stop messages by the link in them. `/v1/optouts`: the platform does it for them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from flask import Response, jsonify, request
from flask_smorest import Blueprint

from tracking import body
from tracking.errors import Problem, ProblemSchema, problem_of
from tracking.logs import KIND
from tracking.notifications import optouts, pages, unsubscribing
from tracking.notifications.schemas import OptoutsQuerySchema, OptoutsReplySchema, OptoutsSchema, StoppedSchema
from tracking.provenance.arrival import receive
from tracking.services import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tracking.notifications.unsubscribing import Choice

blueprint = Blueprint("notifications", __name__, url_prefix="/v1", description="People want no more messages")

MAX_BODY_BYTES = 10_000
"""Of a request that stops messages: `List-Unsubscribe=One-Click`, or whatever a mail program adds to it."""
QUERY, BODY = OptoutsQuerySchema(), OptoutsSchema()

PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
REFUSED: dict[str, Any] = {"application/problem+json": {"schema": ProblemSchema}} | PAGE
UNSUBSCRIBE: dict[str, Any] = {
    "parameters": [
        {
            "in": "query",
            "name": "token",
            "required": True,
            "schema": {"type": "string", "maxLength": unsubscribing.MAX_LENGTH},
            "description": "as it is in the message",
        }
    ]
}
REFUSALS = {
    "401": {"description": "The link is broken, expired, or of another deployment; branch on type", "content": REFUSED},
    "429": {"description": "Too many requests; Retry-After says when to come back", "content": REFUSED},
}


def _for_people(view: Callable[[], Response]) -> Callable[[], Response]:
    """The view, whose problems are pages for browsers."""

    @wraps(view)
    def answer() -> Response:
        try:
            return view()
        except Exception as error:
            if not pages.is_browser(request):
                raise
            problem = problem_of(error)
            request.environ[KIND] = problem.kind
            return pages.problem(request, problem)

    return answer


@blueprint.get("/unsubscribe")
@blueprint.doc(responses={"200": {"description": "A page with a button", "content": PAGE}} | REFUSALS, **UNSUBSCRIBE)
@_for_people
def get_unsubscribe() -> Response:
    """Show a page with a button that stops messages. It changes nothing: mail scanners follow links."""
    return pages.question(request, _choice())


@blueprint.post("/unsubscribe")
@blueprint.doc(
    requestBody={
        "required": False,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"List-Unsubscribe": {"type": "string"}}}
            }
        },
    },
    responses={
        "200": {"description": "Stopped", "content": {"application/json": {"schema": StoppedSchema}} | PAGE},
    }
    | REFUSALS,
    **UNSUBSCRIBE,
)
@_for_people
def post_unsubscribe() -> Response:
    """Stop messages, by the token alone (RFC 8058): the kinds and the person that it names."""
    services = current()
    choice = _choice()
    body.read(request, MAX_BODY_BYTES, services.settings.read_timeout_seconds)  # it says nothing more
    with services.engine.begin() as connection:
        optouts.stop(connection, choice.person, choice.kinds)
    return jsonify(choice._asdict()) if pages.is_program(request) else pages.stopped(request, choice)


@blueprint.get("/optouts")
@blueprint.response(200, OptoutsReplySchema)
@blueprint.doc(parameters=[{"in": "query", "schema": OptoutsQuerySchema}], security=[{"token": []}])
def get_optouts() -> dict[str, Any]:
    """What a person wants no more."""
    services = current()
    services.gate.authenticate(request, "catalogue")
    person = _loaded(QUERY, request.args.to_dict())["person"]
    with services.engine.connect() as connection:
        return _reply(connection, person)


@blueprint.put("/optouts")
@blueprint.response(200, OptoutsReplySchema)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": OptoutsSchema}}},
    security=[{"token": []}],
)
def put_optouts() -> dict[str, Any]:
    """Set what a person wants no more. With no kinds the person wants all again."""
    services = current()
    _, sent = receive(services, request, "catalogue")
    asked = _loaded(BODY, body.json_value(sent))
    with services.engine.begin() as connection:
        optouts.put(connection, asked["person"], asked["kinds"])
        return _reply(connection, asked["person"])


def _choice() -> Choice:
    settings = current().settings
    return unsubscribing.read(request.args.get("token", ""), settings.secret_keys, settings.deployment)


def _reply(connection: Connection, person: str) -> dict[str, Any]:
    return {"person": person, "kinds": optouts.stopped(connection, person)}


def _loaded(schema: ma.Schema, sent: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ma.ValidationError as error:
        raise Problem(
            422, "invalid-parameters", "Nothing was changed; see errors.", members={"errors": error.messages}
        ) from None
    return loaded
