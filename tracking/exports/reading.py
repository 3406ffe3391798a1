"""An export: stored events in the order of arrival, from a cursor up to what is settled, by many short reads."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from tracking import db
from tracking.errors import Problem
from tracking.exports import arrivals
from tracking.exports.cursors import Cursor
from tracking.parameters import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    import sqlalchemy

    from tracking.exports.arrivals import Filter, Place, Row, Span

    Connection = sqlalchemy.Connection

AT_ONCE = 500
"""Events that are read at once: some milliseconds of the process, for which others wait."""
LOOK_FOR = 5.0
"""Seconds for which an answer with a limit looks for its end, before it begins; then it ends there."""
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1, hours=1)
"""No event arrives longer before it happens: FUTURE_SECONDS is a day at most."""

T = TypeVar("T")


class Ask(Protocol):
    """Does a short read on a connection of its own. Nothing is held between two of them."""

    def __call__(self, read: Callable[[Connection], T]) -> T: ...


class Page(NamedTuple):
    rows: list[Row]
    passed: int
    """The events of the ledger that are behind now: none before a span is read to its end."""


class Export:
    """`next`: where to go on when everything was read. `more`: whether there is more by now, beyond the limit.

    Raises `Problem` 422 for a cursor from the future, and for one behind which raw events were dropped.
    """

    def __init__(self, ask: Ask, which: Filter, cursor: Cursor | None = None, limit: int | None = None) -> None:
        self._ask, self._which = ask, which
        self._until, now = ask(_moments)
        self._since = BEGINNING
        self._after: Place | None = None
        self._last: tuple[datetime, UUID] | None = None
        self.next, self.more = Cursor(self._until), False
        if cursor is not None:
            if cursor.received_at > now:
                raise invalid({"cursor": ["it lies in the future: it is not of this deployment"]})
            ask(partial(_check_dropped, which, cursor.received_at))
            self._since, self._after = cursor.received_at, cursor.place
            self.next = cursor if cursor.received_at > self._until else self.next
        if which.start is not None:
            self._since = max(self._since, which.start - AHEAD)
        if limit is not None:
            self._find_end(limit)

    def booked(self) -> int:
        """The number of events that the ledger has from here to the end, of all names and receivers."""
        between = {"since": self._since, "until": self._until, "source": self._which.source}
        return self._ask(lambda connection: int(db.run(connection, "arrived_total", **between).scalar_one()))

    def pages(self) -> Iterator[Page]:
        """The rows, some at a time; each page is read when it is asked for."""
        size = AT_ONCE
        for span in self._spans():
            after, whole = self._after, not _meets(span, self._which)
            while not whole:
                rows, whole = self._ask(
                    partial(arrivals.next_page, span=span, which=self._which, after=after, size=size)
                )
                after = rows[-1].place if rows else after
                size = AT_ONCE if whole else min(AT_ONCE, 2 * len(rows))
                yield Page([row for row in rows if self._is_asked_for(row)], 0)
            yield Page([], span.events)

    def _spans(self) -> Iterator[Span]:
        until, source = self._until, self._which.source
        since = self._since
        while spans := self._ask(partial(arrivals.next_spans, since=since, until=until, source=source, events=AT_ONCE)):
            yield from spans
            since = spans[-1].received_to + arrivals.INSTANT

    def _is_asked_for(self, row: Row) -> bool:
        return self._last is None or (row.received_at, row.event_id) <= self._last

    def _find_end(self, limit: int) -> None:
        """Makes the export end after so many events, or before where it could not look in time."""
        patience = time.monotonic() + LOOK_FOR
        for span in self._spans():
            found = None
            if _meets(span, self._which):
                found = self._ask(
                    partial(arrivals.nth_place, span=span, which=self._which, nth=limit, after=self._after)
                )
            if found is not None:
                (moment, event_id), count = found
                limit -= count
                if limit <= 0:
                    self._last = found[0]
                    self._stop(Cursor(moment, event_id), moment + arrivals.INSTANT)
                    return
            if time.monotonic() > patience:
                self._stop(Cursor(span.received_to + arrivals.INSTANT), span.received_to + arrivals.INSTANT)
                return

    def _stop(self, cursor: Cursor, until: datetime) -> None:
        self.next, self._until, self.more = cursor, until, True


def _meets(span: Span, which: Filter) -> bool:
    """Whether an event of the span may have happened in the period that is asked for."""
    return (which.start is None or span.occurred_to >= which.start) and (
        which.end is None or span.occurred_from < which.end
    )


def _moments(connection: Connection) -> tuple[datetime, datetime]:
    """The moment until which arrival is settled, and now, by the database's clock."""
    return arrivals.settled_until(connection), db.run(connection, "now").scalar_one()


def _check_dropped(which: Filter, since: datetime, connection: Connection) -> None:
    period = {"from": which.start, "to": which.end}
    lost, until = db.run(connection, "arrived_lost", since=since, source=which.source, **period).one()
    if lost:
        moment = until.astimezone(UTC).isoformat().replace("+00:00", "Z")
        raise Problem(
            422, "raw-events-dropped",
            f"Events that arrived after this cursor and happened before {moment} were dropped, before they were read."
            f" Add from={moment} to go on with those that are left.",
        )  # fmt: skip
