"""Cross-origin requests (Fetch Standard, section 3.2), for the pages of a source's origins, where a browser needs them.

A preflight carries no token, so it is answered for an origin that any source allows; whether this token's source
allows it is checked with the request itself (`Guard.enter`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy.exc
from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

    from tracking.services import Services

INGEST = {f"/v1/{name}" for name in ("events", "batch", "track", "page", "screen", "t", "p", "b")}
STATS = "/v1/stats/"
EXPOSED = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
TEN_MINUTES = "600"


def init_app(app: Flask) -> None:
    @app.after_request
    def share(response: Response) -> Response:
        origin = request.environ.get("HTTP_ORIGIN")
        method = _browsers_use()
        if method is None:
            return response
        response.headers.add("Vary", "Origin")
        if origin is None or request.method not in {method, "OPTIONS"} or origin not in _origins(app):
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = method
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, DPoP"
            response.headers["Access-Control-Max-Age"] = TEN_MINUTES
        return response


def _browsers_use() -> str | None:
    """The method by which a page of another origin may use this path; None: it may not."""
    if request.path in INGEST:
        return "POST"
    return "GET" if request.path.startswith(STATS) else None


def _origins(app: Flask) -> frozenset[str]:
    services: Services = app.extensions["footfall"]
    try:
        return services.guard.registry.origins()
    except sqlalchemy.exc.SQLAlchemyError:  # the answer says so already
        return frozenset()
