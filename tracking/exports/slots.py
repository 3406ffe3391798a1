"""How many exports run at once in one API process."""

from __future__ import annotations

from tracking.slots import Refusal, Slots

AT_ONCE = 6
OF_ONE = 2
"""Of all, and of one source."""
TOO_MANY = Refusal("too-many-exports", f"A source may run {OF_ONE} exports at once; wait for one to end.")
FULL = Refusal("exports-running", "As many exports run as may at once; ask again in a little while.")


def slots() -> Slots:
    """Slots for exports, all free."""
    return Slots(AT_ONCE, OF_ONE, too_many=TOO_MANY, full=FULL)
