"""One user, or nobody we know, sends as much as they can: the others do not notice, and the disk does not fill."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from attacks.honest import honest
from fixtures.cast import bearer, event
from fixtures.processes import Server


def beside(
    server: Server, count: int, attack: Callable[[http.client.HTTPConnection], str], pause: float = 0.1, **least: int
) -> Counter[str]:
    """What an attack over so many connections, with a pause between the requests of each, was answered, while six honest
    senders go on: 120 events at least, and until each status of `least` was answered that often.
    """
    said: Counter[str] = Counter()
    ends = threading.Event()

    def run() -> None:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        while not ends.wait(pause):
            try:
                said[attack(connection)] += 1
            except (OSError, http.client.HTTPException):
                connection.close()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    with honest(server.url) as senders:
        for thread in threads:
            thread.start()
        try:
            senders.go_on(120)
            while any(said[status[1:]] < times for status, times in least.items()):
                senders.go_on(30)
        finally:
            ends.set()
            for thread in threads:
                thread.join()
    return said


def ask(connection: http.client.HTTPConnection, *request: Any) -> str:
    connection.request(*request)
    response = connection.getresponse()
    response.read()
    return str(response.status)


@pytest.mark.leaves(stored=0)
def test_a_path_that_was_slow_to_log(server: Server) -> None:
    """Without a token, and some forty a second: each of them took the worker 45 ms."""
    path = "/" + "://a:" * 1_600
    said = beside(server, 8, lambda connection: ask(connection, "GET", path), pause=0.2, _404=20)
    assert said.keys() == {"404"}


@pytest.mark.leaves(stored=0)
def test_one_users_garbage_is_on_their_own_account(server: Server, sql: Any, alice: str) -> None:
    """The source takes 40 MB a minute, so one user takes a quarter of that and no more from the others."""
    sql("update tracking.sources set bytes = 40000000")
    garbage = b"{" * 900_000
    said = beside(server, 3, lambda one: ask(one, "POST", "/v1/events", garbage, bearer(alice)), _429=20)
    assert said["400"] in range(1, 2 * 2 * 11 + 1)  # two workers, and a minute may have ended between


@pytest.mark.leaves(stored=0)
def test_what_is_rejected_does_not_fill_the_disk(server: Server, sql: Any, alice: str) -> None:
    body = json.dumps({"events": [event(receiver="x", properties={"x": "y" * 15_000}) for _ in range(20)]})
    said = beside(server, 2, lambda connection: ask(connection, "POST", "/v1/events", body, bearer(alice)), _200=5)
    ((octets, rows),) = sql("select sum(length(payload)), count(*) from tracking.rejected_events")
    assert octets <= 2 * 2 * 200_000
    assert rows < said["200"] * 20
    ((counted,),) = sql("select sum(events) from tracking.ingest_ledger where verdict = 'rejected'")
    assert counted >= said["200"] * 20
