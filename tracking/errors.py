"""The one error type, and the one place that renders it: RFC 9457 problem details."""

from __future__ import annotations

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

REFUSED = "footfall.refused"
"""Where a WSGI layer leaves the exception, where it refuses a request before Flask has it."""


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


class ProblemApi(Api):
    """The OpenAPI document's errors are problems."""

    ERROR_SCHEMA = ProblemSchema


def render(problem: Problem) -> Response:
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
        msgspec.json.encode(body), problem.status, problem.headers, content_type="application/problem+json"
    )
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Every failure of a request leaves through here, and none with a traceback."""
    app.before_request(_refused_already)

    @app.errorhandler(Problem)
    def refused(problem: Problem) -> Response:
        return render(problem)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        problem = Problem(error.code or 500, _kind(error), error.description or error.name)
        response = render(problem)
        if allow := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(allow))
        return response

    @app.errorhandler(sqlalchemy.exc.OperationalError)
    @app.errorhandler(sqlalchemy.exc.InternalError)
    @app.errorhandler(sqlalchemy.exc.InterfaceError)
    @app.errorhandler(sqlalchemy.exc.TimeoutError)
    @app.errorhandler(psycopg.OperationalError)
    def no_database(error: Exception) -> Response:
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, psycopg.errors.QueryCanceled):
            return render(
                Problem(503, "too-heavy", "The answer took too long; ask for a shorter period or fewer receivers.")
            )
        if isinstance(cause, psycopg.errors.DiskFull):
            log.error("disk full", said=str(cause).partition("\n")[0], **described(request.environ))
            return render(Problem(503, "disk-full", "The database's disk is full; nothing was stored.", retry_after=30))
        said = str(cause).strip().partition("\n")[0]
        log.error("database unavailable", error=type(cause).__name__, said=said, **described(request.environ))
        return render(
            Problem(
                503,
                "database-unavailable",
                "The database cannot be reached, or cannot write; nothing was stored.",
                retry_after=2,
            )
        )

    @app.errorhandler(sqlalchemy.exc.DataError)
    @app.errorhandler(psycopg.DataError)
    def unfit(error: Exception) -> Response:
        log.warning("unfit value", error=type(getattr(error, "orig", None) or error).__name__, path=request.path)
        return render(Problem(422, "invalid-parameters", "A value is out of range, or a text has a NUL in it."))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected error", exc_info=error, error=type(error).__name__, **described(request.environ))
        return render(Problem(500, "internal", "Something went wrong here; the request id finds it in our log."))


def _refused_already() -> None:
    if error := request.environ.pop(REFUSED, None):
        raise error


def _kind(error: HTTPException) -> str:
    return error.name.lower().replace(" ", "-")
