"""Where a request came from, behind proxies of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask


class Forwarded:
    """Believes the last `hops` entries of X-Forwarded-For, and the last X-Forwarded-Proto, which our own proxies wrote;
    no X-Forwarded-Host, and no scheme but http and https.
    """

    def __init__(self, app: WSGIApplication, hops: int) -> None:
        self._app = app
        self._hops = hops

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        addresses = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(addresses) >= self._hops and (address := addresses[-self._hops].strip()):
            environ["REMOTE_ADDR"] = address
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)


def init_app(app: Flask, hops: int) -> None:
    """`hops` 0: nothing of what is forwarded is believed."""
    if hops:
        app.wsgi_app = Forwarded(app.wsgi_app, hops)  # type: ignore[method-assign]
