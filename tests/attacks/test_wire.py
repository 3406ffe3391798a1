"""The bytes of HTTP themselves, sent to the real server: what is ambiguous is refused, and what is slow is let go."""

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import event
from fixtures.processes import Server, serving

OTHER = "fc_web_1_e30.awV8QA." + "A" * 43


@pytest.fixture(scope="module")
def strict(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits two seconds for a body, takes five requests a minute of an address, and trusts no proxy."""
    log = tmp_path_factory.mktemp("strict") / "log"
    with serving(settings, log, READ_TIMEOUT_SECONDS="2", RATE_PER_ADDRESS="5", WORKERS="1") as server:
        yield server


def body() -> bytes:
    return json.dumps({"events": [event()]}).encode()


def request(*headers: str, sent: bytes = b"", line: str = "POST /v1/events HTTP/1.1", length: bool = True) -> bytes:
    head = [line, "Host: localhost", *headers, *([f"Content-Length: {len(sent)}"] if length else [])]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + sent


def test_the_attacks_below_differ_from_an_honest_request_by_one_thing(raw: Any, alice: str) -> None:
    status, answer = raw(request(f"Authorization: Bearer {alice}", sent=b'{"events": []}'))
    assert (status, json.loads(answer)["type"]) == (400, "/problems/no-events")


@pytest.mark.parametrize(
    "order", [("{alice}", OTHER), (OTHER, "{alice}"), ("{alice}", "{alice}")], ids=["first", "last", "both"]
)
def test_two_authorizations(raw: Any, alice: str, order: tuple[str, str]) -> None:
    """Neither the first nor the last is picked: a proxy in front may have looked at the other one."""
    headers = [f"Authorization: Bearer {token.format(alice=alice)}" for token in order]
    status, answer = raw(request(*headers, sent=body()))
    assert status == 400 or (status, json.loads(answer)["type"]) == (401, "/problems/token-malformed")


@pytest.mark.parametrize(
    "header",
    [
        "Authorization : Bearer {alice}",
        "Authorization_: Bearer {alice}",
        " Authorization: Bearer {alice}",
        "X-Authorization: Bearer {alice}",
        "Proxy-Authorization: Bearer {alice}",
        "HTTP_AUTHORIZATION: Bearer {alice}",
        "Cookie: Authorization=Bearer {alice}",
        "Authorization: Basic {alice}",
        "Authorization: Bearer\0{alice}",
        "X: y\nAuthorization: Bearer {alice}",
        "X: y\rAuthorization: Bearer {alice}",
    ],
)
def test_an_authorization_by_another_spelling(raw: Any, alice: str, header: str) -> None:
    status, _ = raw(request(header.format(alice=alice), sent=body()))
    assert status in {0, 400, 401}


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 0", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding:\x0bchunked",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: +5",),
        ("Content-Length: 5, 5",),
        ("Content-Length: -1",),
        ("Content-Length: 0x5",),
        ("Content-Length: 1e3",),
        ("Content-Length: " + "9" * 5000,),
        ("Content-Length: \xb2",),
    ],
    ids=lambda headers: " and ".join(headers)[:60],
)
def test_a_request_smuggled_behind_another(raw: Any, alice: str, headers: tuple[str, ...]) -> None:
    """Where two could disagree about the length of the first, there is no second."""
    smuggled = request(f"Authorization: Bearer {alice}", sent=body())
    first = request("Authorization: Bearer x", *headers, length=False) + b"0\r\n\r\n" + smuggled
    status, _ = raw(first)
    assert status in {0, 400, 401, 501}


@pytest.mark.parametrize(
    "chunks",
    [b"FFFFFFFFFFFFFFFF\r\n", b"-1\r\n", b"5;" + b"x" * 20_000 + b"\r\n", b"5\nhello\n0\n\n", b"0x5\r\nhello\r\n0\r\n\r\n",
     b"5\r\nhelloX\r\n0\r\n\r\n"],
)  # fmt: skip
def test_chunks_that_lie(raw: Any, alice: str, chunks: bytes) -> None:
    head = request(f"Authorization: Bearer {alice}", "Transfer-Encoding: chunked", "Connection: close", length=False)
    status, _ = raw(head + chunks)
    assert status in {0, 400, 408, 413}


def test_chunks_without_end(server: Server, alice: str) -> None:
    """The limit holds though no length was said: it is refused after a megabyte, not after a gigabyte."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), 20) as connection:
        headers = f"Authorization: Bearer {alice}", "Transfer-Encoding: chunked"
        connection.sendall(request(*headers, length=False))
        sent, chunk = 0, b"10000\r\n" + b" " * 65_536 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            while sent < 3_000_000:
                connection.sendall(chunk)
                sent += 65_536
        with http.client.HTTPResponse(connection) as response:
            response.begin()
            assert response.status == 413


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("POST /v1/events HTTP/1.1", [f"X-{n}: y" for n in range(100)]),
        ("POST /v1/events HTTP/1.1", ["X: " + "y" * 10_000]),
        ("POST /v1/events?" + "x" * 10_000 + " HTTP/1.1", []),
        ("POST /v1/events HTTP/9.9", []),
        ("POST /v1/events HTTP/1.1 x", []),
        ("P\0ST /v1/events HTTP/1.1", []),
        ("POST /v1/ev\0ents HTTP/1.1", []),
        ("POST", []),
        ("PRI * HTTP/2.0", []),
    ],
)
def test_a_head_of_too_much_or_of_nonsense(raw: Any, alice: str, line: str, headers: list[str]) -> None:
    status, _ = raw(request(*headers, f"Authorization: Bearer {alice}", line=line, sent=body()))
    assert status in {0, 400, 404, 405, 414, 431, 505}


@pytest.mark.parametrize(
    "header",
    ["X-HTTP-Method-Override: POST", "X-Method-Override: POST", "X-Original-URL: /v1/events", "X-Rewrite-URL: /v1/events",
     "SCRIPT_NAME: /v1", "PATH_INFO: /v1/events", "Script-Name: /v1"],
)  # fmt: skip
def test_a_method_or_path_by_header(raw: Any, alice: str, header: str) -> None:
    status, _ = raw(request(header, f"Authorization: Bearer {alice}", line="GET /healthz HTTP/1.1", sent=body()))
    assert status in {200, 400}


def test_a_body_that_drips_in(strict: Server, alice: str) -> None:
    """Two seconds and no more, however steadily it drips."""
    address = urlsplit(strict.url)
    with socket.create_connection((address.hostname, address.port), 20) as connection:
        connection.sendall(request(f"Authorization: Bearer {alice}", "Content-Length: 1000", length=False))
        started = time.monotonic()
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() < started + 15:
            with contextlib.suppress(ConnectionError):
                connection.sendall(b" ")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65_536)
        assert 1.5 < time.monotonic() - started < 6
        connection.settimeout(10)
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(65_536):  # until it hangs up: what still drips in is no next request
                answer += more
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"/problems/body-too-slow" in answer


def test_many_slow_bodies_do_not_keep_others_out(strict: Server, alice: str) -> None:
    address = urlsplit(strict.url)
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            slow = stack.enter_context(socket.create_connection((address.hostname, address.port), 20))
            slow.sendall(request(f"Authorization: Bearer {alice}", "Content-Length: 1000", length=False))
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        stack.callback(connection.close)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200


def test_another_address_by_header(strict: Server) -> None:
    """With no proxy trusted, whoever connects is who they are, whatever they write."""
    address = urlsplit(strict.url)
    statuses = []
    for number in range(12):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        forged = f"203.0.113.{number}"
        headers = {"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}", "X_Forwarded_For": forged,
                   "CF-Connecting-IP": forged, "True-Client-IP": forged, "X-Client-IP": forged}  # fmt: skip
        connection.request("POST", "/v1/events", b"{}", headers)
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses[-1] == 429
    assert set(statuses) <= {401, 429}
