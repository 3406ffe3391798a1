"""A door in front of the API, which lets the next requests through, refuses them, or loses their answers."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fixtures.processes import Server

MOVED = "http://127.0.0.1:9/v1/events"


class Door:
    """`next` holds what becomes of the requests to come: `pass` at its end."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.next: list[str] = []
        self.bodies: list[bytes] = []
        """Of every request, as it came."""
        self.tokens: list[str] = []
        self.url = ""


def handler(door: Door) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.bodies.append(body)
            door.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
            what = door.next.pop(0) if door.next else "pass"
            if what.isdecimal():
                self.answer(int(what), b"{}", {"Retry-After": "1", "Location": MOVED})
                return
            status, answer = self.forwarded(body)
            if what == "lost":
                self.connection.close()
            else:
                self.answer(status, b"<html>" if what == "garbled" else answer, {})

        def forwarded(self, body: bytes) -> tuple[int, bytes]:
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Encoding") if name in self.headers}
            try:
                with urllib.request.urlopen(urllib.request.Request(door.api + self.path, body, kept)) as response:
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

    return Handler


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A lost answer is what was asked for."""


@pytest.fixture
def door(server: Server) -> Iterator[Door]:
    made = Door(server.url)
    with Quiet(("127.0.0.1", 0), handler(made)) as serving:
        made.url = f"http://127.0.0.1:{serving.server_port}"
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield made
        serving.shutdown()
        thread.join()
