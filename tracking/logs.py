"""Structured logs: one JSON object a line on standard error, each with its request's id, never a token."""

from __future__ import annotations

import logging
import os
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from flask import request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Response
    from structlog.typing import EventDict, WrappedLogger

CREDENTIAL = re.compile(r"\bf[kcs]_[a-z0-9-]+_\S+")
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")
PLAIN = re.compile(r"(?!f[kcs]_)[A-Za-z0-9._-]{1,64}")  # and nobody's token by mistake

HEADER = "X-Request-Id"
ENVIRON = "footfall.request_id"
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered; empty outside of one."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last stop before the renderer: whatever looks like a credential, token or password is taken out."""
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return PASSWORD_IN_URL.sub(r"\1***@", CREDENTIAL.sub("[redacted]", value))
        case dict():
            return {key: _redacted(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_redacted(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:  # an exception given as it is: its text counts
            return _redacted(str(value))


def _json(event: EventDict, **_: Any) -> str:
    return msgspec.json.encode(event).decode()


def configure(level: str) -> None:
    """Sends structlog's and the standard library's records through one chain."""
    shared: list[structlog.typing.Processor] = [
        add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


def request_id(environ: WSGIEnvironment) -> str:
    """The request's id, from now on in all that is logged: the caller's own `X-Request-Id`, where it is a plain one."""
    found: str | None = environ.get(ENVIRON)
    if found is None:
        given = environ.get("HTTP_X_REQUEST_ID")
        found = environ[ENVIRON] = given if given and PLAIN.fullmatch(given) else os.urandom(16).hex()
    REQUEST_ID.set(found)
    return found


def init_app(app: Flask) -> None:
    """Names each request, and answers with the name."""
    log = structlog.get_logger(__name__)

    @app.before_request
    def name_request() -> None:
        request_id(request.environ)

    @app.after_request
    def answer_with_id(response: Response) -> Response:
        response.headers[HEADER] = REQUEST_ID.get()
        if response.status_code >= 400:
            log.info("refused", method=request.method, path=request.path, status=response.status_code)
        return response


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if found := REQUEST_ID.get():
        event.setdefault("request_id", found)
    return event
