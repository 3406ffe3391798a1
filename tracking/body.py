"""The bytes of a request, bounded before and after decompression, and the JSON in them."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
from gunicorn.http.errors import ParseException

from tracking.errors import Problem

if TYPE_CHECKING:
    from flask import Request

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1
MAX_MEMBERS = 8

DEEP = 100
"""Levels of JSON that are read: all that anybody may say has fewer."""
MOST_BRACKETS = 20_000
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)


def read(request: Request, limit: int, seconds: float) -> bytes:
    """The body as it was sent.

    Raises `Problem` 413 above `limit` bytes, and 408 for one that took longer than `seconds`.
    """
    length = request.environ.get("CONTENT_LENGTH") or ""
    expected = int(length) if length.isdecimal() else None  # None: chunked
    if expected is not None and expected > limit:
        raise _too_large(limit)
    body = _read(request, limit + 1 if expected is None else expected, seconds)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def unzipped(body: bytes, limit: int) -> bytes:
    """The body, unzipped if it is gzip. Its bytes decide that, since clients mislabel it.

    Raises `Problem` 413 above `limit` bytes and 400 for a broken gzip stream.
    """
    return gunzip(body, limit) if body.startswith(GZIP_MAGIC) else body


def text(plain: bytes) -> bytes:
    """JSON without a byte order mark: nobody may write one, and a reader may ignore it (RFC 8259, section 8.1).

    Raises `Problem` 400 for UTF-16 and UTF-32.
    """
    if plain[:1] in b"{[":  # nearly always; also for an empty body
        return plain
    if plain.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):  # that of UTF-32-LE, too
        raise Problem(400, "invalid-json", "The first bytes say that the body is not in UTF-8; send JSON in UTF-8.")
    return plain.removeprefix(codecs.BOM_UTF8)


def shallow(plain: bytes) -> bytes:
    """JSON with `null` for what is nested deeper than `DEEP` levels, for a reader that gave up on the whole for it.

    What is no JSON, or is mostly brackets, comes back as it is. Some 20 ns a byte.
    """
    if plain.count(b"[") + plain.count(b"{") > MOST_BRACKETS:
        return plain
    kept, copied, depth, cut, at = [], 0, 0, 0, 0
    while found := _BRACKET.match(plain, at):  # and no search, which would begin again at each byte of what has none
        at = found.end()
        if found[1] in b"[{":
            depth += 1
            if depth == DEEP + 1:
                cut = found.start(1)
        else:
            if depth == DEEP + 1:
                kept += [plain[copied:cut], b"null"]
                copied = at
            depth -= 1
    return b"".join([*kept, plain[copied:]]) if kept else plain


def json_value(plain: bytes) -> Any:
    """The value that the JSON holds. Raises `Problem` 400 if it is no JSON."""
    try:
        return msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "invalid-json", "The body is not JSON in UTF-8.") from None


def _read(request: Request, most: int, seconds: float) -> bytes:
    """The body, read straight from the server: werkzeug's stream costs more than the JSON decoder.

    The server knows where a chunked body ends. It also bounds the time, and the bytes that chunks cost
    (`deploy.server.connection`); Flask's own server does not.
    """
    try:
        return bytes(request.environ["wsgi.input"].read(most))
    except TimeoutError:
        raise Problem(408, "body-too-slow", f"The body took longer than {seconds:g} seconds; send it again.") from None
    except (ParseException, OSError):  # chunks that lie or cost too much, or a client that went away
        detail = "The body ends too early, or a chunk has another length than it says, or its chunks are too small."
        raise Problem(400, "body-broken", detail) from None


def gunzip(body: bytes, limit: int) -> bytes:
    """The unzipped bytes. Makes at most `limit` bytes of output, for any bomb. Members add up (RFC 1952, section 2.2).

    Each member costs a copy of the bytes after it, hence the bound on their number.
    """
    plain = b""
    for _ in range(MAX_MEMBERS):
        inflate = zlib.decompressobj(wbits=31)
        try:
            plain += inflate.decompress(body, limit + 1 - len(plain))
        except zlib.error:
            raise Problem(400, "invalid-gzip", "The body starts as gzip, but does not decompress.") from None
        if len(plain) > limit:
            raise _too_large(limit)
        if not inflate.eof:
            raise Problem(400, "invalid-gzip", "The gzip stream ends too early.")
        body = inflate.unused_data
        if not body:
            return plain
    raise Problem(400, "invalid-gzip", f"A gzip stream may have {MAX_MEMBERS} members; send it as one.")


def _too_large(limit: int) -> Problem:
    return Problem(413, "body-too-large", f"The body may have {limit:,} bytes, also after decompression; send less.")
