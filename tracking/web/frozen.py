"""Answers that never change while the process runs: their bytes are made once, and mostly answered by 304."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from flask import Request


class Frozen:
    def __init__(self, plain: bytes, content_type: str) -> None:
        self._plain = plain
        self._zipped = gzip.compress(plain, 9, mtime=0)
        self._tag = hashlib.sha256(plain).hexdigest()[:32]
        self._type = content_type

    def answer(self, request: Request) -> Response:
        """200 or 304 (RFC 9110, section 13), as gzip if the client accepts it."""
        zipped = request.accept_encodings.quality("gzip") > 0
        response = Response(self._zipped if zipped else self._plain, content_type=self._type)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = "no-cache"  # the browser asks again each time
        response.set_etag(f"{self._tag}{'-gzip' if zipped else ''}")
        response.make_conditional(request)
        return response
