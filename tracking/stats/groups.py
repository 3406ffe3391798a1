"""The rule of small groups: what a token may be told of people by something else that they are or did.

Such numbers come in steps of k, so a number and its neighbour differ by nothing or by k at least. Two numbers that sum
to one that is exact are not both cut: one is, and the other is what remains beside it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tracking.stats.periods import PeriodError, midnight, whole_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracking.provenance.grants import Grant
    from tracking.stats.periods import Period


def binding(grant: Grant, small_group: int) -> int | None:
    """The k that binds whoever asks; None for k 1, and for a source by its own credential, which could export all."""
    return None if grant.kind == "source" or small_group == 1 else small_group


def told(number: int, k: int | None) -> int:
    """The number, in steps of k where one binds."""
    return number - number % (k or 1)


def past_days(period: Period, timezone: ZoneInfo) -> Period:
    """The whole days of a timezone in the period that are over.

    It is always the deployment's timezone: days of two timezones would differ by a quarter of an hour.
    Raises `PeriodError` if there are none.
    """
    today = midnight(datetime.now(timezone).date(), timezone)
    days = whole_days([period.start, min(period.end, today)], timezone) if period.start < today else None
    if days is None:
        raise PeriodError("from", f"properties are told by whole days of {timezone.key} that are over; ask for one")
    return replace(period, start=days[0], end=days[1])
