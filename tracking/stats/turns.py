"""Decides which question is counted next: a bounded number at a time, and of one account at most half of it."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracking.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FLIGHT = 12
"""Questions of one account that are counted or wait, in one API process: a dashboard asks two at once."""
WAITING = 100
"""Questions of all that wait, in one API process."""
WAIT_FOR_TURN = 5.0
"""Seconds that a question waits for its turn at most."""


class Turns:
    """Lets in so many questions as there are connections for them; for all threads of one API process."""

    def __init__(self, connections: int, patience: float = WAIT_FOR_TURN) -> None:
        self._free = connections
        self._of_one = max(1, connections // 2)
        self.patience = patience
        self._changed = threading.Condition()
        self.waiting = 0
        self._asked: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of questions that are counted or wait."""
        return self._asked.total()

    @contextmanager
    def turn(self, whose: str) -> Iterator[None]:
        """Around the counting of one question.

        Raises `Problem` 429 where whose it is asks too many at once, 503 where too many others do.
        """
        with self._changed:
            if self._asked[whose] >= IN_FLIGHT:
                raise _too_many()
            self._asked[whose] += 1
            try:
                self._wait(whose)
            except BaseException:
                self._leave(self._asked, whose)
                raise
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._leave(self._counted, whose)
                self._leave(self._asked, whose)
                self._changed.notify_all()

    def _wait(self, whose: str) -> None:
        if self.waiting >= WAITING:
            raise _busy()
        self.waiting += 1
        try:
            in_turn = self._changed.wait_for(lambda: self._may(whose), self.patience)
        finally:
            self.waiting -= 1
        if not in_turn:
            raise _too_many() if self._counted[whose] >= self._of_one else _busy()
        self._free -= 1
        self._counted[whose] += 1

    def _may(self, whose: str) -> bool:
        return self._free > 0 and self._counted[whose] < self._of_one

    @staticmethod
    def _leave(those: Counter[str], whose: str) -> None:
        those[whose] -= 1
        if not those[whose]:
            del those[whose]


def _too_many() -> Problem:
    return Problem(
        429, "too-many-questions",
        "Too much is asked at once for one customer; ask again when earlier questions are answered.", retry_after=2,
    )  # fmt: skip


def _busy() -> Problem:
    return Problem(
        503, "questions-waiting", "Too many questions are being counted at the moment; ask again in a little while.",
        retry_after=2,
    )  # fmt: skip
