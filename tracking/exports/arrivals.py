"""Stored events in the order in which they arrived. An event may be late; its arrival never is.

The ledger has a line for each commit: when it arrived, how many events it stored, and when those happened. So the
ledger is the index by arrival: it cuts a stretch of time into spans of about as many events, and says in which chunks
they lie.
No transaction stays open between two spans: the embedded engine has one session for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    import sqlalchemy

    Connection = psycopg.Connection[Any] | sqlalchemy.Connection

SPAN = 10_000
"""Events that are read at once. A span holds whole commits, so it may have as many more as one commit stores."""
INSTANT = timedelta(microseconds=1)


class Span(NamedTuple):
    """A stretch of arrival; all four moments are inclusive."""

    received_from: datetime
    received_to: datetime
    occurred_from: datetime
    occurred_to: datetime
    events: int
    """How many the ledger says were stored, of the source that was asked for; erased and dropped ones, too."""


class Row(NamedTuple):
    """A stored event; properties and context are JSON texts."""

    occurred_at: datetime
    received_at: datetime
    event_id: UUID
    source: str
    creator: str
    receiver_type: str
    receiver_id: str
    name: str
    properties: str | None
    context: str | None
    excluded: str | None
    """Why it does not count: repeat, bot or own."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which events; None: any. `names` are LIKE patterns; `receivers` are pairs of type and id."""

    start: datetime | None = None
    end: datetime | None = None
    names: tuple[str, ...] | None = None
    source: str | None = None
    type: str | None = None
    receivers: tuple[tuple[str, str], ...] | None = None
    owner: str | None = None


def settled_until(connection: Connection) -> datetime:
    """Every event that arrived before this moment is committed. The last second is never settled."""
    moment: datetime
    ((moment,),) = db.run(connection, "settled_until").fetchall()
    return moment


def spans(
    connection: Connection, since: datetime, until: datetime, *, source: str | None = None, events: int = SPAN
) -> Iterator[Span]:
    """The stretches of arrival from `since` to `until`, exclusive, in order, each of about as many `events`."""
    while rows := db.run(connection, "arrivals", since=since, until=until, source=source, most=events).fetchall():
        for row in rows:
            yield Span(*row)
        since = rows[-1][1] + INSTANT


def rows(connection: Connection, span: Span, which: Filter, after: tuple[datetime, UUID] | None = None) -> list[Row]:
    """The stored events of a span, in order of (received_at, event_id); only those behind the place `after`."""
    found = db.run(
        connection,
        "arrived_events",
        **span._asdict(),
        after_received=after and after[0],
        after_id=after and after[1],
        **{"from": which.start},
        to=which.end,
        names=which.names and list(which.names),
        source=which.source,
        type=which.type,
        types=which.receivers and [type_ for type_, _ in which.receivers],
        ids=which.receivers and [id_ for _, id_ in which.receivers],
        owner=which.owner,
    )
    return [Row(*row) for row in found.fetchall()]
