"""The aggregates, brought up to date by hand: after an import of old events, or where they are in doubt."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
from psycopg import ClientCursor

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

AGGREGATES = ("event_counts_15min", "event_counts_daily", "activity_daily")
STRIDE = timedelta(days=10)
PATIENCE = 600.0
"""Seconds for which another refresh of the same window is waited for."""
MARGIN = timedelta(days=3)
"""A refresh touches whole buckets inside its window only, and refuses a window that holds none; a local day may start
a UTC day earlier, and have 25 hours."""


def steps(first: datetime, last: datetime) -> list[tuple[str, datetime, datetime]]:
    """(aggregate, from, to) windows that together cover events from `first` to `last`.

    What is too recent for a policy to have settled stays with the policies.
    """
    start, end = first - MARGIN, min(last + MARGIN, datetime.now(UTC) - timedelta(hours=1))
    edges = [
        start,
        *(edge for n in range(1, (end - start) // STRIDE + 1) if end - (edge := start + n * STRIDE) > MARGIN),
    ]
    # windows overlap, since only whole buckets inside a window count
    return [(aggregate, edge, min(edge + STRIDE + MARGIN, end)) for aggregate in AGGREGATES for edge in edges]


def refresh(url: URL, windows: list[tuple[str, datetime, datetime]], *, anew: bool = False) -> Iterator[None]:
    """Refreshes each window, computing only what changed, or all of it `anew`; yields after each.

    A window is a transaction or two. Where the scheduler, or another command, refreshes the same one, it is waited for;
    raises `psycopg.errors.LockNotAvailable` after PATIENCE.
    """
    name = "aggregate_rebuild" if anew else "aggregate_refresh"
    with db.connect(url, cursor_factory=ClientCursor) as connection:  # CALL takes no parameters from the server's side
        for aggregate, start, stop in windows:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    connection.execute(db.query(name), (f"tracking.{aggregate}", start, stop))
                    break
                except psycopg.errors.LockNotAvailable:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.5)
            yield
