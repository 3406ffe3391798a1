"""Two gunicorn workers, recycled and killed: no number is lost, none goes down, none is counted twice."""

import http.client
import json
import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from fixtures.cast import bearer, event
from fixtures.metrics import TOKEN, Numbers
from fixtures.processes import Server, serving
from fixtures.served import until
from tracking.settings import Settings

REQUESTS, EVENTS = "footfall_request_seconds_count", "footfall_events_total"
INGESTED = {"route": "/v1/events", "method": "POST", "status": "2xx"}


class Told:
    """Scrapes one worker as long as that lives, counts from now on, and holds each counter against what it was."""

    def __init__(self, server: Server) -> None:
        self._worker = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=30)
        self._before: dict[tuple, float] = {}
        first = self()
        self._requests, self._events = first.sum(REQUESTS, **INGESTED), first.sum(EVENTS, source="web")

    def __call__(self) -> Numbers:
        try:
            numbers = self._scraped()
        except (http.client.HTTPException, OSError):  # it has ended: ask another
            self._worker.close()
            numbers = self._scraped()
        for name in sorted(numbers.names):
            if name.endswith(("_total", "_count", "_bucket", "_sum")):
                for labels, value in numbers.all(name):
                    key = (name, *sorted(labels.items()))
                    assert value >= self._before.get(key, 0), f"{key} went down"
                    self._before[key] = value
        return numbers

    def _scraped(self) -> Numbers:
        self._worker.request("GET", "/metrics", headers=bearer(TOKEN))
        answer = self._worker.getresponse()
        assert answer.status == 200
        return Numbers(answer.read().decode())

    def close(self) -> None:
        self._worker.close()

    def requests(self) -> float:
        return self().sum(REQUESTS, **INGESTED) - self._requests

    def events(self) -> float:
        return self().sum(EVENTS, source="web") - self._events


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def folder_of(pid: int) -> Path:
    """Where a worker keeps its numbers."""
    (found,) = {
        line.split()[-1].rpartition("/")[0]
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines()
        if "footfall-metrics-" in line
    }
    return Path(found)


def replaced(server: Server, worker: int) -> bool:
    """Whether another has taken the place of a worker that is gone."""
    return worker not in children(server.pid) and len(children(server.pid)) == 2


def ended(workers: set[int], server: Server, told: Told) -> bool:
    """Whether none of them is left. Each look is a request, too, and the counters must not go down meanwhile."""
    told()
    return not workers & children(server.pid)


@pytest.fixture(scope="module")
def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(settings, tmp_path_factory.mktemp("server") / "log", METRICS_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture
def watch() -> Iterator[Callable[[Server], Told]]:
    made: list[Told] = []

    def begin(server: Server) -> Told:
        made.append(Told(server))
        return made[-1]

    yield begin
    for told in made:
        told.close()


@pytest.fixture
def send(engine: object, alice: str) -> Callable[[Server, int], None]:
    """Sends so many requests, each with three events, on a connection of its own. Each is answered."""

    def go(server: Server, requests: int) -> None:
        for _ in range(requests):
            body = json.dumps({"events": [event() for _ in range(3)]}).encode()
            request = urllib.request.Request(f"{server.url}/v1/events", body, bearer(alice))
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.status == 200

    return go


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_nothing_is_lost_when_workers_are_killed(
    server: Server, watch: Callable, send: Callable, number: signal.Signals
) -> None:
    told = watch(server)
    send(server, 40)
    until(lambda: told.requests() == 40)
    before = children(server.pid)
    for dead in sorted(before):
        os.kill(dead, number)
        until(partial(replaced, server, dead))
        assert told.requests() == 40
    assert not before & children(server.pid)
    send(server, 40)
    until(lambda: told.requests() == 80)
    assert told.events() == 3 * 80


def test_a_worker_that_ends_at_once_keeps_what_it_counted_last(server: Server, watch: Callable, send: Callable) -> None:
    told = watch(server)
    for _ in range(3):
        workers = children(server.pid)
        send(server, 20)
        for worker in workers:
            os.kill(worker, signal.SIGABRT)
        until(lambda workers=workers: not workers & children(server.pid) and len(children(server.pid)) == 2)
    assert told.requests() == 60


def test_what_is_no_request_of_http_has_a_route_of_its_own(server: Server, watch: Callable) -> None:
    told = watch(server)
    labels = {"route": "unreadable", "status": "4xx"}
    before = told().sum(REQUESTS, **labels)
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    until(lambda: told().sum(REQUESTS, **labels) == before + 1)


def test_there_are_as_many_files_as_places_however_many_workers_there_were(server: Server, watch: Callable) -> None:
    for worker in sorted(children(server.pid)):
        os.kill(worker, signal.SIGKILL)
        until(partial(replaced, server, worker))
    told = watch(server)
    until(lambda: told().one("footfall_pool_size", pool="questions") == 2 * 4)  # of those that live
    files = {file.name for file in folder_of(min(children(server.pid))).iterdir()}
    assert files == {f"{kind}_{place}.db" for kind in ("counter", "histogram", "gauge_livesum") for place in (1, 2)}


def test_what_a_worker_had_goes_with_it(server: Server, watch: Callable) -> None:
    """TTOU: one worker fewer, and nobody takes its place."""
    told = watch(server)
    until(lambda: told().one("footfall_pool_size", pool="questions") == 2 * 4)
    os.kill(server.pid, signal.SIGTTOU)
    until(lambda: len(children(server.pid)) == 1)
    until(lambda: told().one("footfall_pool_size", pool="questions") == 4)


def test_nothing_is_lost_when_workers_end_after_so_many_requests(
    settings: Settings, watch: Callable, send: Callable, tmp_path: Path
) -> None:
    arguments = "--max-requests 25 --max-requests-jitter 0"
    with serving(settings, tmp_path / "log", METRICS_TOKEN=TOKEN, GUNICORN_CMD_ARGS=arguments) as recycling:
        folder = folder_of(min(children(recycling.pid)))
        assert folder.stat().st_mode & 0o777 == 0o700
        told = watch(recycling)
        for sent in (30, 60):
            before = children(recycling.pid)
            send(recycling, 30)
            until(partial(ended, before, recycling, told), seconds=60)
            assert told.requests() == sent
        assert told.events() == 3 * 60
    assert not folder.exists()  # it goes with the server
