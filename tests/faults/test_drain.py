"""A graceful stop answers what is under way, and then ends."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fixtures.cast import bearer
from fixtures.clients import batches, post
from fixtures.database import KEY
from fixtures.deployment import Place, check
from fixtures.processes import Server, serving
from fixtures.served import until
from tracking import db
from tracking.provenance import credentials, tokens

CLIENTS = 12
STOPPED = 6  # seconds; gunicorn looks once a second whether it is done, and stops waiting after 20


@pytest.fixture
def server(place: Place, tmp_path: Path) -> Iterator[Server]:
    """One more on the same database, since it is to end."""
    with serving(place.settings, tmp_path / "log") as server:
        yield server


@contextmanager
def held_up(place: Place) -> Iterator[Callable[[], None]]:
    """Nothing can be committed until the given function is called."""
    with db.connect(db.owner_url(place.settings)) as connection:
        connection.execute("begin")
        connection.execute(
            "lock table tracking.ingest_ledger in access exclusive mode"
        )  # embedded: one at a time anyhow
        yield lambda: connection.execute("commit")


def writers_wait(place: Place) -> None:
    if place.engine is not None:
        time.sleep(0.5)  # the engine talks to nobody but the holder
        return
    until(
        lambda: place.sql(
            "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
    )


def stop(server: Server) -> None:
    os.kill(server.pid, signal.SIGTERM)
    until(lambda: not listens(server), 5)


def listens(server: Server) -> bool:
    host, port = urlsplit(server.url).netloc.split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


def ended(server: Server, within: float) -> int:
    """The exit status; the process is left to who started it."""
    end = time.monotonic() + within
    while (status := os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)) is None:
        assert time.monotonic() < end, f"it still runs after {within} s"
        time.sleep(0.05)
    return status.si_status


@contextmanager
def idle(server: Server) -> Iterator[None]:
    """A connection that is kept alive, as load balancers and browsers do."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    yield
    connection.close()


def test_a_graceful_stop_answers_every_request_under_way_and_waits_for_nothing_else(
    place: Place, server: Server
) -> None:
    web = credentials.derive(KEY, "web", 1)

    def send(number: int) -> tuple[int, list[str]]:
        (batch,) = batches(number, 1)
        token = tokens.mint(web, "client", seconds=900, creator=f"user-{number}")
        status, _, _ = post(server.url, batch, bearer(token))
        return status, [one["id"] for one in batch]

    with idle(server):
        with ThreadPoolExecutor(CLIENTS) as executor, held_up(place) as let_go:
            answers = [executor.submit(send, number) for number in range(CLIENTS)]
            writers_wait(place)
            stop(server)
            time.sleep(2)  # a slow commit
            assert not any(answer.done() for answer in answers)
            let_go()
            found = [answer.result() for answer in answers]
        assert [status for status, _ in found] == [200] * CLIENTS
        assert ended(server, STOPPED) == 0
    check(place, [event_id for _, ids in found for event_id in ids])
