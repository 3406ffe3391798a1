"""The outermost layer: counts each request, and writes a line of the log for it. The fast path passes Flask by, so this
is no hook of Flask's. docs/decisions/0039 has what it costs.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog

from tracking import services
from tracking.ingest import pixel
from tracking.ingest.dialects import DIALECTS
from tracking.logs import KIND, ROUTE, TOKEN
from tracking.telemetry.series import PROBLEMS, REQUESTS
from tracking.vocabulary import sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

log = structlog.get_logger(__name__)

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
CLASSES = {first: f"{first}xx" for first in "12345"}
NO_ROUTE = "none"
"""Of what asks for no path of ours, or in no way that it can be asked."""

BRINGS_EVENTS = frozenset({*DIALECTS, pixel.PATH})
"""Routes of which one answer in LOG_ONE_OF is a line; all others are."""
ASKED_OFTEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that machines ask every few seconds: a good answer is no line."""


class Watched:
    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        self._one_of = self._until_line = services.of(app).settings.log_one_of

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            seconds = perf_counter() - begun
            method = environ["REQUEST_METHOD"]
            route = environ.get(ROUTE, NO_ROUTE)
            REQUESTS.add((route, method if method in METHODS else "other", CLASSES[status[0]]), seconds)
            if KIND in environ:
                PROBLEMS.add((environ[KIND],))  # logs.py has written its line
            elif self._is_told(route):
                _tell(environ, status, route, seconds)
            return start_response(status, headers, exc_info)

        return self._wsgi(environ, start)

    def _is_told(self, route: str) -> bool:
        if route not in BRINGS_EVENTS:
            return route not in ASKED_OFTEN
        if not self._one_of:
            return False
        self._until_line -= 1
        if self._until_line:
            return False
        self._until_line = self._one_of
        return True


def _tell(environ: WSGIEnvironment, status: str, route: str, seconds: float) -> None:
    """The route stands for path and query, in which there may be secrets and ids of people."""
    said = {"source": sender(environ.get(TOKEN, ""))}
    log.info(
        "answered",
        status=int(status[:3]),
        method=environ["REQUEST_METHOD"],
        route=route,
        ms=round(1000 * seconds, 1),
        **{name: text for name, text in said.items() if text},
    )
