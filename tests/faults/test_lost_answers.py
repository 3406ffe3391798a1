"""The answer gets lost, and the client sends again: it counts once, and the client is told that it was known."""

import http.client
import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from fixtures.cast import bearer
from fixtures.clients import CLIENTS, Batch, batches, post_patiently
from fixtures.database import KEY
from fixtures.deployment import SIZE, Place, check
from fixtures.served import until
from tracking.provenance import credentials, tokens

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST
REQUESTS = 8 * SIZE


def headers(number: int) -> dict[str, str]:
    web = credentials.derive(KEY, "web", 1)
    return bearer(tokens.mint(web, "client", seconds=3_600, creator=f"user-{number}"))


@contextmanager
def sent(place: Place, batch: Batch, number: int) -> Iterator[socket.socket]:
    """A request that was sent as a whole, and of whose answer nothing was read."""
    connection = http.client.HTTPConnection(urlsplit(place.server.url).netloc, timeout=30)
    connection.request("POST", "/v1/events", json.dumps({"events": batch}), headers(number))
    try:
        yield connection.sock
    finally:
        connection.close()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def is_stored(place: Place, batch: Batch) -> bool:
    ids = [one["id"] for one in batch]
    return place.sql("select count(*) from tracking.events where event_id = any(%s::uuid[])", ids) == [(len(batch),)]


def booked(place: Place) -> Counter[str]:
    return Counter(
        dict(place.sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1"))
    )  # fmt: skip


@pytest.mark.parametrize("leave", [socket.socket.close, reset], ids=["closed", "reset"])
def test_an_answer_lost_after_the_commit_is_a_duplicate_at_the_retry(place: Place, leave) -> None:
    everything = list(batches(1, 10))
    for batch in everything:
        with sent(place, batch, 1) as connection:
            until(lambda batch=batch: is_stored(place, batch))
            leave(connection)
        assert set(post_patiently(place.server.url, batch, headers(1))) == {"duplicate"}
    ids = [one["id"] for batch in everything for one in batch]
    assert booked(place)["duplicate"] == len(ids)
    check(place, ids)


def test_a_client_that_went_away_at_once_is_booked_all_the_same(place: Place) -> None:
    everything = list(batches(2, 10))
    for batch in everything:
        with sent(place, batch, 2):
            pass
    for batch in everything:
        until(lambda batch=batch: is_stored(place, batch))
    check(place, [one["id"] for batch in everything for one in batch])
    assert booked(place).keys() <= {"accepted", "repeat"}


def test_clients_that_leave_at_any_moment_and_come_again_are_counted_once(place: Place) -> None:
    """Before the request is read, before the commit, after it: nobody knows which."""

    def client(number: int) -> Batch:
        chance = random.Random(number)
        for batch in batches(number, REQUESTS):
            for _ in range(chance.randint(1, 3)):
                with sent(place, batch, number) as connection:
                    time.sleep(chance.choice([0, 0.001, 0.01, 0.03]))
                    chance.choice([socket.socket.close, reset])(connection)
            assert set(post_patiently(place.server.url, batch, headers(number))) <= {"accepted", "repeat", "duplicate"}
            acknowledged.extend(one["id"] for one in batch)

    acknowledged: list[str] = []
    with ThreadPoolExecutor(CLIENTS) as executor:
        list(executor.map(client, range(CLIENTS)))
    assert booked(place)["duplicate"] > len(acknowledged) / 10
    check(place, acknowledged)
