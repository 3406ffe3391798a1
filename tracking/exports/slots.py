"""Bounds how many exports run at once in one API process: a slow client keeps its own for as long as it reads."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracking.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 6
OF_ONE = 2
"""Exports at once: of all, and of one source."""
RETRY_AFTER = 10


class Slots:
    """For all threads of one API process. It has no queue: an export runs for minutes, and nobody waits so long."""

    def __init__(self, at_once: int = AT_ONCE, of_one: int = OF_ONE) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of exports that run."""
        return self._running.total()

    @contextmanager
    def slot(self, whose: str) -> Iterator[None]:
        """Around an export. Raises `Problem`: 429 where whose it is has too many already, 503 where all others have."""
        with self._lock:
            if self._running[whose] >= self._of_one:
                raise Problem(
                    429, "too-many-exports", f"A source may run {self._of_one} exports at once; wait for one to end.",
                    retry_after=RETRY_AFTER,
                )  # fmt: skip
            if self._running.total() >= self._at_once:
                raise Problem(
                    503, "exports-running", "As many exports run as may at once; ask again in a little while.",
                    retry_after=RETRY_AFTER,
                )  # fmt: skip
            self._running[whose] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[whose] -= 1
                if not self._running[whose]:
                    del self._running[whose]
