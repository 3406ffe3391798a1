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
"""Request ids as tools make them: UUID and other hexadecimal; ULID; or too short to be a part of a token."""

MAX_TEXT = 200
"""Characters of what a request says of itself."""

HEADER = "X-Request-Id"
ENVIRON = "footfall.request_id"
KIND = "footfall.problem"
TOKEN = "footfall.token"  # noqa: S105 - where it is kept, not what it is
"""Places in the WSGI environment: the kind of problem that was answered, and the token as it was sent."""

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered; empty outside of one."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last stop before the renderer: whatever looks like a credential, token or password is taken out."""
    return {key: redacted(value) for key, value in event.items()}


class Handler(logging.StreamHandler[TextIO]):
    """What cannot be written is not shown raw either, as the standard library would."""

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
            log.info("refused", status=response.status_code, **described(request.environ))
        return response


def described(environ: WSGIEnvironment) -> dict[str, str]:
    """A request, for a line of the log: what was asked, why not, for which source, from a page of which origin.

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
