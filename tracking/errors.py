"""The one error type, and the one place that renders it: RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import marshmallow as ma
import msgspec
import psycopg
import sqlalchemy.exc
import structlog
from flask import Response, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from tracking.logs import KIND, REQUEST_ID, described

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

UNANSWERED = "footfall.unanswered"
"""The key of the environment under which a WSGI layer leaves an exception, for Flask to answer with."""
ENDLESS = "footfall.endless"
"""The key under which an answer without an end says so: a server that stops breaks it off between two pieces."""


Members = Callable[[str, dict[str, Any]], dict[str, Any]]
"""The members of a problem as clients of a path read them: path, the members of RFC 9457."""


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """Why a request was refused.

    `kind` is the last part of the problem's `type`, and stable: clients may branch on it.
    `retry_after` in seconds says that the same request may succeed later.
    Further members (RFC 9457, section 3.2) travel in `members`.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        retry_after: int | None = None,
        members: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after
        self.members = members or {}
        self.headers = headers or {}


class ProblemSchema(ma.Schema):
    """RFC 9457 problem details."""

    type = ma.fields.String(required=True, metadata={"description": "stable: branch on this"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True, metadata={"description": "for people: what is wrong, and what to do"})
    request_id = ma.fields.String(required=True, metadata={"description": "finds the request in the log"})
    errors = ma.fields.Dict(metadata={"description": "what is wrong with which parameter"})
    code = ma.fields.String(metadata={"description": "the end of `type`, where Segment's SDKs look for it"})
    message = ma.fields.String(metadata={"description": "as `detail`, where Segment's SDKs look for it"})


class ProblemApi(Api):
    """The OpenAPI document's errors are problems."""

    ERROR_SCHEMA = ProblemSchema


def init_app(app: Flask, members: Members) -> None:
    """Answers every failure of a request with a problem, and never with a traceback."""
    app.before_request(_unanswered)
    for kind in (Exception, HTTPException):  # flask-smorest has a handler of the latter
        app.register_error_handler(kind, lambda error: _render(problem_of(error), members))


def _unanswered() -> None:
    if error := request.environ.pop(UNANSWERED, None):
        raise error


def _render(problem: Problem, members: Members) -> Response:
    """The response as RFC 9457 has it, never cached. `members` may reshape it for the clients of the path."""
    request.environ[KIND] = problem.kind
    body = {
        "type": f"/problems/{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": REQUEST_ID.get(),
        **problem.members,
    }
    response = Response(
        msgspec.json.encode(members(request.path, body)),
        problem.status,
        problem.headers,
        content_type="application/problem+json",
    )
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    response.headers["Cache-Control"] = "no-store"
    return response


@singledispatch
def problem_of(error: Exception) -> Problem:
    """The problem for an error. An error that the client cannot mend is logged."""
    log.error("unexpected error", exc_info=error, error=type(error).__name__, **described(request.environ))
    return Problem(500, "internal", "Something went wrong here; look for the request id in the server's log.")


@problem_of.register
def _refused(problem: Problem) -> Problem:
    return problem


@problem_of.register
def _http_error(error: HTTPException) -> Problem:
    allow = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(allow))} if allow else None
    kind = error.name.lower().replace(" ", "-")
    return Problem(error.code or 500, kind, error.description or error.name, headers=headers)


@problem_of.register(sqlalchemy.exc.OperationalError)
@problem_of.register(sqlalchemy.exc.InternalError)
@problem_of.register(sqlalchemy.exc.InterfaceError)
@problem_of.register(sqlalchemy.exc.TimeoutError)
@problem_of.register(psycopg.OperationalError)
def _no_database(error: Exception) -> Problem:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return Problem(503, "too-heavy", "The answer took too long; ask for a shorter period or fewer receivers.")
    said = str(cause).strip().partition("\n")[0]
    if isinstance(cause, psycopg.errors.DiskFull):
        log.error("disk full", said=said, **described(request.environ))
        return Problem(503, "disk-full", "The database's disk is full; nothing was stored.", retry_after=30)
    log.error("database unavailable", error=type(cause).__name__, said=said, **described(request.environ))
    detail = "The database cannot be reached, or cannot write. Send the same again: nothing is stored twice."
    return Problem(503, "database-unavailable", detail, retry_after=2)


@problem_of.register(sqlalchemy.exc.DataError)
@problem_of.register(psycopg.DataError)
def _unfit(error: Exception) -> Problem:
    log.warning("unfit value", error=type(getattr(error, "orig", None) or error).__name__, path=request.path)
    return Problem(422, "invalid-parameters", "A value is out of range, or a text has a NUL in it.")
