"""Stage 1: the bytes of a request, bounded before and after decompression."""

from __future__ import annotations

import socket
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import gevent
import gevent.monkey

from tracking.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Request

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1


def receive(request: Request, limit: int, seconds: float) -> bytes:
    """The body as it was sent.

    Raises `Problem` 413 above `limit` bytes, and 408 for one that took longer than `seconds`.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    with _deadline(request, seconds):
        body: bytes = request.stream.read(limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def unzipped(body: bytes, limit: int) -> bytes:
    """The body, unzipped where it is gzip; what it is, is seen from the bytes, since clients mislabel it.

    Raises `Problem` 413 above `limit` bytes and 400 for a broken gzip stream.
    """
    return gunzip(body, limit) if body.startswith(GZIP_MAGIC) else body


@contextmanager
def _deadline(request: Request, seconds: float) -> Iterator[None]:
    """The server bounds the time of the headers alone: under gevent, a body that drips in would hold its greenlet.

    Where gevent does not run the sockets, as under Flask's own server, nothing is bounded.
    """
    timeout = gevent.Timeout(seconds) if gevent.monkey.is_module_patched("socket") else None
    try:
        if timeout:
            timeout.start()
        yield
    except gevent.Timeout as error:
        if error is not timeout:
            raise
        if socket_ := request.environ.get("gunicorn.socket"):
            socket_.shutdown(socket.SHUT_RD)  # what still drips in is no next request
        raise Problem(408, "body-too-slow", f"The body took longer than {seconds:g} seconds; send it again.") from None
    finally:
        if timeout:
            timeout.close()


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
