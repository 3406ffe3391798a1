"""JSON over HTTP: Superset's API, and the stats API of Footfall."""

from __future__ import annotations

import json
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from deploy.superset.told import SupersetError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Json:
    """A server that answers in JSON; keeps cookies."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url, self.headers = url, dict(headers)
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, **query: Any) -> Any:
        """The answer's JSON. Raises `SupersetError` with what the server said."""
        return self._open(f"{path}{'?' + urlencode(query, doseq=True) if query else ''}")

    def send(self, path: str, document: Any) -> Any:
        return self._open(path, json.dumps(document).encode())

    def put(self, path: str, document: Any) -> Any:
        return self._open(path, json.dumps(document).encode(), method="PUT")

    def upload(self, path: str, body: bytes, kind: str) -> Any:
        return self._open(path, body, kind)

    def _open(
        self, path: str, body: bytes | None = None, kind: str = "application/json", method: str | None = None
    ) -> Any:
        headers = self.headers | ({} if body is None else {"Content-Type": kind})
        request = urllib.request.Request(  # noqa: S310 - http(s), as main() has checked
            f"{self._url}{path}", body, headers, method=method
        )
        where = f"{self._url}{path.partition('?')[0]}"
        try:
            with self._opener.open(request, timeout=120) as answer:
                return json.load(answer)
        except HTTPError as error:
            said = reason(error.read(5000).decode(errors="replace"))
            raise SupersetError(f"{where} answered {error.code}: {said}") from None
        except (URLError, OSError, ValueError) as error:
            raise SupersetError(f"{where} gave no answer: {getattr(error, 'reason', error)}") from None


def reason(body: str) -> str:
    """Why a server refused, as one line: the message in what it answered, or the answer itself."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    told = answer if isinstance(answer, dict) else {}
    errors = told.get("errors")
    messages = [str(one.get("message")) for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    messages += [str(told[key]) for key in ("message", "detail", "title") if told.get(key)]
    return " ".join((messages or [body])[0].split())[:500]
