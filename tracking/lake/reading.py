"""Reads a day of arrival from the database, in pieces, and counts it by source, name and verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.exports import arrivals
from tracking.lake import days
from tracking.vocabulary import STORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import psycopg

    from tracking.lake.sink import Sink

    Connection = psycopg.Connection[Any]

HOUR, MONTH, INSTANT = timedelta(hours=1), timedelta(days=30), timedelta(microseconds=1)

Counts = Counter[tuple[str, str, str]]
"""Events by source, name and verdict."""


@dataclass(frozen=True, kw_only=True)
class Stretch(arrivals.Filter):
    """Events that happened from `start` to `end`, exclusive."""

    start: datetime
    end: datetime


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
    spans = list(arrivals.spans(connection, *days.bounds(day)))
    for which in _stretches(spans):
        for span in spans:
            if span.occurred_from < which.end and span.occurred_to >= which.start:
                for rows in arrivals.pages(connection, span, which):
                    to.add([(*row[:2], str(row.event_id), *row[3:]) for row in rows])
                    stored.update((row.source, row.name, row.excluded or "accepted") for row in rows)
                    read(len(rows))
    return stored


def _stretches(spans: list[arrivals.Span]) -> Iterator[Stretch]:
    """Of the time in which the events happened, months from the newest on: for most days of arrival there is one.

    Years may arrive in one day, by an import. All at once they would be cut into thousands of tiny files.
    """
    end = max((span.occurred_to for span in spans), default=None)
    oldest = min((span.occurred_from for span in spans), default=None)
    if end is None or oldest is None:
        return
    end += INSTANT
    while end > oldest:
        start, _ = days.bounds((end - MONTH).date())
        yield Stretch(start=start, end=end)
        end = start


def off(connection: Connection, day: date) -> tuple[Counts, Counts]:
    """The day's booked and stored events, where they differ: the database counts, quicker than they can be read."""
    since, until = days.bounds(day)
    booked, stored = Counts(), Counts()
    for *key, in_ledger, in_events in db.run(connection, "lake_off", since=since, until=until).fetchall():
        source, name, verdict = key
        booked[source, name, verdict], stored[source, name, verdict] = in_ledger, in_events
    return booked, stored


def gone(connection: Connection, day: date) -> Counts:
    """The day's booked events whose raw rows retention may have dropped, up to now."""
    since, until = days.bounds(day)
    rows = db.run(connection, "lake_gone", since=since, until=until).fetchall()
    return Counts({(source, name, verdict): events for source, name, verdict, events in rows})
