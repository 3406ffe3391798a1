"""How many live streams are open at once in one API process."""

from __future__ import annotations

from tracking.errors import Problem
from tracking.slots import RETRY_AFTER, Slots

AT_ONCE = 16
OF_ONE = 8
"""Of all, and of one source's tokens."""


def slots() -> Slots:
    """Slots for streams, all free."""
    return Slots(AT_ONCE, OF_ONE, too_many=_too_many, full=_full)


def _too_many() -> Problem:
    detail = f"{OF_ONE} streams of this source's tokens are open already; close a page."
    return Problem(429, "too-many-streams", detail, retry_after=RETRY_AFTER)


def _full() -> Problem:
    detail = "As many streams are open as may be at once; try again in a little while."
    return Problem(503, "streams-open", detail, retry_after=RETRY_AFTER)
