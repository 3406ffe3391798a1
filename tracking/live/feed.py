"""Reads what arrived since a place, a bounded piece at a time. It holds nothing between two reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tracking import db
from tracking.exports.arrivals import INSTANT, settled_until
from tracking.live.arrived import LENGTH, Arrived
from tracking.live.places import Place
from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

EVENTS = 5_000
"""Events among which one read looks, and no more than one commit beyond them."""
ROWS = 200
"""Of which it returns so many."""
BEGINS = timedelta(minutes=1)
"""A new stream begins with what arrived so long ago."""
BACK = timedelta(minutes=15)
"""A stream goes on behind a place that is no older."""
BEHIND = 20_000
"""Of more events than these nobody reads all: they are passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events; None: any. `name`: patterns with *."""

    source: tuple[str, ...] | None = None
    creator: tuple[str, ...] | None = None
    receiver: tuple[str, ...] | None = None
    name: tuple[str, ...] | None = None
    verdict: tuple[str, ...] | None = None

    def bound(self) -> dict[str, Any]:
        """As the query's parameters."""
        receivers = None if self.receiver is None else [one.partition(":") for one in self.receiver]
        return {
            "sources": self.source and list(self.source),
            "creators": self.creator and list(self.creator),
            "types": receivers and [type_ for type_, _, _ in receivers],
            "ids": receivers and [id_ for _, _, id_ in receivers],
            "names": self.name and [NamePattern(name).like() for name in self.name],
            "verdicts": self.verdict and list(self.verdict),
        }

    def passes(self, one: Arrived) -> bool:
        """Whether a message is asked for. One that does not say whose it is, or on what, is shown: that may be what is
        wrong with it.
        """
        return (
            (self.creator is None or one.creator is None or one.creator in self.creator)
            and (self.receiver is None or one.receiver is None or one.receiver in self.receiver)
            and (
                self.name is None or one.name is None or any(NamePattern(each).matches(one.name) for each in self.name)
            )
        )


class Piece(NamedTuple):
    """What was read, and the place behind it."""

    arrived: list[Arrived]
    place: Place
    whole: bool
    """Whether there is no more by now."""


class Gap(NamedTuple):
    """So many events were passed over."""

    events: int
    place: Place


def begin(connection: Connection, place: Place | None) -> Place | Gap:
    """Where to begin; behind a gap if too many events have arrived since `place`, or if it is too old."""
    until = settled_until(connection)
    if place is None:
        return _unless_behind(connection, Place(until - BEGINS), until)
    if place.moment < until - BACK:
        return Gap(_between(connection, place.moment, until - BACK), Place(until - BACK))
    return _unless_behind(connection, place, until)


def skip(connection: Connection, place: Place) -> Place | Gap:
    """The place, or a gap up to now if too many events have arrived since."""
    return _unless_behind(connection, place, settled_until(connection))


def read(connection: Connection, place: Place, which: Filter) -> Piece:
    """The next piece behind the place. What is not settled, a second or so, is left for later."""
    until = settled_until(connection)
    if place.moment >= until:
        return Piece([], place, whole=True)
    filters = which.bound()
    since = {"since": place.moment, "until": until, "events": EVENTS}
    commits = db.run(connection, "live_commits", **since, **filters).one()._asdict()
    if commits["last"] is None:
        return Piece([], Place(until), whole=True)
    bound = commits | filters | {"since": place.moment, "after": place.within, "rows": ROWS, "length": LENGTH}
    arrived = [Arrived.of(*row) for row in db.run(connection, "live_arrived", **bound)]
    behind = arrived[-1].place if len(arrived) == ROWS else Place(commits["last"] + INSTANT)
    return Piece([one for one in arrived if which.passes(one)], behind, whole=False)


def _unless_behind(connection: Connection, place: Place, until: datetime) -> Place | Gap:
    events = _between(connection, place.moment, until)
    return Gap(events, Place(until)) if events > BEHIND else place


def _between(connection: Connection, since: datetime, until: datetime) -> int:
    return int(db.run(connection, "live_between", since=since, until=until).scalar_one())
