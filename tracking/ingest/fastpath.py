"""Stage 1 without Flask, whose routing, contexts and hooks cost more than an event's whole way to the database
(docs/decisions/0011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Request

from tracking import logs, services
from tracking.errors import UNANSWERED
from tracking.ingest.dialects import DIALECTS
from tracking.ingest.routes import ingest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask


class FastPath:
    """Answers what goes well. The error of what does not is left for Flask to render. Without this layer the views
    answer all, more slowly.
    """

    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        dialect = DIALECTS.get(environ["PATH_INFO"])
        if dialect is None or environ["REQUEST_METHOD"] != "POST" or UNANSWERED in environ:
            return self._wsgi(environ, start_response)
        request_id = logs.request_id(environ)
        environ[logs.ROUTE] = environ["PATH_INFO"]
        try:
            body = ingest(services.of(self._app), Request(environ, populate_request=False), dialect)
        except Exception as error:  # noqa: BLE001 - raised again where Flask renders it
            environ[UNANSWERED] = error
            return self._wsgi(environ, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            (logs.HEADER, request_id),
        ]
        start_response("200 OK", headers)
        return [body]
