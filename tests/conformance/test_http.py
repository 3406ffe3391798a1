"""Requests to a deployment somewhere: they wait when they are asked to, not for ever, and follow nobody."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tracking.conformance.http import Http
from tracking.conformance.preflight import find_out
from tracking.conformance.target import Refused, Target


class Door(BaseHTTPRequestHandler):
    """Answers as the list says, the last for ever: (status, headers)."""

    answers: list[tuple[int, dict[str, str]]]
    came: list[str]
    body = b"{}"
    drops = 0
    """So many bytes, each a little later."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.came.append(self.path)
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(self.drops or len(self.body)))
        self.end_headers()
        if not self.drops:
            self.wfile.write(self.body)
        with suppress(OSError):  # who asked went away
            for _ in range(self.drops):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def door() -> Iterator[type[Door]]:
    made = type("Made", (Door,), {"answers": [(200, {})], "came": []})
    with HTTPServer(("127.0.0.1", 0), made) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def naps(monkeypatch: Any) -> list[float]:
    """How long it would have waited."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def test_who_asks_for_patience_gets_it(door: Any, naps: list[float]) -> None:
    door.answers = [(429, {"Retry-After": "7"}), (503, {}), (429, {"Retry-After": "86400"}), (200, {})]
    assert Http(door.url, 600)("GET", "/a", None, {}).status == 200
    assert naps == [7, 1, 60]
    assert door.came == ["/a"] * 4


def test_it_gives_up(door: Any) -> None:
    door.answers = [(429, {"Retry-After": "60"})]
    began = time.monotonic()
    with pytest.raises(Refused, match="it took too long"):
        Http(door.url, 0.2)("GET", "/a", None, {})
    assert time.monotonic() - began < 10


def test_another_host_does_not_get_the_credential(door: Any) -> None:
    door.answers = [(302, {"Location": f"{door.url}/elsewhere"})]
    assert Http(door.url, 10)("GET", "/a", None, {"Authorization": "Bearer fk_web_1_x"}).status == 302
    assert door.came == ["/a"]


def test_a_path_of_the_address_stays(door: Any) -> None:
    Http(f"{door.url}/footfall/", 10)("GET", "/a", None, {})
    assert door.came == ["/footfall/a"]


@pytest.mark.parametrize(
    "url", ["", "ftp://h", "http://", "http://h?x=1", "http://h#x", "http://h:0", "http://h:x", "http://h h"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="expected http://HOST"):
        Http(url, 10)


def test_an_answer_that_drips_for_ever_ends(door: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracking.conformance.http.ONE", 0.5)
    door.drops = 100
    with pytest.raises(Refused, match="takes more than"):
        Http(door.url, 60)("GET", "/a", None, {})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<h1>Hello</h1>", "the answer is not JSON; is this the address of Footfall?"),
        (b"{}", "POST /v1/events: the answer has no verdict for each event"),
        (b'{"verdicts": [{"verdict": "accepted"}]}', "an event of 2001 is accepted: it should be rejected, as too old"),
    ],
)
def test_who_is_not_footfall_is_told_apart(door: Any, body: bytes, says: str) -> None:
    door.body = body
    with pytest.raises(Refused) as told:
        find_out(Target(Http(door.url, 10), {"web": "fk_web_1_x"}), "conform-1")
    assert str(told.value) == says
