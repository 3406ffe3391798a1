"""What every attack meets: three events of Alice's, and afterwards the same three, counted as before.

An attack that is allowed to leave something says so: `@pytest.mark.leaves(stored=1)`, and what it counts. Where the point
is that others are not kept out, honest senders run beside it: `honest.py`. Their events are not looked at here, nor are
those of the attacks that go on `together`.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.register_assert_rewrite("attacks.honest")

from fixtures.cast import ago, bearer, event  # noqa: E402 - rewritten from here on

COUNTS = """
    select (select count(*) from tracking.events where receiver_type not in ('honest', 'attacked')),
           (select coalesce(sum(events), 0) from tracking.event_counts_daily where receiver_type not in ('honest', 'attacked'))
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "leaves(stored, counted): how many events an attack may add; else none")


@dataclass
class Capture:
    """A request of Alice's, as somebody saw it pass."""

    token: str
    body: bytes
    events: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(autouse=True)
def nothing_changes(request: pytest.FixtureRequest, capture: Capture, sql: Any) -> Iterator[None]:
    """The count of events stored, and of those counted, before and after."""
    ((stored, counted),) = sql(COUNTS)
    assert (stored, counted) == (3, 3)
    yield
    marker = request.node.get_closest_marker("leaves")
    allowed = marker.kwargs if marker else {}
    after = sql(COUNTS)[0]
    assert after == (stored + allowed.get("stored", 0), counted + allowed.get("counted", 0))


@pytest.fixture
def capture(client: Any, alice: str, receivers: None, sql: Any) -> Capture:
    """The request that was recorded, and was answered. A click that follows another by two seconds is a repeat."""
    sql("insert into tracking.event_types (name, repeat_window) values ('click', '2 seconds')")
    events = [
        event(name="click", receiver=name, occurred_at=ago(minutes=3)) for name in ("job:42", "job:77", "story:7")
    ]
    body = json.dumps({"events": events}).encode()
    assert client.post("/v1/events", data=body, headers=bearer(alice)).json["counts"] == {"accepted": 3}
    return Capture(alice, body, events)


@pytest.fixture
def two_seconds_pass(app: Any) -> Callable[[], None]:
    """What the workers know of the sources and the catalogue is read anew, as it is every two seconds."""

    def run() -> None:
        services = app.extensions["footfall"]
        for known in (services.gate.registry, services.intake.windows):
            known.snapshot.expire()

    return run


@pytest.fixture
def refused(client: Any) -> Callable[..., str]:
    """Sends an event with a token and returns the status and the kind of problem, as `401 token-invalid`."""

    def send(token: str, *events: dict[str, Any], **headers: str) -> str:
        response = client.post("/v1/events", json={"events": events or [event()]}, headers=bearer(token) | headers)
        assert response.content_type == "application/problem+json", response.text
        return f"{response.status_code} {response.json['type'].removeprefix('/problems/')}"

    return send


@pytest.fixture
def rejected(client: Any) -> Callable[..., list[str]]:
    """Sends events, all of which must be refused one by one, and returns the field at fault of each."""

    def send(token: str, *events: dict[str, Any]) -> list[str]:
        response = client.post("/v1/events", json={"events": events}, headers=bearer(token))
        assert response.status_code == 200, response.text
        assert response.json["counts"] == {"rejected": len(events)}
        return [verdict["field"] for verdict in response.json["verdicts"]]

    return send


@pytest.fixture
def raw(server: Any) -> Callable[..., tuple[int, bytes]]:
    """Sends bytes to the real server as they are, and returns status and body of its first answer; 0: it hung up."""
    address = urlsplit(server.url)

    def send(octets: bytes, *, seconds: float = 20) -> tuple[int, bytes]:
        with socket.create_connection((address.hostname, address.port), seconds) as connection:
            connection.sendall(octets)
            response = http.client.HTTPResponse(connection)
            try:
                response.begin()
                return response.status, response.read()
            except (http.client.HTTPException, ConnectionError):
                return 0, b""
            finally:
                response.close()

    return send
