"""The sliding windows: how a minute is counted, in memory and in Redis."""

import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.limited import many, post, send
from fixtures.processes import free_port
from tracking.provenance.limits import Memory


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


def test_amounts_add_up_as_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment do the sixty seconds before it hold half more than the most, and who waits is let in."""
    now = [600.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window, chance, taken = Memory(), random.Random(7), []
    for _ in range(500):
        amount = chance.choice([1, 3, 40, 99, 100, 250])
        if wait := window.hit(100, "a", amount):
            assert 1 <= wait <= 120
            now[0] += wait + 0.001
            assert window.hit(100, "a", amount) == 0
        taken.append((now[0], min(amount, 100)))
        assert sum(had for moment, had in taken if moment > now[0] - 60) <= 200
        assert sum(had for moment, had in taken if moment // 60 == now[0] // 60) <= 100
        now[0] += chance.random() * 20


def test_threads_do_not_count_past_each_other() -> None:
    window, taken = Memory(), []
    threads = [
        threading.Thread(target=lambda: taken.extend(window.hit(3_000, "a") == 0 for _ in range(1_000)))
        for _ in range(8)
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert 3_000 <= sum(taken) <= 3_000 + 3_000 // 60  # a minute may have ended between


def test_the_memory_of_many_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.provenance.limits.MAX_KEYS", 10)
    window = Memory()
    for number in range(100):
        window.hit(5, f"address {number}")
    assert len(window) <= 10


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


def test_with_redis_amounts_and_shares_are_counted_too(
    client_of: Any, sql: Any, web: str, alice: str, bob: str, redis: Any
) -> None:
    sql("update tracking.sources set rate = 8")
    one, other = (client_of(rate_per_token=4, rate_storage=redis[0]) for _ in range(2))
    assert [post(client, alice, many(9)).status_code for client in (one, other)] == [200, 200]
    assert post(one, alice, many(1)).headers["RateLimit-Policy"] == '"token";q=2;w=60'
    sql("update tracking.sources set rate = 0")
    assert [post(client_of(rate_per_token=4, rate_storage=redis[0]), bob, many(9)).status_code for _ in range(3)] == [
        200, 200, 429,
    ]  # fmt: skip


def test_a_redis_that_went_away_limits_nobody(client_of: Any, alice: str, redis: Any) -> None:
    url, process = redis
    client = client_of(rate_per_token=2, rate_storage=url)
    assert send(client, alice).status_code == 200
    process.terminate()
    process.wait(10)
    assert [send(client, alice).status_code for _ in range(4)] == [200] * 4
