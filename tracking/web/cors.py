"""Cross-origin requests (Fetch Standard, section 3.2), for the pages of a source's origins, where a browser needs them.

A preflight carries no token, so it is answered for an origin that any source allows; whether this token's source
allows it is checked with the request itself (`Guard.enter`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy.exc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from tracking.services import Services

INGEST = {f"/v1/{name}" for name in ("events", "batch", "track", "page", "screen", "t", "p", "b")}
STATS = "/v1/stats/"
EXPOSED = "Age, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
VARY = ("Vary", "Origin")
PREFLIGHT = {
    method: [
        ("Access-Control-Allow-Methods", method),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP"),
        ("Access-Control-Max-Age", "600"),
    ]
    for method in ("GET", "POST")
}


class Shared:
    """Adds the headers on the way out, as `headers.Hardened` does."""

    def __init__(self, app: WSGIApplication, services: Services) -> None:
        self._app = app
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        method = "POST" if path in INGEST else "GET" if path.startswith(STATS) else None
        if method is None:  # no page of another origin may use it
            return self._app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            headers.append(VARY)
            if origin := environ.get("HTTP_ORIGIN"):
                headers += self._shared(environ["REQUEST_METHOD"], method, origin)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)

    def _shared(self, asked: str, method: str, origin: str) -> list[tuple[str, str]]:
        if asked not in {method, "OPTIONS"} or origin not in self._origins():
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
            *(PREFLIGHT[method] if asked == "OPTIONS" else []),
        ]

    def _origins(self) -> frozenset[str]:
        try:
            return self._services.guard.registry.origins()
        except sqlalchemy.exc.SQLAlchemyError:  # the answer says so already
            return frozenset()


def init_app(app: Flask) -> None:
    app.wsgi_app = Shared(app.wsgi_app, app.extensions["footfall"])  # type: ignore[method-assign]
