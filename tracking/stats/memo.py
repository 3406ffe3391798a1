"""A cache of slow query results."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Row

WORTH = 0.1
"""Seconds of counting from which a result is kept."""
TIMES = 100
"""A result is kept so many times as long as it took."""
LONGEST = 60.0
"""Seconds that a result is kept at most."""
MOST_BYTES = 20_000_000
"""Bytes of all results together, as JSON."""
OVERHEAD = 500
"""Bytes that a result takes beside its rows."""


class Kept(NamedTuple):
    """A result, the moment of the data that were counted, the time when it expires, and its size in bytes."""

    rows: Sequence[Row[Any]]
    as_of: datetime
    until: float
    size: int


class Memo:
    """Results of one API process by the digest of their question, the oldest gone first; for all threads."""

    def __init__(self, worth: float = WORTH) -> None:
        self._worth = worth
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0

    def get(
        self, question: bytes, as_of: datetime, count: Callable[[], Sequence[Row[Any]]]
    ) -> tuple[Sequence[Row[Any]], datetime | None]:
        """The rows; of kept ones the moment of their data, too. `as_of`: that of what `count` counts now."""
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(question)
        if kept is not None and now < kept.until:
            return kept.rows, kept.as_of
        rows = count()
        took = time.monotonic() - now
        if took >= self._worth:
            size = OVERHEAD + len(msgspec.json.encode([tuple(row) for row in rows]))
            self._keep(question, Kept(rows, as_of, now + min(TIMES * took, LONGEST), size))
        return rows, None

    def _keep(self, question: bytes, result: Kept) -> None:
        with self._lock:
            if replaced := self._kept.pop(question, None):
                self._size -= replaced.size
            self._kept[question] = result
            self._size += result.size
            while self._size > MOST_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._size -= gone.size


NOTHING_KEPT = Memo(worth=float("inf"))
"""For an answer whose numbers must be of one moment, since they are summed."""
