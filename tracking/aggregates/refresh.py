"""Brings the aggregates up to date, exactly where changes wait.

The database knows where that is (`tracking.waiting`), however old a change is: late events, an import, a killed import.
It also knows what was dropped: no span ever reaches there.
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
"""Seconds to wait for another refresh of the same span."""


class Span(NamedTuple):
    """Whole buckets of one aggregate, from `since` until before `until`; `anew`: also those that did not change."""

    aggregate: str
    since: datetime
    until: datetime
    anew: bool


def due(url: URL, aggregates: Iterable[str] = AGGREGATES) -> list[Span]:
    """The spans that wait to be counted, oldest first."""
    with db.connect(url) as connection:
        db.run(connection, "note_holes")
        return [
            Span(aggregate, since, until, anew=False)
            for aggregate in aggregates
            for since, until in db.run(connection, "aggregate_due", aggregate=aggregate).fetchall()
        ]


def everything(url: URL, since: datetime, until: datetime) -> list[Span]:
    """The spans to count again between two moments, after all earlier ones that wait: a refresh moves the watermark
    past everything before its span, and below the watermark real time shows nothing.
    """
    waiting = [span for span in due(url) if span.since < since]
    with db.connect(url) as connection:
        return waiting + [
            Span(aggregate, first, last, anew=True)
            for aggregate in AGGREGATES
            for first, last in db.run(
                connection, "aggregate_all", aggregate=aggregate, since=since, until=until
            ).fetchall()
        ]


def refresh(url: URL, spans: Iterable[Span]) -> Iterator[Span]:
    """Counts each span again. Yields the span when it is done.

    A span takes a few short transactions. If another refresh of the same span runs, this one waits; raises
    `psycopg.errors.LockNotAvailable` after WAIT_FOR_REFRESH.
    """
    for span in spans:
        given_up = time.monotonic() + WAIT_FOR_REFRESH
        while True:
            try:
                # a connection each, which ends all that a failed refresh holds; CALL takes no parameters on the server
                with db.connect(url, cursor_factory=ClientCursor) as connection:
                    aggregate = f"tracking.{span.aggregate}"
                    db.run(
                        connection, "aggregate_refresh",
                        aggregate=aggregate, since=span.since, until=span.until, anew=span.anew,
                    )  # fmt: skip
                break
            except psycopg.errors.LockNotAvailable:
                if time.monotonic() > given_up:
                    raise
                time.sleep(0.5)
        yield span


def catch_up(url: URL, aggregates: Iterable[str] = AGGREGATES) -> int:
    """Counts all spans that wait; returns their number."""
    return sum(1 for _ in refresh(url, due(url, aggregates)))
