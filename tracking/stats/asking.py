"""A question comes as the query of a GET or, where that would be too long, as the JSON of a POST: by the same names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from flask import current_app, request

from tracking import body
from tracking.errors import Problem
from tracking.provenance.arrival import receive
from tracking.provenance.gate import presented

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from flask_smorest import Blueprint

    from tracking.provenance.grants import Grant
    from tracking.services import Services

    View = Callable[[dict[str, Any], Grant], Response]


def asked_at(
    blueprint: Blueprint, path: str, question: type[ma.Schema], answer: type[ma.Schema]
) -> Callable[[View], View]:
    """Registers a view for both forms of its question: it is given the parameters, and who asks."""

    def register(view: View) -> View:
        @functools.wraps(view)
        def by_query() -> Response:
            services: Services = current_app.extensions["footfall"]
            grant = services.gate.authenticate(request, "stats")
            return view(_parameters(question(), _query(question())), grant)

        @functools.wraps(view)
        def by_body() -> Response:
            services: Services = current_app.extensions["footfall"]
            presented(request)  # not in the body, where the parameters are
            grant, sent = receive(services, request, "stats")
            return view(_parameters(question(), _document(sent)), grant)

        answered = blueprint.response(200, answer)
        documented = blueprint.doc(security=[{"token": []}])
        with_query = blueprint.doc(parameters=[{"in": "query", "schema": question}])
        blueprint.get(path)(answered(with_query(documented(by_query))))
        body = {"required": True, "content": {"application/json": {"schema": question}}}
        with_body = blueprint.doc(requestBody=body)
        blueprint.post(path, endpoint=f"{view.__name__}_by_body")(answered(with_body(documented(by_body))))
        return view

    return register


def _query(question: ma.Schema) -> dict[str, Any]:
    """The request's query: of what may be repeated all values, of all else the first."""
    listed = {name for name, field in question.fields.items() if isinstance(field, ma.fields.List)}
    return {name: values if name in listed else values[0] for name, values in request.args.lists()}


def _document(sent: bytes) -> dict[str, Any]:
    """Raises `Problem` 400 where it is no JSON object."""
    document = body.json_value(sent)
    if not isinstance(document, dict):
        raise Problem(400, "invalid-json", "The body is not a JSON object.")
    return document


def _parameters(question: ma.Schema, asked: dict[str, Any]) -> dict[str, Any]:
    """Raises `Problem` 422 for what does not make a question, in the same words for both forms of it."""
    try:
        parameters: dict[str, Any] = question.load(asked, unknown=ma.RAISE)
    except ma.ValidationError as error:
        raise Problem(
            422, "invalid-parameters", "The request has invalid parameters; see errors.",
            members={"errors": error.messages},
        ) from None  # fmt: skip
    return parameters
