"""The limit of requests by address, on every path: a request beyond it is refused before any other work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import services
from tracking.errors import UNANSWERED, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

HEALTH = "/healthz"
"""The path without a limit: it does no work, and a supervisor that restarts silent processes must not be refused."""


class AddressLimit:
    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != HEALTH or UNANSWERED in environ:
            try:
                services.of(self._app).gate.limits.check_address(environ.get("REMOTE_ADDR") or "")
            except Problem as problem:
                environ[UNANSWERED] = problem
        return self._wsgi(environ, start_response)
