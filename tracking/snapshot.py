"""A small copy of data that is read on every request and changes rarely."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_AGE = 2.0
"""Seconds until a copy is read anew. Every worker knows a change within twice that."""


class Snapshot(Generic[T]):
    """The result of `read()` a moment ago. One caller reads it anew; meanwhile the others use the old one."""

    def __init__(self, read: Callable[[], T], max_age: float = MAX_AGE) -> None:
        self._read = read
        self._max_age = max_age
        self._value: T | None = None
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def get(self, max_age: float | None = None) -> T:
        """The copy, at most `max_age` seconds old if that is given.

        Raises the errors of `read`: a copy that cannot be renewed is not trusted any longer.
        """
        most = self._max_age if max_age is None else max_age
        age = time.monotonic() - self._read_at
        if self._value is not None and age <= most:
            return self._value
        if not self._reading.acquire(blocking=self._value is None or age > 2 * most):
            return self._value  # type: ignore[return-value]  # not None: otherwise this caller waited
        try:
            if time.monotonic() - self._read_at > most or self._value is None:
                self._value = self._read()
                self._read_at = time.monotonic()
            return self._value
        finally:
            self._reading.release()

    def expire(self) -> None:
        """Makes the copy too old for everybody: whoever asks next reads it anew."""
        self._read_at = float("-inf")
