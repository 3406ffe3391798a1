"""A request of events, and what its answer means."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPMessage
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

ANSWER_BYTES = 4_000_000
MOST_SAID = 500
"""Characters of a refusal's text."""
WORTH_ZIPPING = 1_000
PASSES = {408, 425, 429}
"""Refusals after which the same request may be taken; those of 500 and above are, too."""

_ONE_WORD = re.compile(r"[!-~]+")
"""ASCII without blanks and control characters."""
_AN_ADDRESS = "url: expected http://HOST or https://HOST, with a port and a path at most, in ASCII without blanks"


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
    """Where events go. Raises ValueError, which shows nothing of `url`, if that is not the address of an API."""
    base = url.strip().rstrip("/") if isinstance(url, str) else ""
    try:
        parts = urlsplit(base)
        meant = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(_AN_ADDRESS) from None
    if "@" in parts.netloc:
        raise ValueError("url: expected no user and no password before the host; the credential goes into token")
    if "?" in base or "#" in base:
        raise ValueError("url: expected no ? and no #; the credential goes into token")
    if not meant or not _ONE_WORD.fullmatch(base):
        raise ValueError(_AN_ADDRESS)
    return f"{base}/v1/events"


def send(url: str, token: str, events: Sequence[str], timeout: float) -> Answer:
    """Sends events, each as JSON, and waits for the answer; never raises, and never says the token."""
    body = f'{{"events":[{",".join(events)}]}}'.encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": "footfall-python/0.1",
    }
    if len(body) >= WORTH_ZIPPING:
        body, headers["Content-Encoding"] = gzip.compress(body, 6), "gzip"
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - checked by `address`
        with _OPENER.open(request, timeout=timeout) as response:
            verdicts = _verdicts(_document(response.read(ANSWER_BYTES)))
    except urllib.error.HTTPError as error:
        return _refusal(error, token)
    except OSError as error:
        return Answer(0, says=f"no answer from {url}: {getattr(error, 'reason', None) or error}")
    except Exception as error:  # noqa: BLE001 - the events wait; the text may show the token or a proxy's password
        return Answer(0, says=f"no answer from {url}: {type(error).__name__}")
    if len(verdicts) != len(events):
        return Answer(0, says=f"the answer of {url} has no verdict for each event")
    return Answer(200, verdicts)


def _refusal(error: urllib.error.HTTPError, token: str) -> Answer:
    problem: dict[str, Any] = {}
    with contextlib.suppress(Exception), error:  # the status counts, even if the rest is cut off
        problem = _document(error.read(ANSWER_BYTES))
    says = f"{error.code}: {problem.get('detail', error.reason)}".replace(token, "***")
    return Answer(error.code, says=says[:MOST_SAID], retry_after=error.headers.get("Retry-After", ""))


def _verdicts(document: dict[str, Any]) -> list[dict[str, str]]:
    found = document.get("verdicts")
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("verdict"), str)]


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
