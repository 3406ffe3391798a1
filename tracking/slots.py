"""Bounds how many long answers run at once in one API process: a slow client keeps its slot for as long as it reads."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracking.errors import Problem

RETRY_AFTER = 10


class Slots:
    """For all threads of one API process. It has no queue: an answer runs for minutes, and nobody waits so long."""

    def __init__(
        self, at_once: int, of_one: int, *, too_many: Callable[[], Problem], full: Callable[[], Problem]
    ) -> None:
        """What is raised where one account has `of_one` of them, and where all accounts have `at_once`."""
        self._at_once, self._of_one = at_once, of_one
        self._too_many, self._full = too_many, full
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of answers that run."""
        return self._running.total()

    @contextmanager
    def slot(self, whose: str) -> Iterator[None]:
        """Around an answer. Raises `Problem` where whose it is has too many already, or all others have."""
        with self._lock:
            if self._running[whose] >= self._of_one:
                raise self._too_many()
            if self._running.total() >= self._at_once:
                raise self._full()
            self._running[whose] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[whose] -= 1
                if not self._running[whose]:
                    del self._running[whose]
