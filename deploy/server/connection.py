"""A client's connection. It bounds every wait and every byte, and lets other connections run."""

from __future__ import annotations

import math
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent
from gevent.socket import socket as Cooperative  # noqa: N812 - a class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gunicorn.http.message import Request

    from deploy.server.bodies import Bodies

OVERHEAD = 16_384
"""Bytes that the chunks of a body may cost beyond it; each byte of the body allows for one more."""
BREATH = 0.001
"""Seconds for which others run first if bytes came without a wait: this much of the processor a connection leaves."""
HEAD_BYTES = 65_536
"""The largest head of a request: its first line, and its headers together."""
LINGER = (65_536, 2.0)
"""Bytes and seconds of a body that are still taken in after the answer, so that the client can read the answer."""
SLOWEST = 10_000
"""Bytes of an answer that a client must read each second, beside the seconds that everything may take."""


class TooMuch(OSError):  # noqa: N818 - the name says it
    """More bytes came than the request may cost."""


class Connection(Cooperative):
    """A socket that gives bytes until its deadline, and not more than its allowance.

    gevent runs others only while one waits. A client that always sends is never waited for, so reading waits by itself.
    """

    idle = True
    """Nothing of the next request has come yet."""
    waits = False
    """The server waits for the client: it has to send, or to read."""
    since = 0.0
    """The time when its last request was answered; before that, when it was accepted."""
    greedy = False
    """The last bytes were there without a wait."""
    _breath = 0.0
    deadline = _seconds = 0.0
    allowance = 0
    _bodies: Bodies | None = None
    """The count of unfinished bodies that has this one, until it is complete."""
    _missing = math.inf
    """Bytes of its body that are still to come."""

    def await_head(self, keepalive: float, seconds: float, *, begun: bool = False) -> None:
        """From now on the connection waits for a request, for `keepalive` seconds. After the first byte, the head may
        take `seconds`; so may the answer.
        """
        self.since = time.monotonic()
        self.idle = not begun
        self._seconds = seconds
        self.deadline = self.since + (seconds if begun else keepalive)
        self.allowance = HEAD_BYTES
        self._breath = BREATH

    def await_body(self, request: Request, seconds: float, bodies: Bodies) -> None:
        """From now on the connection waits for the body of the request."""
        self.idle = False
        self._bodies = bodies
        self.deadline = time.monotonic() + seconds
        reader = request.body.reader
        if hasattr(reader, "parser"):  # chunked: RFC 9112, section 7.1
            self.allowance, self._missing = OVERHEAD, math.inf
            reader.parser = self._earned(reader.parser)
        else:
            self.allowance = reader.length
            self._missing = reader.length - reader.unreader.buf.tell()  # a part came with the head
            self._breath = 0  # many bytes at a time, and nearly no work for each

    def _earned(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.allowance += 2 * len(piece)
            yield piece
        self._body_ends()

    def _body_ends(self) -> None:
        if self._bodies is not None:
            self._bodies.drop(self)
            self._bodies = None

    def nothing_more(self) -> None:
        """From now on only the bytes that have arrived can be read."""
        self.deadline = 0.0
        self._body_ends()

    def linger(self) -> None:
        """Ends the connection so that a client that still sends can read the answer (RFC 9112, section 9.6)."""
        self._body_ends()
        self.allowance, seconds = LINGER
        self.deadline = time.monotonic() + seconds
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            while self.recv(8192):
                pass

    def end(self) -> None:
        """Makes further reads and writes fail, as if the client went away."""
        self.waits = False
        self.nothing_more()
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def recv(self, size: int, *flags: int) -> bytes:
        """Raises `TimeoutError` after the deadline and `TooMuch` beyond the allowance."""
        self.others_first()
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.allowance <= 0:
            raise TooMuch
        self.settimeout(left)
        self.greedy = True
        octets: bytes = super().recv(size, *flags)
        self.allowance -= len(octets)
        if self._bodies is not None:
            self._missing -= len(octets)
            if self._missing > 0:
                self._bodies.add(self, len(octets))
            else:
                self._body_ends()
        if self.idle and octets:
            self.idle = False
            self.deadline = time.monotonic() + self._seconds
        return octets

    def others_first(self, *, greedy: bool = False) -> None:
        """Lets others run, if this one has not waited for its last bytes."""
        if greedy or self.greedy:
            self.greedy = False
            gevent.sleep(self._breath)

    def sendall(self, octets: Any, flags: int = 0) -> None:
        """Raises `TimeoutError` if the client does not read it in time."""
        self.settimeout(self._seconds + len(octets) / SLOWEST)
        super().sendall(octets, flags)

    def _wait(self, *arguments: Any) -> None:
        """Notes each wait for the client; gevent calls it."""
        self.greedy = False
        self.waits = True
        try:
            super()._wait(*arguments)  # type: ignore[misc]  # its stub forgets it
        finally:
            self.waits = False
