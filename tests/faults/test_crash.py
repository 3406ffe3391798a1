"""Twenty clients at once, and something is killed in the middle: what was acknowledged is there, once."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import ago, bearer, event
from fixtures.database import KEY, a_database, a_folder, disagreements
from fixtures.processes import Server, serving
from tracking import db, embedded, migrations
from tracking.provenance import credentials, tokens
from tracking.settings import Settings

CLIENTS, REQUESTS = 20, 25
PATIENCE = 60


class Place:
    """A deployment of its own: what is killed here must not be missed elsewhere."""

    def __init__(self, stack: ExitStack, log: Path) -> None:
        self.engine: embedded.Engine | None = None
        if os.environ.get("DATABASE_URL"):
            self.settings = stack.enter_context(a_database())
        else:
            folder = stack.enter_context(a_folder())
            self.engine = stack.enter_context(embedded.Engine(folder))
            self.settings = Settings(data=folder, secret_keys=(KEY,), reporting_timezone="Europe/Berlin")
        self.settings = replace(self.settings, secret_keys=(KEY,))
        migrations.migrate(self.settings)
        self.sql("insert into tracking.sources (name) values ('web')")
        self.server: Server = stack.enter_context(serving(self.settings, log))

    def sql(self, statement: str, *parameters: object) -> list[tuple]:
        with db.connect(db.owner_url(self.settings)) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def workers(self) -> list[int]:
        """The processes that gunicorn has forked."""
        return [
            int(pid) for pid in Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        ]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(stack, tmp_path / "log")


class Clients:
    """Each posts its batches one by one, and sends a batch again until it is acknowledged, as an app does."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._web = credentials.derive(KEY, "web", 1)
        self._changed = threading.Condition()
        self.acknowledged: list[str] = []
        self.failures = 0
        self._broken = False

    def run(self, kill: Callable[[], None], *, after: list[int]) -> None:
        """Runs all clients to their end, and kills each time that so many events are acknowledged."""
        with ThreadPoolExecutor(CLIENTS) as executor:
            clients = [executor.submit(self._client, number) for number in range(CLIENTS)]
            for count in after:
                with self._changed:
                    self._changed.wait_for(
                        lambda count=count: self._broken or len(self.acknowledged) >= count, PATIENCE
                    )
                if len(self.acknowledged) < count:
                    break  # its own error comes below
                kill()
            for client in clients:
                client.result()

    def _client(self, number: int) -> None:
        try:
            self._send_all(number)
        except BaseException:
            with self._changed:
                self._broken = True
                self._changed.notify_all()
            raise

    def _send_all(self, number: int) -> None:
        headers = bearer(tokens.mint(self._web, "client", seconds=900, creator=f"user-{number}"))
        chance = random.Random(number)
        for _ in range(REQUESTS):
            batch = [
                event(name=chance.choice(["seen", "view"]), occurred_at=ago(minutes=chance.randrange(4_000)))
                for _ in range(chance.randint(1, 5))
            ]
            until = time.monotonic() + PATIENCE
            while not self._post(batch, headers):
                assert time.monotonic() < until, "never acknowledged"
                time.sleep(0.05)  # as a client backs off
            with self._changed:
                self.acknowledged += [one["id"] for one in batch]
                self._changed.notify_all()

    def _post(self, batch: list[dict[str, Any]], headers: dict[str, str]) -> bool:
        connection = http.client.HTTPConnection(self._address, timeout=20)
        try:
            connection.request("POST", "/v1/events", json.dumps({"events": batch}), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.failures += 1
            return False
        finally:
            connection.close()
        if response.status != 200:
            self.failures += 1
            assert response.status == 503, answer
            return False
        assert {verdict["verdict"] for verdict in answer["verdicts"]} <= {"accepted", "duplicate", "repeat"}, answer
        return True


def check(place: Place, clients: Clients) -> None:
    """Acknowledged is stored, stored is stored once, the ledger and the aggregates agree with the rows."""
    stored = [event_id for (event_id,) in place.sql("select event_id::text from tracking.events")]
    assert len(clients.acknowledged) > CLIENTS * REQUESTS
    assert set(clients.acknowledged) - set(stored) == set(), "acknowledged and lost"
    assert sorted(stored) == sorted(clients.acknowledged), "stored twice"
    new = "select sum(events)::int from tracking.ingest_ledger where verdict in ('accepted', 'repeat', 'bot', 'own')"
    assert place.sql(new) == [(len(stored),)]
    assert disagreements(place.settings) == {}
    for name in ("event_counts_hourly", "event_counts_daily", "activity_daily"):
        place.sql(f"call refresh_continuous_aggregate('tracking.{name}', null, null)")
    assert disagreements(place.settings) == {}


@pytest.mark.embedded
def test_killing_the_engine_loses_nothing_that_was_acknowledged(place: Place) -> None:
    engine, clients = place.engine, Clients(place.server.url)
    assert engine is not None
    killed = []

    def kill() -> None:
        until = time.monotonic() + PATIENCE
        while (pid := engine.pid) is None or pid in killed:
            assert time.monotonic() < until, "it was not started again"
            time.sleep(0.01)  # the supervisor's thread has it in hand
        killed.append(pid)
        os.kill(pid, signal.SIGKILL)

    clients.run(kill, after=[200, 700])
    assert len(killed) == 2
    assert engine.restarts >= 2
    check(place, clients)


def test_killing_the_workers_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """Gunicorn forks new ones; the requests that were under way are sent again."""
    clients = Clients(place.server.url)
    killed = []

    def kill() -> None:
        for pid in place.workers():
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    clients.run(kill, after=[200, 700])
    assert len(killed) >= 2
    assert clients.failures > 0
    check(place, clients)


@pytest.mark.native
def test_cutting_off_every_connection_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """The server ends the sessions in the middle of their statements, as a failover does."""
    clients = Clients(place.server.url)
    terminated = []

    def kill() -> None:
        terminated.extend(
            place.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
        )

    clients.run(kill, after=[200, 500, 800])
    assert len(terminated) >= 3
    check(place, clients)
