"""How many exports run at once in one API process."""

from __future__ import annotations

from tracking.errors import Problem
from tracking.slots import RETRY_AFTER, Slots

AT_ONCE = 6
OF_ONE = 2
"""Of all, and of one source."""


def slots() -> Slots:
    """Slots for exports, all free."""
    return Slots(AT_ONCE, OF_ONE, too_many=_too_many, full=_full)


def _too_many() -> Problem:
    detail = f"A source may run {OF_ONE} exports at once; wait for one to end."
    return Problem(429, "too-many-exports", detail, retry_after=RETRY_AFTER)


def _full() -> Problem:
    detail = "As many exports run as may at once; ask again in a little while."
    return Problem(503, "exports-running", detail, retry_after=RETRY_AFTER)
