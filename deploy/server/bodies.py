"""Bounds the memory of all unfinished bodies together: if it is too much, one connection ends."""

from __future__ import annotations

import time
from typing import Protocol

HELD = 64_000_000
"""Bytes of all unfinished bodies; or those of the `LARGEST` largest ones, if that is more."""
LARGEST = 4


class Awaited(Protocol):
    """A connection with an unfinished body."""

    def end(self) -> None: ...


class Bodies:
    """The bytes of unfinished bodies. If they are too many, the connection ends with the most bytes times seconds:
    the end of a small body would make no room.
    """

    def __init__(self, largest: int) -> None:
        self.held = 0
        self._most = max(HELD, LARGEST * largest)
        self._of: dict[Awaited, tuple[float, int]] = {}

    def add(self, connection: Awaited, octets: int) -> None:
        since, before = self._of.get(connection) or (time.monotonic(), 0)
        self._of[connection] = since, before + octets
        self.held += octets
        while self.held > self._most:
            max(self._of, key=self._cost).end()

    def drop(self, connection: Awaited) -> None:
        """Forgets a connection: its body is complete, or nobody waits for it any more."""
        _, octets = self._of.pop(connection, (0.0, 0))
        self.held -= octets

    def _cost(self, connection: Awaited) -> float:
        since, octets = self._of[connection]
        return octets * (time.monotonic() - since)
