"""Reads a day of arrival from the database, in pieces, and counts it by source, name and verdict."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.exports import arrivals
from tracking.lake import days

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import psycopg

    from tracking.lake.sink import Sink

    Connection = psycopg.Connection[Any]

STORED = ("accepted", "repeat", "bot", "own")
"""Verdicts of events that are kept."""

HOUR = timedelta(hours=1)

Counts = Counter[tuple[str, str, str]]
"""Events by source, name and verdict."""


def ledger(connection: Connection, day: date, to: Sink) -> Counts:
    """Hands the day's lines to the sink; returns the events that they have booked as stored."""
    booked = Counts()
    since, end = days.bounds(day)
    while since < end:
        lines = db.run(connection, "lake_ledger", since=since, until=since + HOUR).fetchall()
        to.add(lines)
        for _, source, name, verdict, events, *_ in lines:
            if verdict in STORED:
                booked[source, name, verdict] += events
        since += HOUR
    return booked


def events(connection: Connection, day: date, to: Sink, read: Callable[[int], object]) -> Counts:
    """Hands the day's stored events to the sink, and counts them; `read` is told how many more there are."""
    stored = Counts()
    for span in arrivals.spans(connection, *days.bounds(day)):
        rows = arrivals.rows(connection, span, arrivals.Filter())
        to.add([(*row[:2], str(row.event_id), *row[3:]) for row in rows])
        stored.update((row.source, row.name, row.excluded or "accepted") for row in rows)
        read(span.events)
    return stored


def gone(connection: Connection, day: date) -> Counts:
    """The day's booked events whose raw rows retention may have dropped, up to now."""
    since, until = days.bounds(day)
    rows = db.run(connection, "lake_gone", since=since, until=until).fetchall()
    return Counts({(source, name, verdict): events for source, name, verdict, events in rows})
