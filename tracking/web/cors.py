"""Cross-origin requests (Fetch Standard, section 3.2), for the pages of a source's origins, where a browser needs them.

A preflight carries no token, so it is answered for an origin that any source allows. The answer to the request itself
may be read by pages of the origins of its token's own source. One that was given before any token was read, as for a
body that is too large, says nothing of anybody, and is for an origin that any source allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy.exc
import structlog

from tracking import services
from tracking.ingest.dialects import DIALECTS
from tracking.logs import MAX_TEXT, TOKEN
from tracking.provenance.gate import JUST_NOW
from tracking.provenance.limits import Memory
from tracking.vocabulary import sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

log = structlog.get_logger(__name__)

STATS = "/v1/stats/"
EXPOSED = "Age, As-Of, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
VARY = ("Vary", "Origin")
VARY_PREFLIGHT = ("Vary", "Access-Control-Request-Headers")

DEFAULT_HEADERS = "Authorization, Content-Type, DPoP"
NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}(?:, ?[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}){0,31}")
"""Up to 32 names of headers: tokens of RFC 9110, section 5.6.2."""

LINES = 10
"""So many lines a minute at most say that an origin is nobody's, and one for each of them."""


class Shared:
    """Adds the headers on the way out, as `headers.Hardened` does."""

    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        self._app = app
        self._said = Memory()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        methods = ("POST",) if path in DIALECTS else ("GET", "POST") if path.startswith(STATS) else ()
        if not methods:  # no page of another origin may use it
            return self._wsgi(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            headers.append(VARY)
            if origin := environ.get("HTTP_ORIGIN"):
                headers += self._shared(environ, methods, origin)
            return start_response(status, headers, exc_info)

        return self._wsgi(environ, start)

    def _shared(self, environ: WSGIEnvironment, methods: tuple[str, ...], origin: str) -> list[tuple[str, str]]:
        preflight = environ["REQUEST_METHOD"] == "OPTIONS"
        if not preflight and environ["REQUEST_METHOD"] not in methods:
            return []
        nobodys = preflight or TOKEN not in environ
        if not (self._is_anybodys(origin) if nobodys else origin in self._own(environ)):
            if preflight:
                self._say(environ["PATH_INFO"], origin)
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
            *(_preflight(environ, methods) if preflight else []),
        ]

    def _is_anybodys(self, origin: str) -> bool:
        """Whether any source allows it; one that was added just now, too, whose token counts as soon."""
        origins = services.of(self._app).gate.registry.origins
        try:
            return origin in origins() or origin in origins(JUST_NOW)
        except sqlalchemy.exc.SQLAlchemyError:  # the answer says so already
            return False

    def _own(self, environ: WSGIEnvironment) -> frozenset[str]:
        """The origins of the source that the token names. Where that is not proven, the answer says no more than so."""
        name = sender(environ[TOKEN])
        try:
            source = services.of(self._app).gate.registry.get(name) if name else None
        except sqlalchemy.exc.SQLAlchemyError:
            return frozenset()
        return source.origins if source and not source.revoked else frozenset()

    def _say(self, path: str, origin: str) -> None:
        """A browser tells nobody but its own console why it does not send: the log says it once a minute."""
        origin = origin[:MAX_TEXT]
        if not self._said.hit(1, f"origin {origin}") and not self._said.hit(LINES, "all"):
            log.info("no source allows this origin", origin=origin, path=path, help="source set NAME --origin ORIGIN")


def _preflight(environ: WSGIEnvironment, methods: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every header that is asked for is allowed: a tracing SDK adds its own to all requests of its page, and a browser
    that may not send one of them sends none. No cookie is ever allowed, so a header gives a page no power of others.
    """
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    return [
        VARY_PREFLIGHT,
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", asked if NAMES.fullmatch(asked) else DEFAULT_HEADERS),
        ("Access-Control-Max-Age", "600"),
    ]
