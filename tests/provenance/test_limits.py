"""How often one may ask: told in the headers, by source, token and address, in memory or in Redis."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.processes import free_port
from tracking import create_app
from tracking.provenance.limits import Memory
from tracking.settings import Settings


@pytest.fixture
def client_of(settings: Settings, engine: object) -> Iterator[Callable[..., Any]]:
    """A client of an app of its own, with other settings."""
    apps = []

    def make(**other: Any) -> Any:
        apps.append(create_app(replace(settings, **other)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["footfall"].engine.dispose()


def send(client: Any, token: str, **options: Any) -> Any:
    creator = ALICE if token.startswith("fk_") else None
    return client.post(
        "/v1/events",
        json={"events": [event(creator=creator)]},
        headers=bearer(token) | options.pop("headers", {}),
        **options,
    )


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    client_of: Any, alice: str, bob: str, web: str, stored: Any
) -> None:
    client = client_of(rate_per_token=3)
    assert [send(client, alice).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = send(client, alice)
    assert refused.json["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert refused.headers["RateLimit"] == f'"token";r=0;t={refused.headers["Retry-After"]}'
    assert send(client, bob).status_code == 200
    assert [send(client, web).status_code for _ in range(5)] == [200] * 5
    assert len(stored()) == 9


def test_a_source_has_one_rate_for_all_its_tokens(client_of: Any, sql: Any, alice: str, bob: str, web: str) -> None:
    sql("update tracking.sources set rate = 4")
    client = client_of()
    assert [send(client, token).status_code for token in (alice, bob, web, alice, bob, web)] == [200] * 4 + [429] * 2
    assert send(client, web).headers["RateLimit-Policy"] == '"source";q=4;w=60'


def test_an_address_is_counted_before_its_token_is_looked_at(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=3)
    statuses = [send(client, token).status_code for token in ("nonsense", "nonsense", alice, alice, "nonsense")]
    assert statuses == [401, 401, 200, 429, 429]
    assert send(client, alice, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200


def test_a_beacon_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=2, rate_per_token=2)
    sent = lambda: client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code  # noqa: E731
    assert [sent() for _ in range(3)] == [200, 200, 429]


def test_without_trusted_hops_nobody_chooses_their_address(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=2)
    forged = [{"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"} for n in range(4)]
    assert [send(client, alice, headers=headers).status_code for headers in forged] == [200, 200, 429, 429]


@pytest.mark.parametrize(("hops", "statuses"), [(1, [200, 200, 200, 200]), (2, [200, 200, 429, 429])])
def test_the_address_is_the_one_that_the_first_trusted_hop_saw(
    client_of: Any, alice: str, hops: int, statuses: list[int]
) -> None:
    """Of `forged, really, proxy`, two hops of ours wrote the last two: what stands before is the client's own word."""
    client = client_of(rate_per_address=2, trusted_hops=hops)
    headers = [{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7, 192.0.2.{n}"} for n in range(4)]
    assert [send(client, alice, headers=each).status_code for each in headers] == statuses


def test_the_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment do the sixty seconds before it hold more than the rate, and a fixed window would let twice that in."""
    now = [600.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window = Memory()
    taken = []
    for tick in range(2400):
        now[0] = 600.0 + tick / 10
        if window.hit(30, "a") == 0:
            taken.append(now[0])
        assert sum(1 for moment in taken if moment > now[0] - 60) <= 45
    assert len(taken) == pytest.approx(4 * 30, abs=16)
    assert [moment for moment in taken if moment < 660] == [600.0 + n / 10 for n in range(30)]


def test_who_waits_as_long_as_they_are_told_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [645.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window = Memory()
    for _ in range(20):
        while not (wait := window.hit(7, "a")):
            now[0] += 0.01
        assert 1 <= wait <= 120
        now[0] += wait + 0.01
        assert window.hit(7, "a") == 0


def test_the_memory_of_many_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.provenance.limits.MAX_KEYS", 10)
    window = Memory()
    for number in range(100):
        window.hit(5, f"address {number}")
    assert len(window._counts) <= 10


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of our own."""
    found = shutil.which("redis-server")
    if not found:
        pytest.skip("redis-server is not installed")
    port = free_port()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.02)  # another process: nothing here to wait on
        yield f"redis://127.0.0.1:{port}/0", process
        process.terminate()


def test_with_redis_all_workers_count_together(client_of: Any, alice: str, redis: Any) -> None:
    one, other = (client_of(rate_per_token=4, rate_storage=redis[0]) for _ in range(2))
    assert [send(client, alice).status_code for client in (one, other, one, other, one, other)] == [200] * 4 + [429] * 2


def test_a_redis_that_went_away_limits_nobody(client_of: Any, alice: str, redis: Any) -> None:
    url, process = redis
    client = client_of(rate_per_token=2, rate_storage=url)
    assert send(client, alice).status_code == 200
    process.terminate()
    process.wait(10)
    assert [send(client, alice).status_code for _ in range(4)] == [200] * 4


@pytest.mark.parametrize("path", ["/openapi.json", "/", "/nowhere", "/dashboard", "/problems/busy", "/v1//events", "/v1/..", "/readyz"])  # fmt: skip
def test_the_limit_of_an_address_is_for_every_path_and_for_what_is_refused(client_of: Any, path: str) -> None:
    client = client_of(rate_per_address=3)
    for _ in range(3):
        assert client.get(path).status_code != 429
    response = client.get(path)
    assert (response.status_code, response.json["type"]) == (429, "/problems/too-many-requests")
    assert int(response.headers["Retry-After"]) > 0
    assert client.post("/v1/events", json={}).status_code == 429


def test_whether_the_process_lives_may_always_be_asked(client_of: Any) -> None:
    client = client_of(rate_per_address=3)
    assert {client.get("/healthz").status_code for _ in range(9)} == {200}
    assert client.get("/nowhere").status_code == 404


def test_a_request_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=4)
    statuses = [client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
