"""A socket that always has bytes: nobody waits for it to end."""

from collections.abc import Iterator
from typing import Any

import pytest

from attacks.flood import flooding
from attacks.honest import honest
from fixtures.processes import Server, serving

DRIPS = b"1\r\nx\r\n" * 10_000
CHUNKED, LONG = "Transfer-Encoding: chunked", "Content-Length: 999999999999"
WRONG = "Authorization: Bearer fc_web_1_e30.awV8QA." + "A" * 43


@pytest.fixture(scope="module")
def attacked(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which an attack may bring down."""
    with serving(settings, tmp_path_factory.mktemp("attacked") / "log", CONNECTIONS_PER_ADDRESS="50") as server:
        yield server


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: localhost", *headers, "", ""]).encode()


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (head("POST /v1/events HTTP/1.1", WRONG, CHUNKED), DRIPS),
        (head("POST /v1/events HTTP/1.1", CHUNKED), DRIPS),
        (head("POST /nowhere HTTP/1.1", CHUNKED), DRIPS),
        (head("GET /healthz HTTP/1.1", CHUNKED), DRIPS),
        (head("PUT /v1/receivers HTTP/1.1", CHUNKED), DRIPS),
        (head("POST /v1/events HTTP/1.1", WRONG, LONG), b"x" * 65_536),
        (head("POST /v1/events HTTP/1.1", LONG), b"x" * 65_536),
        (head("POST /nowhere HTTP/1.1", LONG), b"x" * 65_536),
        (head("POST /v1/events HTTP/1.1", "Content-Length: 1000000"), b"x" * 65_536),
        (head("POST /v1/events HTTP/1.1", CHUNKED), (b"1;" + b"e" * 8000 + b"\r\nx\r\n") * 8),
        (head("POST /v1/events HTTP/1.1", CHUNKED) + b"0\r\n", b"Trailer: y\r\n" * 5000),
        (b"", head("GET /healthz HTTP/1.1") * 200),
        (b"", head("POST /v1/events HTTP/1.1", WRONG, "Content-Length: 2") * 200),
        (b"", head("GET /openapi.json HTTP/1.1") * 200),
        (b"", b"G" * 65_536),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 1000),
    ],
    ids=[
        "drips, a wrong token", "drips, no token", "drips, nowhere", "drips, health", "drips, receivers", "long, a wrong token",
        "long, no token", "long, nowhere", "a megabyte, no token", "extensions", "trailers", "pipelined health", "pipelined refusals",
        "pipelined documents",
        "an endless line", "endless headers",
    ],
)  # fmt: skip
def test_who_sends_without_end_keeps_nobody_out(attacked: Server, engine: Any, start: bytes, piece: bytes) -> None:
    with honest(attacked.url) as senders, flooding(attacked.url, start, piece, connections=2) as sent:
        senders.go_on(200)
        assert sent["connections"] >= 2
    assert "WORKER TIMEOUT" not in attacked.log.read_text()


@pytest.mark.parametrize("length", [CHUNKED, LONG])
@pytest.mark.parametrize("line", ["POST /v1/events HTTP/1.1", "POST /nowhere HTTP/1.1", "GET /healthz HTTP/1.1"])
def test_an_answer_before_the_end_of_the_body_closes_the_connection(
    attacked: Server, raw_on: Any, engine: Any, line: str, length: str
) -> None:
    connection = raw_on(attacked)
    connection.sendall(head(line, WRONG, length))
    response = connection.answer()
    assert response.status in {200, 401, 404, 413}
    assert response.headers["Connection"] == "close"
    assert connection.takes() < 4_000_000


def test_a_request_behind_a_body_that_nobody_read_is_answered(attacked: Server, raw_on: Any, engine: Any) -> None:
    """It is small, and was there already: the connection goes on, as a client with a wrong token expects."""
    connection = raw_on(attacked)
    refused = head("POST /nowhere HTTP/1.1", "Content-Length: 500") + b"x" * 500
    connection.sendall(refused + refused + head("GET /healthz HTTP/1.1"))
    assert [connection.answer().status for _ in range(3)] == [404, 404, 200]
