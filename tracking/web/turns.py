"""The limit of requests by address, on every path: who asks too often is refused before anything is done for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.errors import REFUSED, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from tracking.provenance.limits import Limits

HEALTH = "/healthz"
"""Does nothing, and whoever restarts what does not answer must not be refused."""


class Turns:
    def __init__(self, app: WSGIApplication, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != HEALTH or REFUSED in environ:
            try:
                self._limits.check_address(environ.get("REMOTE_ADDR") or "")
            except Problem as problem:
                environ[REFUSED] = problem
        return self._app(environ, start_response)


def init_app(app: Flask) -> None:
    if limits := app.extensions["footfall"].guard.limits:
        app.wsgi_app = Turns(app.wsgi_app, limits)  # type: ignore[method-assign]
