"""What cannot be read is refused as everything else is: by a problem that names the limit, with the headers of safety."""

import json
from typing import Any

import pytest

LINE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "kind", "says"),
    [
        (b"GET /v1/stats/top?receiver=" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", 414, "uri-too-long", "8,190 bytes"),
        (LINE + b"X: y\r\n" * 65 + b"\r\n", 431, "headers-too-large", "64 headers"),
        (LINE + b"X: " + b"y" * 9_000 + b"\r\n\r\n", 431, "headers-too-large", "8,190 bytes"),
        (LINE + (b"X: " + b"y" * 8_000 + b"\r\n") * 10 + b"\r\n", 431, "headers-too-large", "65,536 together"),
        (LINE + b"X\r\n\r\n", 400, "not-http", "a header"),
        (LINE + b"Content-Length: x\r\n\r\n", 400, "not-http", "length"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "not-http", "first line"),
        (b"GET /healthz HTTP/3.0\r\n\r\n", 505, "http-version-unknown", "HTTP/1.1"),
        (LINE + b"Transfer-Encoding: br\r\n\r\n", 501, "transfer-coding-unknown", "Content-Length"),
        (LINE + b"Expect: the worst\r\n\r\n", 417, "expectation-failed", "100-continue"),
    ],
)
def test_what_cannot_be_read_is_a_problem(
    server: Any, raw_on: Any, sent: bytes, status: int, kind: str, says: str
) -> None:
    before = server.log.stat().st_size
    wire = raw_on(server)
    wire.sendall(sent)
    answer = wire.answer()
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = json.loads(answer.body)
    assert (problem["type"], problem["status"]) == (f"/problems/{kind}", status)
    assert says in problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Connection"] == "close"
    assert wire.hung_up(10)
    assert "Traceback" not in server.log.read_bytes()[before:].decode()


def test_two_hundred_receivers_in_one_question_are_told_what_the_limit_is(server: Any, raw_on: Any, web: str) -> None:
    wire = raw_on(server)
    query = "&".join(f"receiver=job:00000000-0000-7000-8000-{number:012}" for number in range(200))
    head = f"GET /v1/stats/top?{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {web}\r\n\r\n"
    wire.sendall(head.encode())
    assert "8,190 bytes" in json.loads(wire.answer().body)["detail"]
