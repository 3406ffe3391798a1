"""`/dashboard`: a static page and its bundle. The page asks the API for its numbers, with a token from the fragment.

The bundle is built from `dashboard/` and committed in `static/`, so that serving needs no Node.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from tracking.services import current

blueprint = Blueprint("pages", __name__)

STATIC = Path(__file__).parent / "static"
HTML = "text/html; charset=utf-8"
ASSETS = {"dashboard.js": "text/javascript; charset=utf-8", "dashboard.css": "text/css; charset=utf-8"}
"""The files of the bundle, and the content type of each."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {embedders}"
)
"""CSP level 3: nothing inline, nothing from other hosts, and nothing sent to other hosts."""


class Asset(NamedTuple):
    plain: bytes
    zipped: bytes
    tag: str


@functools.cache
def _asset(name: str) -> Asset | None:
    path = STATIC / name
    if not path.is_file():
        return None
    plain = path.read_bytes()
    return Asset(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


@blueprint.get("/dashboard")
def dashboard() -> Response:
    """The page; the part of its address after # stays in the browser."""
    return _serve("dashboard.html", HTML)


@blueprint.get("/dashboard/<name>")
def asset(name: str) -> Response:
    """Its script and its style sheet."""
    if name not in ASSETS:
        abort(404)
    return _serve(name, ASSETS[name])


def _serve(name: str, content_type: str) -> Response:
    services = current()
    found = _asset(name)
    if found is None:
        abort(404)
    zipped = request.accept_encodings.quality("gzip") > 0
    response = Response(found.zipped if zipped else found.plain, content_type=content_type)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "no-cache"  # the browser asks again each time, and mostly gets 304
    response.headers["Content-Security-Policy"] = CSP.format(embedders=services.settings.embedders)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(f"{found.tag}{'-gzip' if zipped else ''}")
    response.make_conditional(request)
    return response
