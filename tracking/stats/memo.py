"""What took long to count is not counted again at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from sqlalchemy import Row

WORTH = 0.1
"""Seconds of counting from which a result is kept."""
SHARE = 100
"""A result is kept so many times as long as it took: one question, however often asked, takes a hundredth of a core."""
LONGEST = 60.0
"""Seconds that a result is kept at most."""
MOST_ROWS = 100_000
"""Rows of all results that are kept together: some 30 MB."""


class Kept(NamedTuple):
    rows: Sequence[Row[Any]]
    counted: float
    until: float


class Memo:
    """Results of one API process by their question, the oldest gone first; for all threads."""

    def __init__(self, worth: float = WORTH) -> None:
        self._worth = worth
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._rows = 0

    def get(self, question: Hashable, count: Callable[[], Sequence[Row[Any]]]) -> tuple[Sequence[Row[Any]], float]:
        """The rows, and how many seconds ago they were counted."""
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(question)
        if kept is not None and now < kept.until:
            return kept.rows, now - kept.counted
        rows = count()
        took = time.monotonic() - now
        if took >= self._worth:
            self._keep(question, Kept(rows, now, now + min(SHARE * took, LONGEST)))
        return rows, 0.0

    def _keep(self, question: Hashable, result: Kept) -> None:
        with self._lock:
            if replaced := self._kept.pop(question, None):
                self._rows -= len(replaced.rows)
            self._kept[question] = result
            self._rows += len(result.rows)
            while self._rows > MOST_ROWS:
                _, gone = self._kept.popitem(last=False)
                self._rows -= len(gone.rows)
