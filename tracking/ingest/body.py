"""Stage 1: the bytes of a request, bounded before and after decompression."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from tracking.errors import Problem

if TYPE_CHECKING:
    from flask import Request

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1


def read(request: Request, limit: int) -> bytes:
    """The body, unzipped where it is gzip; what it is, is seen from the bytes, since clients mislabel it.

    Raises `Problem` 413 above `limit` bytes and 400 for a broken gzip stream.
    """
    # straight from the server, which knows where a chunked body ends; werkzeug's wrapper costs more than our JSON
    length = request.environ.get("CONTENT_LENGTH") or ""
    expected = int(length) if length.isdecimal() else None  # None: chunked
    if expected is not None and expected > limit:
        raise _too_large(limit)
    body: bytes = request.environ["wsgi.input"].read(limit + 1 if expected is None else expected)
    if len(body) > limit:
        raise _too_large(limit)
    return gunzip(body, limit) if body.startswith(GZIP_MAGIC) else body


def gunzip(body: bytes, limit: int) -> bytes:
    """At most `limit` bytes of output are ever made, however small the bomb."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(body, limit + 1)
    except zlib.error:
        raise Problem(400, "invalid-gzip", "The body starts as gzip, but does not decompress.") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not inflate.eof:
        raise Problem(400, "invalid-gzip", "The gzip stream ends too early.")
    return plain


def _too_large(limit: int) -> Problem:
    return Problem(413, "body-too-large", f"The body may have {limit:,} bytes, also after decompression; send less.")
