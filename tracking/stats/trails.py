"""Trails as columns: who did what on which receiver, and when, for the events that one question means.

What the trails hold and what arrived since make all events of the period, each once (sql/functions/extend_trails.sql).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

    from tracking.stats.crowds import Column

MOST = 5_000_000
"""Events of one question: 80 MB of columns."""
PIECE = 50
"""Rows that come from the database at once, a receiver each."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)

Receiver = tuple[str, str]
Kind = tuple[str, str]


class TooMany(Exception):  # noqa: N818 - a way to go, no fault
    """More events than columns may have: count them otherwise."""


class State(NamedTuple):
    """What the trails hold: what happened since `since` (None: all), and happened and arrived before `until`.

    All else happened at `fresh_from` or later. No person has a higher number than `people`. Before `timed_since`
    (None: never) times tell only the day of the reporting timezone, and the order.
    """

    since: datetime | None
    until: datetime
    fresh_from: datetime
    people: int
    timed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Trails:
    """Columns of as many places, one for each event. `receiver` and `kind` point into the lists of the same name.

    A column that was not asked for is empty.
    """

    people: Column
    receiver: Column
    kind: Column
    times: Column
    receivers: list[Receiver]
    kinds: list[Kind]
    highest: int
    """No person has a higher number."""


class Piece(NamedTuple):
    """Events of one receiver, as the database sends them. `kind` is of all of them; if none, `kinds` has each one's.

    `whole`: all of them are in the period.
    """

    receiver: int
    people: bytes
    kinds: bytes
    times: bytes
    whole: bool = False
    kind: int = -1


def state(connection: Connection) -> State | None:
    """What the trails hold now; None: nothing yet."""
    row = db.run(connection, "trails_state").one()
    return None if row.until is None else State(*row)


def load(connection: Connection, state: State, bound: dict[str, Any], *, kinds: bool, times: bool) -> Trails:
    """The events of a question. `bound`: the parameters of stats_scope. `kinds`, `times`: whether these are needed.

    Raises `TooMany`, as soon as it is known.
    """
    kinds = kinds or bound["names"] is not None or bound["source"] is not None
    bound = bound | _days(bound["from"], bound["to"]) | {
        "trails_until": state.until,
        "fresh_from": state.fresh_from,
        "with_kinds": kinds,
        "with_times": times,
    }  # fmt: skip
    loading = Loading(state.people)
    for rows in db.run_large(connection, "stats_trails", PIECE, **bound):
        loading.take(rows)
    loading.take_fresh(db.run_binary(connection, "stats_fresh", **bound))
    since, until = (_microseconds(bound[edge]) for edge in ("from", "to"))
    columns = loading.columns(since, until, kinds=kinds, times=times)
    return _meant(connection, columns, bound) if kinds else columns


class Loading:
    """Trails on their way out of the database."""

    def __init__(self, people: int) -> None:
        self._highest = people
        self._receivers: dict[Receiver, int] = {}
        self._fresh_kinds: dict[Kind, int] = {}
        self._unnumbered: dict[str, int] = {}
        self._pieces: list[Piece] = []
        self._events = 0

    def take(self, rows: Iterable[Row[Any]]) -> None:
        """Rows of stats_trails."""
        for row in rows:
            self._add(
                Piece(
                    self._number((row.receiver_type, row.receiver_id)),
                    row.people,
                    row.kinds or b"",
                    row.times or b"",
                    row.whole,
                    -1,
                )
            )

    def take_fresh(self, rows: Iterable[Row[Any]]) -> None:
        """Rows of stats_fresh. Who has no number yet gets one for this question."""
        for row in rows:
            receiver = self._number((row.receiver_type, row.receiver_id))
            kind = self._fresh_kinds.setdefault((row.name, row.source), len(self._fresh_kinds))
            self._add(Piece(receiver, row.people, b"", row.times, kind=kind))
            if row.creators:
                numbers = [self._unnumbered.setdefault(one, len(self._unnumbered) + 1) for one in row.creators]
                new = np.array(numbers, np.uint32) + np.uint32(self._highest)
                self._add(Piece(receiver, new.astype(">u4").tobytes(), b"", row.their_times, kind=kind))

    def _number(self, receiver: Receiver) -> int:
        return self._receivers.setdefault(receiver, len(self._receivers))

    def _add(self, piece: Piece) -> None:
        self._events += len(piece.people) // 4
        if self._events > MOST:
            raise TooMany
        self._pieces.append(piece)

    def columns(self, since: int, until: int, *, kinds: bool, times: bool) -> Trails:
        """The columns of all that was taken, of what happened between two moments."""
        whole = self._columns([piece for piece in self._pieces if piece.whole], kinds=kinds, times=times)
        rest = self._columns([piece for piece in self._pieces if not piece.whole], kinds=kinds, times=True)
        inside = (rest[3] >= since) & (rest[3] < until)
        people, receiver, kind, when = (
            np.concatenate((one, other[inside] if len(other) else other))
            for one, other in zip(whole, rest, strict=True)
        )
        return Trails(
            people, receiver, kind, when if times else when[:0], list(self._receivers), list(self._fresh_kinds),
            self._highest + len(self._unnumbered),
        )  # fmt: skip

    @staticmethod
    def _columns(pieces: list[Piece], *, kinds: bool, times: bool) -> tuple[Column, Column, Column, Column]:
        """A fresh kind is below zero: -1 is the first."""
        people = np.frombuffer(b"".join(piece.people for piece in pieces), ">u4").astype(np.uint32)
        each = [len(piece.people) // 4 for piece in pieces]
        receiver = np.repeat(np.array([piece.receiver for piece in pieces], np.uint32), each)
        kind = np.empty(0, np.int32)
        if kinds:
            sent = (
                piece.kinds if piece.kind < 0 else (-1 - piece.kind).to_bytes(4, signed=True) * number
                for piece, number in zip(pieces, each, strict=True)
            )
            kind = np.frombuffer(b"".join(sent), ">i4").astype(np.int32)
        when = np.empty(0, np.int64)
        if times:
            when = np.frombuffer(b"".join(piece.times for piece in pieces), ">i8").astype(np.int64)
        return people, receiver, kind, when


def _meant(connection: Connection, all_: Trails, bound: dict[str, Any]) -> Trails:
    """Only the events of names and sources that are meant; `kind` points into the list of these."""
    fresh = len(all_.kinds)  # they are meant: stats_fresh looked
    places = all_.kind + fresh  # fresh ones first, from the last to the first
    seen = np.zeros(int(places.max(initial=0)) + 1, np.bool_)
    seen[places] = True
    numbers = np.flatnonzero(seen[fresh:]).tolist()
    rows = db.run(connection, "kinds_meant", kinds=numbers, names=bound["names"], source=bound["source"]).all()
    number_of: dict[Kind, int] = {kind: place for place, kind in enumerate(all_.kinds)}
    into = np.full(len(seen), -1, np.int32)
    into[:fresh] = np.arange(fresh - 1, -1, -1)
    for row in rows:
        into[fresh + row.kind] = number_of.setdefault((row.name, row.source), len(number_of))
    kind = into[places]
    kept = slice(None) if (kind >= 0).all() else np.flatnonzero(kind >= 0)
    times = all_.times[kept] if len(all_.times) else all_.times
    return Trails(
        all_.people[kept], all_.receiver[kept], kind[kept], times, all_.receivers, list(number_of), all_.highest
    )


def _days(since: datetime, until: datetime) -> dict[str, Any]:
    """The days of UTC that a period touches, and those that lie in it as a whole."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    begins = since.astimezone(UTC) == datetime.combine(first, datetime.min.time(), UTC)
    ends = until.astimezone(UTC) == datetime.combine(last, datetime.min.time(), UTC)
    return {
        "first_day": first,
        "last_day": last if ends else last + DAY,
        "inner_from": first if begins else first + DAY,
        "inner_to": last,
    }


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // INSTANT


def places_of(moments: list[datetime]) -> list[int]:
    """The moments as the column of times has them."""
    return [_microseconds(moment) for moment in moments]
