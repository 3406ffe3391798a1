"""One user acts more often than a person can, and honest users send single events meanwhile."""

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import bearer, event
from tracking.provenance import tokens

REQUESTS, EVENTS = 45, 500
HONEST, QUIET = 6, 25
ROOM = 1.0
"""Seconds that a slow machine may add to ten times what it takes when it is quiet."""


class Sender:
    """One connection, and what was answered how fast."""

    def __init__(self, server: Any, token: str) -> None:
        address = urlsplit(server.url)
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self._headers = bearer(token)
        self.counts: Counter[str] = Counter()
        self.seconds: list[float] = []

    def send(self, events: list[dict[str, Any]]) -> None:
        started = time.perf_counter()
        self._connection.request("POST", "/v1/events", json.dumps({"events": events}), self._headers)
        with self._connection.getresponse() as response:
            body = json.loads(response.read())
            self.seconds.append(time.perf_counter() - started)
            self.counts.update(body["counts"] if response.status == 200 else [str(response.status)])

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def senders(server: Any, web: str) -> Any:
    """Connections of users of their own, by name."""
    opened: list[Sender] = []

    def make(*names: str) -> list[Sender]:
        new = [Sender(server, tokens.mint(web, "client", seconds=900, creator=name)) for name in names]
        opened.extend(new)
        return new

    yield make
    for one in opened:
        one.close()


LEFT = REQUESTS * EVENTS + HONEST * QUIET + HONEST
"""What the attacker stores, what the honest did before, and the one event of each that it sends again and again."""


@pytest.mark.leaves(stored=LEFT, counted=LEFT)
def test_a_click_every_four_seconds_for_days_slows_nobody_down(senders: Any) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    honest = senders(*[f"honest-{n}" for n in range(HONEST)])
    attackers = senders(*["attacker"] * 3)
    numbers = iter(range(REQUESTS))  # shared: each takes the next
    over = threading.Event()

    def attack(sender: Sender) -> None:
        for number in numbers:
            moments = range(number * EVENTS, (number + 1) * EVENTS)
            sender.send(
                [event(name="click", occurred_at=(start - timedelta(seconds=4 * n)).isoformat()) for n in moments]
            )

    def act(sender: Sender) -> None:
        for number in range(QUIET):
            sender.send([event(name="click", receiver=f"job:{number}")])

    def again(sender: Sender) -> None:
        while not over.is_set():
            sender.send([event(name="share", id="once", occurred_at=start.isoformat())])

    joined(started(honest, act))
    quiet = p95([second for one in honest for second in one.seconds])
    meanwhile = started(honest, again)
    joined(started(attackers, attack))
    over.set()
    joined(meanwhile)
    assert sum((one.counts for one in attackers), Counter()) == {"accepted": REQUESTS * EVENTS}
    assert set(sum((one.counts for one in honest), Counter())) == {"accepted", "duplicate"}
    assert p95([second for one in honest for second in one.seconds[QUIET:]]) < 10 * quiet + ROOM


def started(senders: list[Sender], act: Any) -> list[threading.Thread]:
    threads = [threading.Thread(target=act, args=(one,), daemon=True) for one in senders]
    for thread in threads:
        thread.start()
    return threads


def joined(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
