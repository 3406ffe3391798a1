"""Structured logs: one JSON object a line on standard error, each with its request's id, never a token."""

from __future__ import annotations

import logging
import os
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
import structlog
from flask import request

from tracking.redaction import redacted
from tracking.vocabulary import sender

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Response
    from structlog.typing import EventDict, WrappedLogger

PLAIN = re.compile(r"[0-9A-Fa-f-]{8,64}|[0-7][0-9A-HJKMNP-TV-Z]{25}|[A-Za-z0-9._-]{1,12}")
"""Request ids of common tools: UUID and other hexadecimal; ULID; or a text too short to be a part of a token."""

MAX_TEXT = 200
"""Characters of a text that a request says about itself."""

HEADER = "X-Request-Id"
ENVIRON = "footfall.request_id"
KIND = "footfall.problem"
TOKEN = "footfall.token"  # noqa: S105 - the name of its place
ROUTE = "footfall.route"
"""Places in the WSGI environment: the kind of problem that was answered, the token as it was sent, the path's rule."""

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The request that this code answers; empty outside of one."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last step before the renderer: takes out every text that looks like a credential, token or password."""
    return {key: redacted(value) for key, value in event.items()}


class Handler(logging.StreamHandler[TextIO]):
    """A handler that never shows a record raw if it cannot write it, as the standard library would."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        self.stream.write(_json({"event": "a line could not be written", "level": "error", "logger": record.name}))
        self.stream.write(self.terminator)


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
    handler = Handler(sys.stderr)
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
    for chatty in ("apscheduler", "botocore", "pyiceberg"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def request_id(environ: WSGIEnvironment) -> str:
    """The request's id: the caller's `X-Request-Id` if it is a plain one. From now on each line of the log has it."""
    found: str | None = environ.get(ENVIRON)
    if found is None:
        given = environ.get("HTTP_X_REQUEST_ID")
        found = environ[ENVIRON] = given if given and PLAIN.fullmatch(given) else os.urandom(16).hex()
    REQUEST_ID.set(found)
    return found


def init_app(app: Flask) -> None:
    """Gives each request an id, and each answer the same."""
    log = structlog.get_logger(__name__)

    @app.before_request
    def name_request() -> None:
        request_id(request.environ)
        if request.url_rule is not None:
            request.environ.setdefault(ROUTE, request.url_rule.rule)

    @app.after_request
    def answer_with_id(response: Response) -> Response:
        response.headers[HEADER] = REQUEST_ID.get()
        if response.status_code >= 400:
            log.info("refused", status=response.status_code, **described(request.environ))
        return response


def described(environ: WSGIEnvironment) -> dict[str, str]:
    """A refused request for the log: method, path, kind of problem, source, and origin of the page.

    The source is the one that the token names, proven or not.
    """
    said = {
        "method": environ["REQUEST_METHOD"],
        "path": request.path,
        "kind": environ.get(KIND),
        "source": sender(environ.get(TOKEN, "")),
        "origin": environ.get("HTTP_ORIGIN"),
    }
    return {name: text[:MAX_TEXT] for name, text in said.items() if text}


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if found := REQUEST_ID.get():
        event.setdefault("request_id", found)
    return event
