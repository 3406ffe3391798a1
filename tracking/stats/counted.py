"""What the database says to a question: how far its numbers go, and the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """The times until which numbers are complete. Raw events before `dropped_until` may be gone; None: all are kept."""

    dropped_until: datetime | None
    final_until: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Events and exact unique creators, in total and by bucket. Unknown creators are None."""

    events: int
    creators: int | None
    buckets: list[tuple[int, int | None]]
