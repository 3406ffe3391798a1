"""How many live streams are open at once in one API process."""

from __future__ import annotations

from tracking.slots import Refusal, Slots

AT_ONCE = 16
OF_ONE = 8
"""Of all, and of one source's tokens."""
TOO_MANY = Refusal("too-many-streams", f"{OF_ONE} streams of this source's tokens are open already; close a page.")
FULL = Refusal("streams-open", "As many streams are open as may be at once; try again in a little while.")


def slots() -> Slots:
    """Slots for streams, all free."""
    return Slots(AT_ONCE, OF_ONE, too_many=TOO_MANY, full=FULL)
