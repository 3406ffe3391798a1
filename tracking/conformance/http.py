"""Requests to a deployment somewhere: patient where it asks for that, bounded in time and size, and never led on."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from tracking.conformance.target import Refused, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE = 30
"""Seconds that one request may take."""
ANSWER_BYTES = 4_000_000
CHUNK = 65_536
PASSES = {408, 429, 503}
"""Refusals after which the same request may be taken."""
SHORTEST, LONGEST = 1, 60
"""Seconds to wait before it is sent again."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A redirect is a refusal: another host must not get the credential."""

    def redirect_request(
        self, _req: urllib.request.Request, _fp: IO[bytes], _code: int, _msg: str, _headers: HTTPMessage, _newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_Redirects)


def address(url: str) -> str:
    """The base of all paths. Raises ValueError, which shows nothing of `url`, if that is not the address of an API."""
    base = url.strip().rstrip("/")
    try:
        parts = urlsplit(base)
        meant = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        meant = meant and not parts.query and not parts.fragment and "@" not in parts.netloc
    except ValueError:
        meant = False
    if not meant or not base.isascii() or not base.isprintable() or " " in base:
        raise ValueError("expected http://HOST or https://HOST, with a port and a path at most")
    return base


class Http:
    """The exchange with one deployment, for so many seconds in all."""

    def __init__(self, url: str, seconds: float) -> None:
        """Raises ValueError if `url` is not the address of an API."""
        self._base = address(url)
        self._until = time.monotonic() + seconds

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        while (left := self._until - time.monotonic()) > 0:
            reply = self._once(method, path, body, headers)
            if reply.status not in PASSES:
                return reply
            time.sleep(min(max(SHORTEST, _seconds(reply)), LONGEST, left))
        raise Refused("it took too long; --minutes allows more")

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        request = urllib.request.Request(self._base + path, body, dict(headers), method=method)  # noqa: S310 - see address
        try:
            with _OPENER.open(request, timeout=ONE) as response:
                return Reply(response.status, response.headers, _read(response))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, _read(error))
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Refused(f"no answer from {self._base}: {reason or type(error).__name__}") from None


def _read(response: IO[bytes]) -> bytes:
    """The body. Raises `Refused` if it takes too long, or has no end: a socket's timeout begins anew with each byte."""
    until, body = time.monotonic() + ONE, b""
    while part := response.read1(CHUNK):  # type: ignore[attr-defined]
        body += part
        if len(body) > ANSWER_BYTES or time.monotonic() > until:
            raise Refused(f"an answer has more than {ANSWER_BYTES:,} bytes, or takes more than {ONE} seconds")
    return body


def _seconds(reply: Reply) -> float:
    after = reply.headers.get("Retry-After") or ""
    return float(after) if after.isdigit() else SHORTEST
