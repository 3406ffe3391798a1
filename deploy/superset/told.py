"""What a person reads while it runs: steps, and one clear sentence where it ends."""

from __future__ import annotations

import sys
import time


class SupersetError(Exception):
    """One line for a person: what is wrong, and what to do about it."""


class Steps:
    """Prints each step with its number, and how long it took."""

    def __init__(self, number: int) -> None:
        self._number, self._step = number, 0
        self._began: float | None = None

    def begin(self, what: str) -> None:
        self.end()
        self._step += 1
        self._began = time.monotonic()
        sys.stdout.write(f"[{self._step}/{self._number}] {what} … ")
        sys.stdout.flush()

    def end(self, found: str = "done") -> None:
        """Ends the step that runs, if one does."""
        if self._began is not None:
            sys.stdout.write(f"{found} ({time.monotonic() - self._began:.0f} s)\n")
            sys.stdout.flush()
        self._began = None
