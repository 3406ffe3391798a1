"""Slow on purpose: half heads, silence, and answers that nobody reads. Nothing of it lasts, and there is room for others."""

import http.client
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from attacks.honest import honest
from deploy.server.bodies import HELD
from fixtures.processes import Server, serving
from fixtures.served import until

HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Half: "
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
LARGE = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
LAST = 999_999
WHOLE_BUT_A_BYTE = {
    "sized": LARGE + b"Content-Length: 1000000\r\n\r\n" + b" " * LAST,
    "chunked": LARGE + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n" % (LAST, b" " * LAST),
}
MANY = 2_300


@pytest.fixture(scope="module")
def hasty(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits two seconds for a head, a body, or for an answer to be read."""
    log = tmp_path_factory.mktemp("hasty") / "log"
    with serving(settings, log, READ_TIMEOUT_SECONDS="2", WORKERS="1") as server:
        yield server


@pytest.fixture
def roomy(settings: Any, engine: Any, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(serving(settings, tmp_path / "log", READ_TIMEOUT_SECONDS="60", **more))


@contextmanager
def holding(url: str, sent: bytes, connections: int) -> Iterator[list[socket.socket]]:
    """So many connections on which this was sent, and nothing else will be."""
    address = urlsplit(url)
    with ExitStack() as stack:
        held = []
        for _ in range(connections):
            held.append(stack.enter_context(socket.create_connection((address.hostname, address.port), 30)))
            with suppress(ConnectionError):  # one that was ended already
                held[-1].sendall(sent)
        yield held


def still_open(held: list[socket.socket]) -> int:
    """How many the server has not ended."""
    poll = select.poll()
    for connection in held:
        poll.register(connection, select.POLLRDHUP)
    return len(held) - len(poll.poll(0))


def health(server: Server) -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("sent", "each"),
    [(HALF, "0"), (HALF, "400"), (BODY, "0"), (HEALTH, "400")],
    ids=["half heads", "half heads from one address", "half bodies", "idle from one address"],
)
def test_thousands_of_connections_keep_nobody_out(roomy: Callable[..., Server], sent: bytes, each: str) -> None:
    """They would last a minute; those which have let us wait longest make room for who comes."""
    server = roomy(CONNECTIONS_PER_ADDRESS=each)
    with honest(server.url) as senders, holding(server.url, sent, MANY):
        assert [health(server) for _ in range(20)] == [200] * 20
        senders.go_on(120)


@pytest.mark.alone
@pytest.mark.parametrize("sent", WHOLE_BUT_A_BYTE.values(), ids=WHOLE_BUT_A_BYTE)
def test_large_bodies_whose_last_byte_never_comes_take_so_much_memory_and_no_more(
    roomy: Callable[..., Server], sent: bytes
) -> None:
    """They would be kept for a minute, in both workers."""
    server = roomy()
    with honest(server.url) as senders, holding(server.url, sent, 300) as held:
        senders.go_on(120)
        until(lambda: still_open(held) * LAST <= 2 * HELD)  # the server has read what was sent
        assert still_open(held)


@pytest.mark.parametrize(
    "sent",
    [HALF, BODY, HEALTH + HALF, HEALTH * 2 + HALF],
    ids=["a half head", "a half body", "one behind a request", "one behind two"],
)
def test_a_half_is_waited_for_until_the_deadline(hasty: Server, raw_on: Any, engine: Any, sent: bytes) -> None:
    wire = raw_on(hasty)
    wire.sendall(sent)
    assert wire.hung_up(8)


def test_what_drips_has_the_same_deadline(hasty: Server, raw_on: Any, engine: Any) -> None:
    """Each byte is new, and yet none buys time."""
    wire = raw_on(hasty)
    wire.sendall(HALF)
    sent = 0
    while not wire.hung_up(0.1):
        assert (sent := sent + 1) < 80, "8 s, and it still listens"
        wire.sendall(b"x")


def test_who_waits_between_requests_is_kept(hasty: Server, raw_on: Any, engine: Any) -> None:
    """The deadline is for what has begun, not for a connection that is kept alive."""
    wire = raw_on(hasty)
    wire.sendall(HEALTH)
    assert wire.answer().status == 200
    assert not wire.hung_up(3)
    wire.sendall(HEALTH)
    assert wire.answer().status == 200


def test_an_empty_line_before_a_request_is_passed_over(hasty: Server, raw_on: Any, engine: Any) -> None:
    """One, as RFC 9112, section 2.2, asks for: old clients send it behind a body."""
    wire = raw_on(hasty)
    wire.sendall(b"\r\n" + HEALTH + b"\r\n" + HEALTH)
    assert [wire.answer().status for _ in range(2)] == [200, 200]


def test_an_answer_that_nobody_reads_is_not_kept(hasty: Server, raw_on: Any, engine: Any) -> None:
    """So many requests for a long answer that no buffer holds them."""
    wire = raw_on(hasty)
    request = b"GET /dashboard/dashboard.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    wire.sendall(request * 1_000)
    assert wire.reset(15)
