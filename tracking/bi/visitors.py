"""Counts the different people of days, weeks and months: from one period to a longer one, they cannot be added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def count(url: URL) -> int:
    """Counts each period that is new, changed, or final now; returns how many.

    A row whose raw events were dropped stays as it was counted last. Each period is a transaction of its own.
    """
    with db.connect(url) as connection:
        due = db.run(connection, "visitors_due").fetchall()
        for period, period_start, since, until, counted_until, days in due:
            db.run(
                connection, "visitors_count",
                period=period, period_start=period_start, since=since, until=until,
                counted_until=counted_until, days=days,
            )  # fmt: skip
    return len(due)
