"""A hostile day: the database is stopped, drains are killed, messages come twice and the broker goes away. Each event is
stored once.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kombu.messaging import Consumer

from fixtures.cast import ago, bearer, event
from fixtures.clients import post
from fixtures.database import KEY
from fixtures.deployment import SOAK, ledger_off
from fixtures.door import Door
from fixtures.processes import serving
from fixtures.queues import Drains, dead, drains, empty, sqs_queues, until, waiting
from fixtures.rabbit import Rabbit
from fixtures.stopped import Database
from tracking.provenance import credentials, tokens
from tracking.queues import broker
from tracking.queues.broker import ERRORS, Broker, body_of

pytestmark = [pytest.mark.alone, pytest.mark.timeout(1_200)]

EVENTS, STOPPED, BATCH, CLIENTS = (50_000, 30, 50, 16) if SOAK else (3_000, 5, 20, 8)
KILLS = 5
PATIENCE = 600


class Postman(threading.Thread):
    """Carries messages from the API's queue to that of the drains, each tenth twice."""

    def __init__(self, there: Broker, here: Broker) -> None:
        super().__init__()
        self._there, self._here = there, here
        self._end = threading.Event()
        self.carried = self.doubled = 0

    def run(self) -> None:
        while not self._end.is_set():
            try:
                self._carry()
            except (*ERRORS, TimeoutError):
                time.sleep(0.2)  # the broker is away

    def _carry(self) -> None:
        taken: list[Any] = []
        with self._there.connected() as there, self._here.connected() as here:
            queue = self._there.main
            Consumer(
                there.default_channel, queues=[queue], on_message=taken.append, auto_declare=False, prefetch_count=50
            ).consume()
            while not self._end.is_set():
                try:
                    there.drain_events(timeout=0.5)
                except TimeoutError:
                    continue
                while taken:
                    delivery = taken.pop()
                    self.carried += 1
                    for _ in range(2 if self.carried % 10 == 0 else 1):
                        self._here.publish(here, self._here.main, body_of(delivery), group="web")
                    self.doubled += self.carried % 10 == 0
                    delivery.ack()

    def close(self) -> None:
        self._end.set()
        self.join()


class Senders:
    """Clients that send each batch until it is acknowledged."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._web = credentials.derive(KEY, "web", 1)
        self.said: Counter[str] = Counter()
        self.acknowledged: list[str] = []
        self.slowest = 0.0

    @property
    def done(self) -> float:
        return len(self.acknowledged) / EVENTS

    def send(self, number: int) -> None:
        chance = random.Random(number)
        headers = bearer(tokens.mint(self._web, "client", seconds=80_000, creator=f"user-{number}"))
        for _ in range(EVENTS // CLIENTS // BATCH + 1):
            batch = [
                event(receiver=f"job:{chance.randrange(50)}", occurred_at=ago(seconds=chance.randrange(80_000)))
                for _ in range(BATCH)
            ]
            began = time.monotonic()
            while (answer := post(self._url, batch, headers)) is None or answer[0] == 503:
                self.said["nothing" if answer is None else answer[1]["type"]] += 1
                assert time.monotonic() < began + PATIENCE
                time.sleep(0.1)  # as a client backs off
            assert answer[0] == 200, answer
            assert answer[1]["counts"] == {"queued": BATCH}
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.acknowledged += [one["id"] for one in batch]


@contextmanager
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Any]]:
    """The addresses of two queues, and what makes the broker go away and come back."""
    rabbit: Rabbit = request.getfixturevalue("rabbit")

    def restart() -> None:
        rabbit.stop()
        rabbit.start()

    yield rabbit.url, rabbit.url, restart


@contextmanager
def amazon(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Any]]:
    """Moto keeps messages in memory, so the way to it is shut instead."""
    address = request.getfixturevalue("sqs")
    with Door(f"http://{address}").held() as door:

        def restart() -> None:
            door.shut()
            time.sleep(3)
            door.open = True

        here = urlsplit(door.url).netloc
        urls = [sqs_queues(address, VisibilityTimeout="10").replace(address, here) for _ in range(2)]
        yield urls[0], urls[1], restart


@pytest.mark.parametrize("kind", [rabbitmq, amazon])
def test_each_event_is_stored_once(
    kind: Any, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "q",
        "AWS_SECRET_ACCESS_KEY": "q",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        database = Database(stack, tmp_path / "data")
        sent_to, taken_from, restart = stack.enter_context(kind(request))
        there = broker.of(replace(database.settings, queue_url=sent_to))
        far = replace(database.settings, queue_url=taken_from, deployment="doubled")
        here = broker.of(far)
        empty(there)
        empty(here)
        server = stack.enter_context(serving(database.settings, tmp_path / "api", QUEUE_URL=sent_to))
        drained: Drains = stack.enter_context(drains(far, tmp_path / "drains"))
        for _ in range(2):
            drained.start()
        postman = Postman(there, here)
        postman.start()
        stack.callback(postman.close)
        until(lambda: drained.draining == 2)
        senders = Senders(server.url)
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            clients = [pool.submit(senders.send, number) for number in range(CLIENTS)]
            until(lambda: senders.done > 0.15, PATIENCE)
            database.stop()
            before = senders.said.copy()
            kept = pool.submit(until, lambda: senders.done > 0.3, PATIENCE)
            time.sleep(STOPPED)
            unnoticed = senders.said == before
            kept.result()
            database.start()
            for share in range(KILLS):
                until(lambda share=share: senders.done > min(0.3 + 0.1 * share, 0.95), PATIENCE)
                drained.kill()
                drained.start()
                if share == 2:
                    restart()
            for client in clients:
                client.result()
        total = len(senders.acknowledged)
        until(lambda: database.rows("select count(*) from tracking.events")[0][0] >= total, PATIENCE)
        until(lambda: waiting(there) == waiting(here) == 0, PATIENCE)
        drained.stop()
        stored = [str(row[0]) for row in database.rows("select event_id from tracking.events")]
        assert unnoticed, f"clients noticed that the database was away: {senders.said}"
        assert sorted(stored) == sorted(senders.acknowledged)
        assert ledger_off(database.settings, database.rows("select now() - interval '2 days'")[0][0]) == []
        booked = dict(database.rows("select verdict, sum(events)::int from tracking.ingest_ledger group by 1"))
        assert booked["accepted"] + booked.get("repeat", 0) == total
        assert booked.get("duplicate", 0) <= BATCH * sum(senders.said.values()), "doubled messages were booked twice"
        assert postman.doubled > 0
        assert dead(here) == dead(there) == 0
