"""The layers around Flask: each is a WSGI application around the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask


class Layer(Protocol):
    """A class of such applications. It asks the app for its services at each request, and keeps no copy."""

    def __call__(self, wsgi: WSGIApplication, app: Flask, /) -> WSGIApplication: ...


def layers(app: Flask, *around: Layer) -> WSGIApplication:
    """The app with these layers, the innermost first: the last one sees a request first, and its answer last."""
    wsgi: WSGIApplication = app.wsgi_app
    for layer in around:
        wsgi = layer(wsgi, app)
    return wsgi
