"""A small copy of data that is read on every request and changes rarely."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

import sqlalchemy.exc
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

log = structlog.get_logger(__name__)

MAX_AGE = 2.0
"""Seconds until a copy is read anew. Every worker knows a change within twice that."""
AWAY = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)
"""With these nobody can say how the data are now."""


class Snapshot(Generic[T]):
    """The result of `read()` a moment ago. One caller reads it anew; meanwhile the others use the old one.

    `trusted`: seconds for which a copy is good while the database is away. Once that is known, a copy is read anew
    beside the callers: nobody waits for a database that does not answer.
    """

    def __init__(self, read: Callable[[], T], max_age: float = MAX_AGE, trusted: float = 0.0) -> None:
        self._read = read
        self._max_age = max_age
        self._trusted = trusted
        self._value: T | None = None
        self._read_at = float("-inf")
        self._away_at: float | None = None
        self._reading = threading.Lock()

    def get(self, max_age: float | None = None) -> T:
        """The copy, at most `max_age` seconds old if that is given, or as old as it is trusted.

        Raises the errors of `read`: a copy that cannot be renewed is not trusted any longer.
        """
        most = self._max_age if max_age is None else max_age
        age = time.monotonic() - self._read_at
        if self._value is not None and age <= most:
            return self._value
        is_trusted = self._value is not None and age <= self._trusted
        if is_trusted and self._away_at is not None:
            self._read_beside()
            return self._value  # type: ignore[return-value]  # not None: it is trusted
        waits = self._value is None or (age > 2 * most and not is_trusted)
        if not self._reading.acquire(blocking=waits):
            return self._value  # type: ignore[return-value]  # not None: otherwise this caller waited
        try:
            if time.monotonic() - self._read_at > most or self._value is None:
                self._renew()
            return self._value  # type: ignore[return-value]  # it was read, or is trusted
        finally:
            self._reading.release()

    def expire(self) -> None:
        """Makes the copy too old for everybody: whoever asks next reads it anew."""
        self._read_at = float("-inf")

    @property
    def is_away(self) -> bool:
        """Whether the last try to read it failed, so that an old copy is all there is."""
        return self._away_at is not None

    def _renew(self) -> None:
        try:
            value = self._read()
        except AWAY as error:
            self._away_at = time.monotonic()
            if self._value is None or self._away_at - self._read_at > self._trusted:
                raise
            log.warning("going by what was read before", error=type(error).__name__)
        else:
            self._value, self._read_at, self._away_at = value, time.monotonic(), None

    def _read_beside(self) -> None:
        if time.monotonic() - (self._away_at or 0.0) < MAX_AGE or not self._reading.acquire(blocking=False):
            return
        threading.Thread(target=self._renew_and_release, daemon=True).start()

    def _renew_and_release(self) -> None:
        try:
            self._renew()
        except Exception as error:  # noqa: BLE001 - whoever asks when it is too old is told
            log.warning("could not read anew", error=type(error).__name__)
        finally:
            self._reading.release()
