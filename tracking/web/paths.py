"""Gives each path one spelling before other code reads it: the fast path, CORS and Flask's routes then agree.

Repeated slashes count as one, since joining a base URL and a path often makes two of them, and servers in front
do the same. All other second spellings are not found: nothing is redirected, and no rule of a proxy is bypassed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracking.errors import UNANSWERED, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

SLASHES = re.compile(r"//+")
HIDDEN = re.compile(r"%2f|%5c|%2e%2e|%00", re.IGNORECASE)
"""A slash, a backslash, a step upwards or an end, in the form in which a proxy passes them on without decoding."""
ODD = re.compile(r"[\x00-\x1f\x7f\\]|/\.\.?(/|\Z)")


class OneSpelling:
    def __init__(self, wsgi: WSGIApplication, app: Flask) -> None:
        self._wsgi = wsgi
        app.url_map.merge_slashes = app.url_map.redirect_defaults = False  # they would redirect

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if "//" in path:
            path = environ["PATH_INFO"] = SLASHES.sub("/", path)
        if not _is_plain(path, environ.get("RAW_URI", "").partition("?")[0]):
            environ.setdefault(UNANSWERED, Problem(404, "not-found", "There is no such path, in any spelling."))
        return self._wsgi(environ, start_response)


def _is_plain(path: str, raw: str) -> bool:
    """`path`: PEP 3333's, where each byte is a character; `raw`: as it came."""
    if not path.startswith("/") or ODD.search(path) or ("%" in raw and HIDDEN.search(raw)):
        return False
    try:
        return path.isascii() or bool(path.encode("latin-1").decode())
    except UnicodeError:
        return False
