"""Twenty clients at once, and something is killed in the middle: what was acknowledged is there, once."""

import random
import time

import pytest

from attacks.together import together
from fixtures.clients import CLIENTS, Clients
from fixtures.deployment import SOAK, Place, check

STORM_SECONDS = SOAK * 60 or 8
ROUND_SECONDS = 60


@pytest.mark.embedded
def test_killing_the_engine_loses_nothing_that_was_acknowledged(place: Place) -> None:
    clients, before = Clients(place.server.url), place.engine.restarts
    clients.run((0.1, place.kill_engine), (0.6, place.kill_engine))
    check(place, clients.acknowledged)
    assert place.engine.restarts >= before + 2


def test_killing_the_workers_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """Gunicorn forks new ones; the requests that were under way are sent again."""
    clients = Clients(place.server.url)
    clients.run((0.1, place.kill_workers), (0.6, place.kill_workers))
    assert clients.said["nothing"] > 0
    check(place, clients.acknowledged)


@pytest.mark.embedded
def test_killing_engine_and_workers_at_once_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """As when the machine goes down, but for what only its disk would have lost."""
    clients, before = Clients(place.server.url), place.engine.restarts

    def kill() -> None:
        place.kill_engine()
        assert place.kill_workers() > 0

    clients.run((0.3, kill))
    assert clients.said["nothing"] > 0
    check(place, clients.acknowledged)
    assert place.engine.restarts > before


@pytest.mark.native
def test_cutting_off_every_connection_loses_nothing_that_was_acknowledged(place: Place) -> None:
    clients = Clients(place.server.url)
    cut = []
    clients.run(*[(share, lambda: cut.append(place.cut_off())) for share in (0.1, 0.3, 0.6)])
    assert sum(cut) >= 3
    check(place, clients.acknowledged)


def test_a_storm_of_failures_loses_nothing_that_was_acknowledged(place: Place) -> None:
    """Attackers are at work all the time. Seconds in `make test`, as long as you like in `make soak`."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = random.Random(seed)
    database = place.cut_off if place.engine is None else place.kill_engine
    failures = [[database], [place.kill_workers], [database, place.kill_workers]]

    def storm(end: float) -> None:
        while time.monotonic() < end:
            for failure in chance.choice(failures):
                failure()
            time.sleep(chance.uniform(1, 4))

    until = time.monotonic() + STORM_SECONDS
    while time.monotonic() < until:
        place.reset()
        clients = Clients(place.server.url, requests=None)
        end = min(until, time.monotonic() + ROUND_SECONDS)
        with together(place.server.url):
            clients.run((0, lambda end=end: storm(end)))
        assert clients.said["acknowledged"] >= CLIENTS
        check(place, clients.acknowledged)
