"""Stage 6: `/v1/stats/…`. A question comes as the query of a GET or, if that would be too long, as the JSON of a
POST, by the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import marshmallow as ma
from flask import request
from flask_smorest import Blueprint

from tracking import body, parameters
from tracking.errors import Problem
from tracking.provenance.arrival import receive
from tracking.provenance.gate import presented
from tracking.services import current
from tracking.stats import answer_schemas, schemas
from tracking.stats.answers import respond
from tracking.stats.ask import ask

if TYPE_CHECKING:
    from flask import Response

    from tracking.stats.queries import Query

blueprint = Blueprint("stats", __name__, url_prefix="/v1/stats", description="Counts come out")

ENDPOINTS = (
    (
        "summary", schemas.SummaryQuerySchema, answer_schemas.SummarySchema,
        "Events and exact unique creators of a period, the period before, and the change.",
    ), (
        "timeseries", schemas.TimeseriesQuerySchema, answer_schemas.TimeseriesSchema,
        "Events and exact unique creators by hour, day, week or month of any timezone, gaps as zeros.",
    ), (
        "breakdown", schemas.BreakdownQuerySchema, answer_schemas.BreakdownSchema,
        "Events and exact unique creators by name, action, detail, source, receiver type, or a property.",
    ), (
        "top", schemas.TopQuerySchema, answer_schemas.TopSchema,
        "Receivers with their titles, most events or most unique creators first.",
    ), (
        "funnel", schemas.FunnelQuerySchema, answer_schemas.FunnelSchema,
        "How many creators came from step to step, in order and on the same receiver, with rates.",
    ), (
        "explain", schemas.ExplainQuerySchema, answer_schemas.ExplainSchema,
        "Why a number is no larger: what was stored, what of it counts, why the rest does not, and by which rules.",
    ), (
        "overlap", schemas.OverlapQuerySchema, answer_schemas.OverlapSchema,
        "How many people did one thing and another: saw this and applied to that.",
    ),
)  # fmt: skip
"""Name, what it takes, what it gives, and what the documents say of it."""


def _register(name: str, asked: type[schemas.StatsQuerySchema], answered: type[ma.Schema], says: str) -> None:
    """The two views of one endpoint: for either form of its question."""

    def by_query() -> Response:
        services = current()
        grant = services.gate.authenticate(request, "stats")
        query: Query = parameters.loaded(asked(), parameters.of_query(request, asked()))
        return respond(request, query, ask(services.counts, grant, query))

    def by_body() -> Response:
        services = current()
        presented(request)  # not in the body, where the parameters are
        grant, sent = receive(services, request, "stats")
        if request.args:
            raise parameters.invalid({name: ["in the body, not in the address"] for name in request.args})
        query: Query = parameters.loaded(asked(), _document(sent))
        return respond(request, query, ask(services.counts, grant, query))

    by_query.__doc__ = by_body.__doc__ = says
    response = blueprint.response(200, answered)
    documented = blueprint.doc(security=[{"token": []}])
    with_query = blueprint.doc(parameters=[{"in": "query", "schema": asked}])
    with_body = blueprint.doc(requestBody={"required": True, "content": {"application/json": {"schema": asked}}})
    blueprint.get(f"/{name}", endpoint=name)(response(with_query(documented(by_query))))
    blueprint.post(f"/{name}", endpoint=f"{name}_by_body")(response(with_body(documented(by_body))))


def _document(sent: bytes) -> dict[str, Any]:
    """Raises `Problem` 400 if it is no JSON object."""
    document = body.json_value(sent)
    if not isinstance(document, dict):
        raise Problem(400, "invalid-json", "The body is not a JSON object.")
    return document


for endpoint in ENDPOINTS:
    _register(*endpoint)
