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
PAGE = 4_000_000
"""Characters of JSON with which a page ends."""


class Span(NamedTuple):
    """A stretch of arrival; all four moments are inclusive."""

    received_from: datetime
    received_to: datetime
    occurred_from: datetime
    occurred_to: datetime
    events: int
    """How many the ledger says were stored, of the source that was asked for; erased and dropped ones, too."""


class Place(NamedTuple):
    """A place in the order of arrival: behind all events with this moment and id; or, with the rest of its key, behind
    one of them. Their key is unique.
    """

    received: datetime | None
    id: UUID | None
    occurred: datetime | None = None
    source: str | None = None
    creator: str | None = None


NOWHERE = Place(None, None)


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
    """Why it does not count: repeat, bot, own or prefetch."""

    @property
    def place(self) -> Place:
        """Behind this event."""
        return Place(self.received_at, self.event_id, self.occurred_at, self.source, self.creator)


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
    while found := next_spans(connection, since, until, source=source, events=events):
        yield from found
        since = found[-1].received_to + INSTANT


def next_spans(
    connection: Connection, since: datetime, until: datetime, *, source: str | None = None, events: int = SPAN
) -> list[Span]:
    """The first of these stretches, of an hour at most; none: there are no more."""
    found = db.run(connection, "arrivals", since=since, until=until, source=source, most=events)
    return [Span(*row) for row in found.fetchall()]


def pages(connection: Connection, span: Span, which: Filter, after: Place | None = None) -> Iterator[list[Row]]:
    """The stored events of a span, in order of (received_at, event_id); only those behind the place `after`.

    A page has as many as the memory is made for: what a client sends may be long once it is stored.
    """
    size, whole = SPAN, False
    while not whole:
        found, whole = next_page(connection, span, which, after, size)
        size = 2 * len(found)
        if found:
            yield found
            after = found[-1].place


def next_page(
    connection: Connection, span: Span, which: Filter, after: Place | None, size: int
) -> tuple[list[Row], bool]:
    """The first of these pages, of `size` rows at most, and whether it is the last.

    The database looks at `size` rows, so after a page that was cut by its length another should not be much larger.
    """
    bound = _bound(span, which, after) | {"rows": size, "most": PAGE}
    found = [Row(*row) for row in db.run(connection, "arrived_events", **bound).fetchall()]
    length = sum(len(row.properties or "") + len(row.context or "") for row in found)
    return found, len(found) < size and length < PAGE


def nth_place(
    connection: Connection, span: Span, which: Filter, nth: int, after: Place | None = None
) -> tuple[tuple[datetime, UUID], int] | None:
    """received_at and event_id of the nth of these events, or of the last; and how many there are up to it, with all
    that share both. None: there are no events.
    """
    row = db.run(connection, "arrived_place", **_bound(span, which, after), nth=nth).fetchone()
    return None if row is None else ((row[0], row[1]), row[2])


def _bound(span: Span, which: Filter, after: Place | None) -> dict[str, Any]:
    place = after or NOWHERE
    return {
        **span._asdict(),
        **{f"after_{name}": value for name, value in place._asdict().items()},
        "from": which.start,
        "to": which.end,
        "names": which.names and list(which.names),
        "source": which.source,
        "type": which.type,
        "types": which.receivers and [type_ for type_, _ in which.receivers],
        "ids": which.receivers and [id_ for _, id_ in which.receivers],
        "owner": which.owner,
    }
