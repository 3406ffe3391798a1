"""Brings the aggregates up to date: wherever something waits, and nowhere else.

What waits is a fact that the database tells (`tracking.waiting`), whoever wrote it and however old it is: late events,
an import, an import that was killed. What was dropped is a fact, too: no window ever reaches there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import ClientCursor

from tracking import db
from tracking.aggregates import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import URL

WAIT_FOR_REFRESH = 600.0
"""Seconds to wait for another refresh of the same window."""


class Window(NamedTuple):
    """A range of whole buckets of one aggregate, half open."""

    aggregate: str
    since: datetime
    until: datetime


def due(url: URL, aggregates: Iterable[str] = AGGREGATES) -> list[Window]:
    """The ranges that wait to be counted, oldest first."""
    with db.connect(url) as connection:
        db.run(connection, "note_holes")
        return [
            Window(aggregate, *row)
            for aggregate in aggregates
            for row in db.run(connection, "aggregate_due", aggregate=aggregate).fetchall()
        ]


def everything(url: URL, since: datetime, until: datetime) -> list[Window]:
    """The ranges to count again between two moments, after all earlier ones that wait: a refresh moves the watermark
    past everything before its range, and below the watermark real time shows nothing.
    """
    waiting = [window for window in due(url) if window.since < since]
    with db.connect(url) as connection:
        return waiting + [
            Window(aggregate, *row)
            for aggregate in AGGREGATES
            for row in db.run(connection, "aggregate_all", aggregate=aggregate, since=since, until=until).fetchall()
        ]


def refresh(url: URL, windows: Iterable[Window], *, anew: bool = False) -> Iterator[Window]:
    """Refreshes each window, computing only what changed, or all of it `anew`; yields it when it is done.

    A window is a few short transactions. Where another refresh of the same one runs, it is waited for; raises
    `psycopg.errors.LockNotAvailable` after WAIT_FOR_REFRESH.
    """
    for window in windows:
        given_up = time.monotonic() + WAIT_FOR_REFRESH
        while True:
            try:
                # a connection each: what a failed refresh holds ends with it. CALL takes no parameters of the server's
                with db.connect(url, cursor_factory=ClientCursor) as connection:
                    aggregate = f"tracking.{window.aggregate}"
                    db.run(
                        connection, "aggregate_refresh",
                        aggregate=aggregate, since=window.since, until=window.until, anew=anew,
                    )  # fmt: skip
                break
            except psycopg.errors.LockNotAvailable:
                if time.monotonic() > given_up:
                    raise
                time.sleep(0.5)
        yield window


def catch_up(url: URL, aggregates: Iterable[str] = AGGREGATES) -> int:
    """Counts all ranges that wait; returns their number."""
    return sum(1 for _ in refresh(url, due(url, aggregates)))
