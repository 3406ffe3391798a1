"""Who watches: a live token of the source `inspector`; and what its stream says."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from fixtures.cast import bearer
from fixtures.database import KEY
from fixtures.processes import Server, serving
from tracking.provenance import credentials, tokens
from tracking.provenance.gate import JUST_NOW

if TYPE_CHECKING:
    from tracking.provenance.tokens import TokenKind

INSPECTOR = credentials.derive(KEY, "inspector", 1)
ADDED = "insert into tracking.sources (name, rights) values ('inspector', '{mint,live}')"
"""A source of its own: workers look at once for one that they do not know, and later for new rights of another."""


class Watched:
    """An open stream. It is read until it says what is looked for."""

    def __init__(self, url: str, token: str, last: str | None = None, **which: Any) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.netloc, timeout=20)
        headers = bearer(token) | ({"Last-Event-ID": last} if last else {})
        self._connection.request("GET", f"/v1/live?{urlencode(which, doseq=True)}", headers=headers)
        self.answer = self._connection.getresponse()
        self.said: list[tuple[str, dict[str, Any]]] = []
        """Each message: its kind and its data."""
        self.last = last
        """The id of the last message that has one."""

    def next(self) -> tuple[str, dict[str, Any]] | None:
        """The next message; None: the stream has ended."""
        kind, data = "", ""
        for line in self.answer:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                self.last = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not name and kind:
                self.said.append((kind, json.loads(data)))
                return self.said[-1]
        return None

    def until(self, enough: Callable[[list[dict[str, Any]]], bool], seconds: float = 15) -> list[dict[str, Any]]:
        """The events, once they are enough."""
        end = time.monotonic() + seconds
        while not enough(self.events):
            assert time.monotonic() < end, self.said
            assert self.next() is not None, self.said
        return self.events

    @property
    def events(self) -> list[dict[str, Any]]:
        return [data for kind, data in self.said if kind == "event"]

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@pytest.fixture(scope="module")
def api(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(settings, tmp_path_factory.mktemp("live") / "log") as server:
        yield server


@pytest.fixture
def watching(api: Server, engine: object, sql: Any) -> Server:
    """The API, where `inspector` may watch."""
    sql(ADDED)
    time.sleep(2 * JUST_NOW)  # so long the workers may not look again
    return api


@pytest.fixture
def minted(web: str) -> Callable[..., str]:
    """Mints a live token of `inspector`, or another one of `web`."""

    def mint(kind: TokenKind = "live", seconds: int = 900, **claims: Any) -> str:
        return tokens.mint(INSPECTOR if kind == "live" else web, kind, seconds=seconds, **claims)

    return mint


@pytest.fixture
def watch(watching: Server, minted: Any) -> Iterator[Callable[..., Watched]]:
    """Opens a stream; the last id and the filters as given."""
    opened: list[Watched] = []

    def open_(last: str | None = None, token: str | None = None, **which: Any) -> Watched:
        opened.append(Watched(watching.url, token or minted(), last, **which))
        return opened[-1]

    yield open_
    for one in opened:
        with closing(one):
            pass


@pytest.fixture
def send(watching: Server, minted: Any) -> Callable[..., list[str]]:
    """Posts events, as Alice unless another token is given, and returns their verdicts."""

    def post(*events: dict[str, Any], token: str | None = None) -> list[str]:
        connection = http.client.HTTPConnection(urlsplit(watching.url).netloc, timeout=30)
        with closing(connection):
            own = token or minted("client", creator="user-alice")
            connection.request("POST", "/v1/events", json.dumps({"events": events}), bearer(own))
            answer = connection.getresponse()
            body = json.loads(answer.read())
            assert answer.status == 200, body
            return [one["verdict"] for one in body["verdicts"]]

    return post
