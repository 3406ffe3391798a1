"""A request of events, and what its answer means."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

ANSWER_BYTES = 4_000_000
WORTH_ZIPPING = 1_000
PASSES = {408, 425, 429}
"""Refusals after which the same request may be taken; those of 500 and above are, too."""


class Answer(NamedTuple):
    """`status`: 0 if nobody answered; `says`: why it is refused, in words; `retry_after`: the header."""

    status: int
    verdicts: Sequence[Mapping[str, str]] = ()
    says: str = ""
    retry_after: str = ""

    @property
    def passes(self) -> bool:
        """Whether the same request may be taken later."""
        return self.status == 0 or self.status >= 500 or self.status in PASSES


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A redirect is a refusal: another host must not get the credential."""

    def redirect_request(
        self, _req: urllib.request.Request, _fp: IO[bytes], _code: int, _msg: str, _headers: HTTPMessage, _newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_Redirects)


def address(url: str) -> str:
    """Where events go. Raises ValueError if `url` is no address of HTTP."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"url: expected http://HOST or https://HOST, not {url!r}")
    return f"{url.rstrip('/')}/v1/events"


def send(url: str, token: str, events: Sequence[str], timeout: float) -> Answer:
    """Sends events, each as JSON, and waits for the answer; never raises because of the network."""
    body = f'{{"events":[{",".join(events)}]}}'.encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": "footfall-python/0.1",
    }
    if len(body) >= WORTH_ZIPPING:
        body, headers["Content-Encoding"] = gzip.compress(body, 6), "gzip"
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - checked by `address`
    try:
        with _OPENER.open(request, timeout=timeout) as response:
            verdicts = _verdicts(_document(response.read(ANSWER_BYTES)))
            if len(verdicts) != len(events):
                return Answer(0, says=f"the answer of {url} has no verdict for each event")
            return Answer(200, verdicts)
    except urllib.error.HTTPError as error:
        with error:
            problem = _document(error.read(ANSWER_BYTES))
        says = f"{error.code}: {problem.get('detail', error.reason)}"
        return Answer(error.code, says=says, retry_after=error.headers.get("Retry-After", ""))
    except (OSError, HTTPException) as error:
        return Answer(0, says=f"no answer from {url}: {getattr(error, 'reason', None) or error}")


def _verdicts(document: dict[str, Any]) -> list[dict[str, str]]:
    found = document.get("verdicts")
    return [one for one in found if isinstance(one, dict) and "verdict" in one] if isinstance(found, list) else []


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
