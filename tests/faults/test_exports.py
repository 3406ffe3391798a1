"""Somebody follows the events by cursors, while others write and things break: each event comes once."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from fixtures.cast import ALICE, bearer
from fixtures.clients import Clients
from fixtures.database import KEY
from fixtures.deployment import PATIENCE, Place
from fixtures.rows import batch, row
from tracking import db
from tracking.provenance import credentials
from tracking.snapshot import MAX_AGE


class Follower(threading.Thread):
    """Asks again and again from where it is, with and without a limit; reads a part of some answers and hangs up."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__()
        self._address = urlsplit(url).netloc
        self._chance = random.Random(seed)
        self._headers = bearer(credentials.derive(KEY, "web", 1))
        self._cursor = ""
        self._ends = threading.Event()
        self.rows: list[dict[str, Any]] = []
        self.said: Counter[str] = Counter()

    def run(self) -> None:
        while not self._ends.wait(0.02):
            self.ask()

    def ask(self) -> int | None:
        """The number of rows that an answer brought; None: it did not come, or broke off."""
        limit = self._chance.choice(["", "", "limit=1", "limit=100"])
        path = f"/v1/events?{limit}" + (f"&cursor={quote(self._cursor)}" if self._cursor else "")
        connection = http.client.HTTPConnection(self._address, timeout=30)
        got, after = b"", None
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                self.said[json.loads(answer.read())["type"]] += 1
                return None
            if self._chance.random() < 0.2:
                got = answer.read(self._chance.randrange(2000))
                self.said["hung up"] += 1
            else:
                got, after = answer.read(), answer.getheader("Next-Cursor")
                self.said["whole"] += 1
        except http.client.IncompleteRead as broken:
            got = broken.partial
            self.said["broken off"] += 1
        except (OSError, http.client.HTTPException):
            self.said["nothing"] += 1
        finally:
            connection.close()
        return self._take([json.loads(line) for line in got.split(b"\n")[:-1]], after)

    def _take(self, rows: list[dict[str, Any]], after: str | None) -> int | None:
        """Keeps the rows, and notes where to go on, as docs/export.md says."""
        if after is None and rows:
            last = place(rows[-1])
            rows = [each for each in rows if place(each) != last]
            after = place(rows[-1]) if rows else None
        self.rows += rows
        self._cursor = after or self._cursor
        return len(rows) if after else None

    def to_the_end(self) -> None:
        """Goes on until nothing comes any more."""
        self._ends.set()
        self.join()
        until = time.monotonic() + PATIENCE
        time.sleep(1.1)  # the last second is not settled
        while self.ask() != 0:
            assert time.monotonic() < until, self.said


def place(row: dict[str, Any]) -> str:
    return f"{row['received_at']},{row['event_id']}"


def each_once(place: Place, follower: Follower) -> None:
    stored = place.sql("select event_id::text, coalesce(excluded, '') from tracking.events")
    came = [(row["event_id"], row["excluded"] or "") for row in follower.rows]
    assert len(came) == len(set(came)), "came twice"
    assert sorted(came) == sorted(stored), "stored, and never came"
    moments = [datetime.fromisoformat(row["received_at"]) for row in follower.rows]  # a whole second has no fraction
    assert moments == sorted(moments)


@pytest.fixture
def follower(place: Place) -> Follower:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    place.sql("update tracking.sources set rights = '{ingest,mint,stats,export}'")
    time.sleep(MAX_AGE)  # so long the workers may go by the rights before
    return Follower(place.server.url, seed)


def test_who_follows_the_events_gets_each_once_whatever_breaks(place: Place, follower: Follower) -> None:
    clients = Clients(place.server.url)
    break_database = place.cut_off if place.engine is None else place.kill_engine
    follower.start()
    try:
        clients.run((0.2, place.kill_workers), (0.4, break_database), (0.6, place.kill_workers), (0.8, break_database))
    finally:
        follower.to_the_end()
    assert set(clients.acknowledged) <= {row["event_id"] for row in follower.rows}
    each_once(place, follower)


@pytest.mark.native  # the embedded engine has one session: while a transaction is open, nobody else does anything
def test_what_commits_late_comes_all_the_same(place: Place, follower: Follower) -> None:
    clients = Clients(place.server.url)
    follower.start()
    with ExitStack() as late:
        slow = [late.enter_context(db.connect(db.owner_url(place.settings))) for _ in range(3)]

        def begin(connection: Any) -> None:
            connection.execute("begin")
            rows = [row(creator=ALICE, name=f"late{n}") for n in range(5)]
            connection.execute("select tracking.ingest(%s::jsonb, '[]'::jsonb)", (batch(*rows),))

        steps = [(0.1 + 0.1 * n, lambda connection=connection: begin(connection)) for n, connection in enumerate(slow)]
        ends = [
            (0.5 + 0.2 * n, lambda connection=connection: connection.execute("commit"))
            for n, connection in enumerate(slow)
        ]
        try:
            clients.run(*sorted(steps + ends, key=lambda step: step[0]))
        finally:
            for connection in slow:
                connection.execute("commit")
            follower.to_the_end()
    each_once(place, follower)
    assert sum(row["name"].startswith("late") for row in follower.rows) == 15
