"""Finds a client's address and scheme behind trusted proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import services

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask


class Forwarded:
    """Believes the last TRUSTED_HOPS entries of X-Forwarded-For and the last X-Forwarded-Proto: trusted proxies wrote
    them. It believes no X-Forwarded-Host, and no scheme but http and https.
    """

    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        self._hops = services.of(app).settings.trusted_hops

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._hops:  # no forwarded header is believed
            return self._wsgi(environ, start_response)
        addresses = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(addresses) >= self._hops and (address := addresses[-self._hops].strip()):
            environ["REMOTE_ADDR"] = address
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        return self._wsgi(environ, start_response)
