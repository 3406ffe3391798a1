"""One HTTP request to an outside server, over by a fixed time whatever that server does."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple

from tracking.notifications.destination import SockAddr, Target, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext

    from _typeshed import ReadableBuffer, WriteableBuffer

SECONDS = 15
"""For everything: to look the name up, to connect, to send, and to read the answer's head."""
CONNECT_SECONDS = 5
"""For each address but the last."""


class Answer(NamedTuple):
    status: int
    retry_after: str | None


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none; else raises `TimeoutError`."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Line(io.RawIOBase):
    """What http.client needs of a socket. A socket's own timeout starts anew with each byte that comes."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket, self._deadline = connected, deadline

    def sendall(self, data: ReadableBuffer) -> None:
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """http.client closes it before it has flushed what `makefile` gave; who opened the socket closes it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    local: bool,
    tls: SSLContext,
    hand_over: Callable[[], None],
) -> Answer:
    """Posts the body to an address of the host; calls `hand_over` right before.

    Follows no redirect, knows no proxy, and reads no body.

    Raises what `resolve` raises, `OSError`, and `http.client.HTTPException` for an answer that is no HTTP.
    """
    deadline = Deadline(SECONDS)
    addresses = resolve(target.host, target.port, local=local, seconds=deadline.left())
    with _connect(addresses, deadline) as plain:
        plain.settimeout(deadline.left())
        # the certificate has to be one for the name, although the connection is to an address
        with tls.wrap_socket(plain, server_hostname=target.host) if target.is_tls else plain as connected:
            http = HTTPConnection(target.host, target.port)
            http.auto_open = 0
            http.sock = Line(connected, deadline)
            hand_over()
            http.request("POST", target.path, body, {**headers, "Host": target.authority, "Connection": "close"})
            answer = http.getresponse()
            return Answer(answer.status, answer.headers["Retry-After"])


def _connect(addresses: list[SockAddr], deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one."""
    *others, last = addresses
    for address in others:
        try:
            return _connect_to(address, min(CONNECT_SECONDS, deadline.left()))
        except OSError:  # that of the last one is told
            continue
    return _connect_to(last, deadline.left())


def _connect_to(address: SockAddr, seconds: float) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if len(address) == 4 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are sent one after the other
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection
