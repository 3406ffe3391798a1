"""A door in front of the API, which lets the next requests through, refuses them, or loses their answers."""

from __future__ import annotations

import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from footfall import Client

from fixtures.processes import Server

MOVED = "http://127.0.0.1:9/v1/events"


class Door:
    """`next` holds what becomes of the requests to come: `pass` at its end.

    A status, perhaps with seconds for `Retry-After`, as `503 600`; `hold`: a 503, once `released`; `lost`, `garbled`; or
    the very octets of an answer.
    """

    def __init__(self, api: str) -> None:
        self.api = api
        self.next: list[str | bytes] = []
        self.held, self.released = threading.Event(), threading.Event()
        self.bodies: list[bytes] = []
        """Of every request, as it came."""
        self.tokens: list[str] = []
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    door: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.door.bodies.append(body)
        self.door.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
        what = self.door.next.pop(0) if self.door.next else "pass"
        if isinstance(what, bytes):
            self.wfile.write(what)
            self.close_connection = True
        elif what == "hold":
            self.door.held.set()
            self.door.released.wait(60)
            self.refuse("503")
        elif what[0].isdecimal():
            self.refuse(what)
        else:
            self.forward(what, body)

    def refuse(self, what: str) -> None:
        status, _, wait = what.partition(" ")
        self.answer(int(status), b"{}", {"Location": MOVED} | ({"Retry-After": wait} if wait else {}))

    def forward(self, what: str, body: bytes) -> None:
        status, answer = self.forwarded(body)
        if what == "lost":
            self.connection.close()
        else:
            self.answer(status, b"<html>" if what == "garbled" else answer, {})

    def forwarded(self, body: bytes) -> tuple[int, bytes]:
        kept = {name: self.headers[name] for name in ("Authorization", "Content-Encoding") if name in self.headers}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.door.api + self.path, body, kept)) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A lost answer is what was asked for."""


@pytest.fixture
def door(server: Server) -> Iterator[Door]:
    made = Door(server.url)
    with Quiet(("127.0.0.1", 0), type("Handler", (Handler,), {"door": made})) as serving:
        made.url = f"http://127.0.0.1:{serving.server_port}"
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.released.set()
        serving.shutdown()
        thread.join()


@pytest.fixture
def opened(door: Door, web: str) -> Iterator[Callable[..., Client]]:
    """Makes clients of the source `web`, which go through the door."""
    made: list[Client] = []

    def make(token: Any = web, **options: Any) -> Client:
        made.append(Client(options.pop("url", door.url), token, **{"every": 0.01} | options))
        return made[-1]

    yield make
    door.released.set()
    for one in made:
        one.close(0)


@pytest.fixture
def rows(sql: Callable[..., list[tuple]]) -> Callable[[], list[tuple]]:
    asked = "select event_id::text, name, receiver_id, creator from tracking.events order by receiver_id::int"
    return lambda: sql(asked)


class Heard(logging.Handler):
    """What the client's log said, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._more = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self._more:
            self.lines.append(self.format(record))
            self._more.notify_all()

    def wait(self, text: str, times: int = 1) -> None:
        with self._more:
            assert self._more.wait_for(lambda: sum(text in line for line in self.lines) >= times, 20), self.lines


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, log = Heard(), logging.getLogger("footfall")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)
