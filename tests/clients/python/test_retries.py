"""Between two tries: what ends the wait, and that whatever is answered, the thread lives and the events are kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fixtures.cast import ALICE
from fixtures.processes import ROOT

Rows = Callable[[], list[tuple]]
CLIENT = {"PYTHONPATH": str(ROOT / "clients" / "python")}


@pytest.fixture
def patient(monkeypatch: Any) -> None:
    """Between two tries are some minutes: only what ends the wait is faster."""
    monkeypatch.setattr("footfall.waiting.FIRST", 600.0)
    monkeypatch.setattr("footfall.waiting.LONGEST", 600.0)


@pytest.fixture
def hasty(monkeypatch: Any) -> None:
    monkeypatch.setattr("footfall.waiting.FIRST", 0.001)


@pytest.mark.parametrize("end", ["flush", "close"])
def test_a_flush_and_a_close_end_the_wait(
    opened: Any, door: Any, heard: Any, rows: Rows, patient: None, end: str
) -> None:
    client = opened()
    door.next = ["503"]
    for number in range(20):
        client.track("view", f"job:{number}", creator=ALICE)
    heard.wait("events wait")
    assert getattr(client, end)(20)
    assert len(rows()) == 20


def test_a_flush_is_heeded_that_comes_while_a_request_is_under_way(opened: Any, door: Any, patient: None) -> None:
    told = threading.Event()
    client = opened(report=lambda *_: told.set())
    door.next = ["hold"]
    client.track("view", "job:1", creator=ALICE)
    assert door.held.wait(20)
    assert not client.flush(0)
    door.released.set()
    assert told.wait(20)
    assert client.verdicts == Counter(accepted=1)


def test_a_flush_waits_as_long_as_the_server_asked_and_a_close_tries_once_more(
    opened: Any, door: Any, heard: Any, hasty: None
) -> None:
    client = opened()
    door.next = ["503 600", "429 1"]
    client.track("view", "job:1", creator=ALICE)
    heard.wait("events wait")
    assert not client.flush(0.3)
    assert len(door.bodies) == 1
    assert client.close(20)
    assert len(door.bodies) == 3


WAITS = """
import logging, sys, threading
from footfall import Client
class Heard(logging.Handler):
    def emit(self, record):
        sys.stderr.write(record.getMessage() + "\\n")
        waits.release()
waits = threading.Semaphore(0)
logging.getLogger("footfall").addHandler(Heard())
for _ in range(2):
    Client(sys.argv[1], sys.argv[2], every=0).track("view", "job:1", creator="parent")
    assert waits.acquire(timeout=20)
"""


def test_a_program_that_ends_tries_once_more_with_each_client(door: Any, web: str, rows: Rows) -> None:
    door.next = ["503 600", "503 600"]
    done = subprocess.run(
        [sys.executable, "-c", WAITS, door.url, web],
        env=os.environ | CLIENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr.count("\n") == 2, done.stderr
    assert len(rows()) == 2


def test_a_program_that_ends_does_not_wait_for_an_answer_that_never_comes(door: Any, web: str) -> None:
    door.next = ["hold", "hold"]
    program = "import footfall.client; footfall.client.AT_THE_END = 0.2" + WAITS.replace("assert waits", "# ")
    done = subprocess.run(
        [sys.executable, "-c", program, door.url, web],
        env=os.environ | CLIENT, capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert done.stderr == "1 events are not sent at the end\n" * 2


def answer(body: bytes, head: bytes = b"200 OK", length: int | None = None) -> bytes:
    return b"HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body) if length is None else length, body)


ODD = {
    "a verdict that is a list": answer(b'{"verdicts": [{"verdict": []}]}'),
    "a verdict that is null": answer(b'{"verdicts": [{"verdict": null}]}'),
    "a verdict that is a word": answer(b'{"verdicts": ["accepted"]}'),
    "two verdicts": answer(b'{"verdicts": [{"verdict": "accepted"}, {"verdict": "accepted"}]}'),
    "verdicts by name": answer(b'{"verdicts": {"verdict": "accepted"}}'),
    "a list": answer(b"[]"),
    "nothing": answer(b""),
    "the page of a proxy": answer(b"<html>"),
    "not UTF-8": answer(b"\xff\xfe\xff"),
    "too deep": answer(b"[" * 100_000),
    "too many digits": answer(b"9" * 10_000),
    "created": answer(b"{}", b"201 Created"),
    "no content": answer(b"", b"204 No Content"),
    "cut off": answer(b'{"verdicts":', length=1_000),
    "a refusal, cut off": answer(b'{"detail":', b"503 Away", length=1_000),
    "a refusal, an odd chunk": b"HTTP/1.1 503 Away\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a refusal that is a list": answer(b"[]", b"503 Away"),
    "a refusal, too deep": answer(b"[" * 100_000, b"503 Away"),
    "an odd Retry-After": answer(b"{}", b"503 Away\r\nRetry-After: Wed, 21 Oct 99999999999 07:28:00 GMT"),
    "a Retry-After beyond ASCII": answer(b"{}", b"503 Away\r\nRetry-After: \xb2\xff"),
    "a redirect to nowhere": answer(b"", b"302 Found\r\nLocation: http://["),
    "no status": b"what?\r\n\r\n",
    "an odd status": b"HTTP/1.0 abc\r\n\r\n",
    "headers without end": b"HTTP/1.0 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "an odd chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "silence": b"",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_whatever_is_answered_the_events_are_kept_and_sent_again(
    opened: Any, door: Any, heard: Any, rows: Rows, hasty: None, odd: bytes
) -> None:
    client = opened()
    door.next = [odd, odd]
    client.track("view", "job:1", creator=ALICE)
    heard.wait("1 events wait", 2)
    assert client.flush(20)
    assert client.verdicts == Counter(accepted=1)
    assert len(rows()) == 1
    assert len(set(door.bodies)) == 1
    assert all(len(line) < 1_000 for line in heard.lines)


def test_a_token_that_expires_again_in_an_outage_is_renewed_again(
    opened: Any, door: Any, web: str, hasty: None
) -> None:
    client = opened(lambda: web)
    door.next = ["401", "503", "401"]
    client.track("view", "job:1", creator=ALICE)
    assert client.flush(20)
    assert client.verdicts == Counter(accepted=1)


def test_a_report_that_raises_anything_stops_nothing(opened: Any, caplog: Any) -> None:
    client = opened(report=lambda *_: sys.exit(1), batch=1)
    for number in range(3):
        client.track("view", f"job:{number}", creator=ALICE)
    assert client.flush(20)
    assert client.verdicts == Counter(accepted=3)
    assert caplog.text.count("the function that is told the verdicts failed") == 3
