"""The times of vectors.

`10:00:00` and `-1d 23:59:59.999999` are of a day, with an offset if it is not UTC's. `oldest+1h` and `newest+1us` are
of the oldest and the newest time that a deployment takes now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracking.conformance.vectors import Step, Vector

OF_DAY = re.compile(r"(?:([+-]?\d+)d ?)?(?:(\d\d:\d\d:\d\d)(\.\d{1,7})?([+-]\d\d:\d\d)?)?")
OF_BOUND = re.compile(r"(oldest|newest)(?:([+-]\d+)(us|m|h|d))?")
UNITS = {"us": "microseconds", "m": "minutes", "h": "hours", "d": "days"}
REACH = 370
"""Days before and after which no vector has an event: more than a deployment's lateness."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The day that times are of, and the bounds of what is taken now."""

    day: date
    oldest: Callable[[], datetime]
    newest: Callable[[], datetime]

    def of(self, day: str | None) -> Clock:
        """The same of a certain day; None: of this one."""
        return self if day is None else Clock(date.fromisoformat(day), self.oldest, self.newest)

    def texts(self, step: Step) -> Iterator[str]:
        """The `occurred_at` of each event of a step, as a client writes it."""
        text = self.text(step.at or "00:00:00")
        for number in range(step.times):
            later = timedelta(seconds=number * step.every)
            yield (datetime.fromisoformat(text) + later).isoformat() if later else text

    def text(self, at: str) -> str:
        if bound := OF_BOUND.fullmatch(at):
            which, number, unit = bound.groups()
            moment: datetime = getattr(self, which)()
            return (moment + timedelta(**{UNITS[unit or "h"]: int(number or 0)})).isoformat()
        found = OF_DAY.fullmatch(at)
        if found is None or found[2] is None:
            raise ValueError(f"{at!r} is no time of a vector")
        return f"{self.date(at)}T{found[2]}{found[3] or ''}{found[4] or '+00:00'}"

    def date(self, at: str) -> str:
        """The day of `0d`, `-1d`, or of a time."""
        found = OF_DAY.fullmatch(at)
        if found is None:
            raise ValueError(f"{at!r} is no day of a vector")
        return (self.day + timedelta(days=int(found[1] or 0))).isoformat()

    def bound(self, at: str | None, otherwise: int) -> str:
        """`from` or `to` of a question: a day or a time; None: so many days from the day."""
        if at is None:
            return self.date(f"{otherwise}d")
        return self.text(at) if ":" in at else self.date(at)


def is_of_clock(step: Step) -> bool:
    """Whether its verdict is certain only while the clock stands still."""
    return (step.at or "") in {"oldest", "oldest-1us", "newest", "newest+1us"}


def first_day(vector: Vector, day: date) -> datetime:
    """The start of the first day (UTC) on which something of the vector happens, those that are of bounds left out."""
    days = [
        int(found[1] or 0)
        for step in vector.events
        if step.owner is None and step.at and (found := OF_DAY.fullmatch(step.at))
    ]
    first = day + timedelta(days=min(days, default=0))
    return datetime(first.year, first.month, first.day, tzinfo=UTC)
