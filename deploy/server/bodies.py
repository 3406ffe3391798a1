"""The bodies that are awaited: all of them together are bounded, and where they are too much, one ends."""

from __future__ import annotations

import time
from typing import Protocol

HELD = 64_000_000
"""Bytes of all bodies whose end has not come; or those of `LARGEST` largest ones, where that is more."""
LARGEST = 4


class Awaited(Protocol):
    """A connection whose body has not come to its end."""

    def end(self) -> None: ...


class Bodies:
    """What has come of bodies whose end has not. The connection ends whose bytes, by the seconds they have been kept,
    are most: a small body makes no room, and is let alone.
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
        """Its body is there, or nobody waits for it any more."""
        _, octets = self._of.pop(connection, (0.0, 0))
        self.held -= octets

    def _cost(self, connection: Awaited) -> float:
        since, octets = self._of[connection]
        return octets * (time.monotonic() - since)
