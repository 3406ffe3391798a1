"""A question comes as the query of a GET or, where that would be too long, as the JSON of a POST: by the same names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import marshmallow as ma
import msgspec
from flask import current_app, request

from tracking.errors import Problem
from tracking.ingest.arrival import arrive
from tracking.provenance.guard import presented

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
        def by_query(query: dict[str, Any]) -> Response:
            services: Services = current_app.extensions["footfall"]
            return view(query, services.guard.admit(request, "stats"))

        @functools.wraps(view)
        def by_body() -> Response:
            services: Services = current_app.extensions["footfall"]
            presented(request)  # not in the body, where the parameters are
            grant, sent = arrive(services, request, "stats")
            return view(_parameters(question(), sent), grant)

        answered = blueprint.response(200, answer)
        documented = blueprint.doc(security=[{"token": []}])
        parameters = blueprint.arguments(question, location="query", unknown=ma.RAISE)
        blueprint.get(path)(parameters(answered(documented(by_query))))
        body = {"required": True, "content": {"application/json": {"schema": question}}}
        with_body = blueprint.doc(requestBody=body)
        blueprint.post(path, endpoint=f"{view.__name__}_by_body")(answered(with_body(documented(by_body))))
        return view

    return register


def _parameters(question: ma.Schema, sent: bytes) -> dict[str, Any]:
    """Raises `Problem` 400 where it is no JSON object, 422 for parameters that a query would be refused for, too."""
    try:
        document = msgspec.json.decode(sent, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "invalid-json", "The body is not a JSON object in UTF-8.") from None
    try:
        parameters: dict[str, Any] = question.load(document, unknown=ma.RAISE)
    except ma.ValidationError as error:
        raise Problem(
            422, "invalid-parameters", "The request has invalid parameters; see errors.",
            members={"errors": {"json": error.messages}},
        ) from None  # fmt: skip
    return parameters
