"""Where a request came from, behind proxies of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask, hops: int) -> None:
    """Believes the last `hops` entries of X-Forwarded-For, and the last X-Forwarded-Proto, which our own proxies wrote.

    0: nothing of them.
    """
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1, x_host=0)  # type: ignore[method-assign]
