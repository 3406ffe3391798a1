"""What a connection may cost, each bound by itself: on real sockets, with gevent in this process."""

import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import gevent
import pytest
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.unreader import SocketUnreader

from deploy.server.bodies import Bodies
from deploy.server.connection import BREATH, HEAD_BYTES, OVERHEAD, Connection, TooMuch
from deploy.server.worker import _is_read

LARGEST = 1_000_000


class Pair(NamedTuple):
    ours: Connection
    client: gevent.socket.socket


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Our side of a connection, whose first head is awaited, and the client's; for ten seconds in all."""
    left, right = socket.socketpair()
    with Connection(fileno=left.detach()) as ours, gevent.socket.socket(fileno=right.detach()) as client:
        ours.await_head(60, 0.2)
        with gevent.Timeout(10):
            yield Pair(ours, client)


def chunked(ours: Connection, bodies: Bodies | None = None) -> Body:
    body = Body(ChunkedReader(SimpleNamespace(), SocketUnreader(ours)))
    ours.await_body(SimpleNamespace(body=body), 5, bodies or Bodies(LARGEST))
    return body


def sized(ours: Connection, length: int, bodies: Bodies | None = None, *, came: bytes = b"") -> Body:
    """`came`: with the head."""
    body = Body(LengthReader(SocketUnreader(ours), length))
    body.reader.unreader.unread(came)
    ours.await_body(SimpleNamespace(body=body), 5, bodies or Bodies(LARGEST))
    return body


def read(ours: Connection, size: int) -> None:
    while ours.recv(size):
        pass


def send(ours: Connection, octets: bytes) -> None:
    while True:
        ours.sendall(octets)


def turns_of_others(work: Any) -> int:
    """How often another greenlet ran meanwhile."""
    turns = 0

    def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            gevent.sleep(0)

    greenlet = gevent.spawn(others)
    work()
    greenlet.kill()
    return turns


def test_who_always_has_bytes_lets_others_run_between(pair: Pair) -> None:
    pair.ours.await_head(60, 60)
    pair.client.sendall(b"x" * 100)
    assert turns_of_others(lambda: [pair.ours.recv(1) for _ in range(50)]) >= 49


def test_and_leaves_them_a_part_of_the_processor(pair: Pair) -> None:
    pair.ours.await_head(60, 60)
    pair.client.sendall(b"x" * 100)
    started = time.monotonic()
    for _ in range(51):
        pair.ours.recv(1)
    assert time.monotonic() - started > 50 * BREATH * 0.9


def test_whose_bytes_were_waited_for_is_not_held_up(pair: Pair) -> None:
    gevent.spawn_later(0.05, pair.client.sendall, b"xx")
    pair.ours.recv(1)
    assert not pair.ours.greedy
    pair.ours.recv(1)
    assert pair.ours.greedy


def test_a_head_has_seconds_from_its_first_byte(pair: Pair) -> None:
    gevent.spawn_later(0.3, pair.client.sendall, b"G")  # later than a head may take, as nothing has begun
    assert pair.ours.recv(10) == b"G"
    assert not pair.ours.idle
    with pytest.raises(TimeoutError):
        pair.ours.recv(10)


def test_a_head_that_has_begun_already_has_them_at_once(pair: Pair) -> None:
    pair.ours.await_head(60, 0.1, begun=True)
    assert not pair.ours.idle
    with pytest.raises(TimeoutError):
        pair.ours.recv(10)


def test_an_idle_connection_has_the_time_of_keepalive(pair: Pair) -> None:
    pair.ours.await_head(0.1, 60)
    assert pair.ours.idle
    with pytest.raises(TimeoutError):
        pair.ours.recv(10)


def test_the_clock_counts_though_there_are_always_bytes(pair: Pair) -> None:
    pair.ours.await_head(60, 0.1, begun=True)
    pair.client.sendall(b"x" * 10_000)
    with pytest.raises(TimeoutError):
        read(pair.ours, 1)


def test_a_head_has_a_largest_size(pair: Pair) -> None:
    pair.ours.await_head(60, 60)
    gevent.spawn(pair.client.sendall, b"x" * (HEAD_BYTES + 10_000))
    with pytest.raises(TooMuch):
        read(pair.ours, 1024)
    assert -1024 < pair.ours.allowance <= 0
    pair.ours.await_head(60, 60)
    assert pair.ours.recv(1024)


@pytest.mark.parametrize("piece", [b"1\r\nx\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n"], ids=["drips", "extensions"])
def test_what_chunks_cost_is_bounded(pair: Pair, piece: bytes) -> None:
    sent = piece * (500_000 // len(piece))
    sender = gevent.spawn(pair.client.sendall, sent)
    body = chunked(pair.ours)
    with pytest.raises(TooMuch):
        body.read(1_000_000)
    sender.kill()
    assert body.failed
    assert pair.ours.allowance > -8192 - OVERHEAD


def test_chunks_as_clients_make_them_cost_nothing(pair: Pair) -> None:
    sizes = [1, 5, 100, 4_000, 70_000, 300_000] * 3
    sent = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in sizes) + b"0\r\n\r\n"
    gevent.spawn(pair.client.sendall, sent)
    body = chunked(pair.ours)
    assert len(body.read(10_000_000)) == sum(sizes)
    assert _is_read(SimpleNamespace(body=body), pair.ours)


def test_many_small_chunks_that_are_no_smaller_than_their_frame_are_taken(pair: Pair) -> None:
    gevent.spawn(pair.client.sendall, b"6\r\n123456\r\n" * 20_000 + b"0\r\n\r\n")
    assert len(chunked(pair.ours).read(10_000_000)) == 120_000


def test_a_body_of_a_known_length_is_read_to_its_end(pair: Pair) -> None:
    gevent.spawn(pair.client.sendall, b"x" * 500_000)
    body = sized(pair.ours, 500_000)
    assert len(body.read(500_001)) == 500_000
    assert _is_read(SimpleNamespace(body=body), pair.ours)


def test_what_has_arrived_of_an_unread_body_is_dropped_and_nothing_is_waited_for(pair: Pair) -> None:
    body = sized(pair.ours, 100)
    body.reader.unreader.unread(b"x" * 100)
    assert _is_read(SimpleNamespace(body=body), pair.ours)
    body = sized(pair.ours, 100)
    body.reader.unreader.unread(b"x" * 99)
    pair.client.sendall(b"x")
    assert not _is_read(SimpleNamespace(body=body), pair.ours)


@pytest.mark.parametrize("of", [sized, chunked])
def test_a_body_is_counted_until_its_end_has_come(pair: Pair, of: Any) -> None:
    bodies = Bodies(LARGEST)
    whole = b"x" * 5_000 if of is sized else b"1388\r\n" + b"x" * 5_000 + b"\r\n0\r\n\r\n"
    body = sized(pair.ours, 5_000, bodies, came=whole[:1_000]) if of is sized else chunked(pair.ours, bodies)
    pair.client.sendall(whole[1_000:-1] if of is sized else whole[:-1])
    reader = gevent.spawn(body.read, 5_001)
    gevent.sleep(0.05)
    assert bodies.held == (3_999 if of is sized else len(whole) - 1)
    pair.client.sendall(whole[-1:])
    assert len(reader.get()) == 5_000
    assert bodies.held == 0


@pytest.mark.parametrize("ends", [Connection.nothing_more, Connection.linger, Connection.end])
def test_or_until_nobody_waits_for_it(pair: Pair, ends: Any) -> None:
    bodies = Bodies(LARGEST)
    sized(pair.ours, 5_000, bodies)
    pair.client.sendall(b"x" * 3_000)
    pair.ours.recv(2_000)
    assert bodies.held == 2_000
    pair.client.shutdown(socket.SHUT_WR)
    ends(pair.ours)
    assert bodies.held == 0


def test_who_was_ended_is_not_listened_to_though_bytes_are_there(pair: Pair) -> None:
    sized(pair.ours, 5_000)
    pair.client.sendall(b"x" * 3_000)
    pair.ours.end()
    with pytest.raises(TimeoutError):
        pair.ours.recv(2_000)


def test_lingering_takes_in_so_much_and_no_more(pair: Pair) -> None:
    sized(pair.ours, 10)
    sender = gevent.spawn(pair.client.sendall, b"x" * 10_000_000)
    pair.ours.linger()
    assert pair.ours.allowance <= 0
    assert pair.ours.allowance > -10_000
    sender.kill()


def test_lingering_ends_when_the_client_has_gone(pair: Pair) -> None:
    pair.client.shutdown(socket.SHUT_WR)
    started = time.monotonic()
    pair.ours.linger()
    assert time.monotonic() - started < 1
    assert pair.client.recv(1) == b""  # and it was told


def test_an_answer_that_nobody_takes_is_given_up(pair: Pair) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        send(pair.ours, b"x" * 1_000)
    assert time.monotonic() - started < 5


def test_a_long_answer_has_longer(pair: Pair) -> None:
    pair.ours.sendall(b"x" * 50_000)
    assert pair.ours.gettimeout() == pytest.approx(0.2 + 5)


def test_while_the_client_is_in_charge_it_waits(pair: Pair) -> None:
    assert not pair.ours.waits
    reader = gevent.spawn(pair.ours.recv, 1)
    gevent.sleep(0.01)
    assert pair.ours.waits
    pair.client.sendall(b"x")
    reader.get()
    assert not pair.ours.waits
