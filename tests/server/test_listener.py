"""A burst of connections is shared; where there is no room, the one that waits longest makes some."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent.pool import Pool

from deploy.server.connection import Connection
from deploy.server.listener import CROWD, Listener, Room


class Taken:
    """A listener of this process, the connections it took, and clients that connect to it."""

    def __init__(self) -> None:
        self.requests = 0
        self.taken: list[Connection] = []
        socket_ = gevent.socket.socket()
        socket_.bind(("127.0.0.1", 0))
        socket_.listen(200)
        self.listener = Listener(socket_, handle=self._take, spawn=Pool(200), requests=lambda: self.requests)
        self.listener.pause = 3_600
        self._clients: list[socket.socket] = []
        self._held = gevent.event.Event()

    def _take(self, connection: Connection, _address: Any) -> None:
        self.taken.append(connection)
        self._held.wait()

    def connect(self) -> int:
        """How many were taken, after one more client has come."""
        self._clients.append(socket.create_connection(self.listener.address, 5))
        with contextlib.suppress(gevent.Timeout), gevent.Timeout(0.2):
            before = len(self.taken)
            while len(self.taken) == before:
                gevent.sleep(0.01)
        return len(self.taken)

    def close(self) -> None:
        self._held.set()
        self.listener.stop()
        for client in self._clients:
            client.close()


@pytest.fixture
def taken() -> Iterator[Taken]:
    with contextlib.closing(Taken()) as taken:
        taken.listener.start()
        yield taken


def test_two_connections_without_a_request_between_leave_the_third_to_others(taken: Taken) -> None:
    assert [taken.connect() for _ in range(4)] == [1, 2, 2, 2]


def test_where_requests_come_between_nothing_waits(taken: Taken) -> None:
    counts = []
    for _ in range(4):
        counts.append(taken.connect())
        taken.requests += 1
    assert counts == [1, 2, 3, 4]


def test_after_the_pause_it_goes_on(taken: Taken) -> None:
    taken.listener.pause = 0.001
    assert [taken.connect() for _ in range(4)] == [1, 2, 3, 4]


def test_where_a_crowd_is_open_already_nothing_waits(taken: Taken) -> None:
    taken.listener.pause = 0.001
    for _ in range(CROWD):
        taken.connect()
    taken.listener.pause = 3_600
    assert [taken.connect() - CROWD for _ in range(3)] == [1, 2, 3]


@pytest.fixture
def connections() -> Iterator[Callable[[float], Connection]]:
    """Connections that wait for their client since the given moment."""
    made: list[Connection] = []

    def make(since: float, *, waits: bool = True) -> Connection:
        left, right = socket.socketpair()
        made.extend([Connection(fileno=one.detach()) for one in (left, right)])
        made[-1].since, made[-1].waits = since, waits
        return made[-1]

    yield make
    for one in made:
        one.close()


def ended(connection: Connection) -> bool:
    connection.deadline, connection.allowance = time.monotonic() + 0.01, 1
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False


def test_the_one_that_waits_longest_makes_room(connections: Any) -> None:
    room = Room(total=3, each=0)
    held = [connections(since) for since in (5.0, 3.0, 4.0)]
    assert all(room.enter(one, "192.0.2.1") for one in held)
    assert room.enter(connections(6.0), "192.0.2.2")
    assert [ended(one) for one in held] == [False, True, False]


def test_an_address_makes_room_for_itself(connections: Any) -> None:
    room = Room(total=9, each=2)
    other, *held = (connections(since) for since in (1.0, 2.0, 3.0))
    assert room.enter(other, "192.0.2.9")
    assert all(room.enter(one, "192.0.2.1") for one in held)
    assert room.enter(connections(4.0), "192.0.2.1")
    assert [ended(one) for one in (other, *held)] == [False, True, False]


def test_who_is_being_answered_is_not_ended(connections: Any) -> None:
    room = Room(total=2, each=0)
    held = [connections(1.0, waits=False), connections(2.0, waits=False)]
    assert all(room.enter(one, "192.0.2.1") for one in held)
    assert not room.enter(connections(3.0), "192.0.2.1")
    assert not any(ended(one) for one in held)


def test_who_leaves_gives_its_place_back(connections: Any) -> None:
    room = Room(total=2, each=1)
    for _ in range(5):
        one = connections(1.0, waits=False)
        assert room.enter(one, "192.0.2.1")
        room.leave(one, "192.0.2.1")
    assert room.open == set()
    assert room.by_address == {}
