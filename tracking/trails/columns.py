"""Trails as columns: who did what on which receiver, and when, for the events that one question means.

What the trails hold and what arrived since make all events of the period, each once (sql/functions/extend_trails.sql).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tracking import db
from tracking.trails import crowds, loading, packing
from tracking.trails.loading import Kind, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tracking.trails.crowds import Column
    from tracking.trails.long import Long

DAY = timedelta(days=1)


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
    """Columns of as many places, one for each event; long rows have the others.

    `receiver` and `kind` point into the lists of the same name. A column that was not asked for is empty.
    """

    people: Column
    receiver: Column
    kind: Column
    quarters: Column
    """Quarters of an hour since 2000."""
    times: Column
    """Microseconds since 2000."""
    receivers: list[Receiver]
    kinds: list[Kind]
    highest: int
    """No person has a higher number."""
    long: list[Long]
    kind_of: Column
    """Where the kinds of long rows point, by their number."""

    @property
    def events(self) -> int:
        return len(self.people) + sum(row.events for row in self.long)

    def everybody(self) -> Iterator[Column]:
        """The people of all events, a piece at a time."""
        return chain(crowds.pieces(self.people), *(row.people() for row in self.long))

    def by_kind(self, part_of: Column) -> Iterator[tuple[Column, Column]]:
        """(part, person) of all events, a piece at a time. `part_of`: the part of each of `kinds`."""
        yield from zip(crowds.pieces(part_of[self.kind]), crowds.pieces(self.people), strict=True)
        of_kind = part_of[self.kind_of]  # kinds that are not meant are in no row any more
        for row in self.long:
            yield from ((of_kind[kinds], people) for kinds, people in row.kinds_and_people())


def state(connection: Connection) -> State | None:
    """What the trails hold now; None: nothing yet."""
    row = db.run(connection, "trails_state").one()
    return None if row.until is None else State(*row)


def load(
    connection: Connection, state: State, bound: dict[str, Any], *, kinds: bool, times: bool, quarters: bool = False,
    receivers: bool = True, long: bool = False,
) -> Trails:  # fmt: skip
    """The events of a question. `bound`: the parameters of stats_scope. `kinds` and so on: whether these are needed.

    `long`: whether the caller looks at long rows, too. Raises `loading.TooMany`, as soon as it is known.
    """
    kinds = kinds or bound["names"] is not None or bound["source"] is not None
    needs = loading.Needs(receivers, kinds, quarters or times, times)
    bound = bound | _days(bound["from"], bound["to"]) | {
        "trails_until": state.until,
        "fresh_from": state.fresh_from,
        "with_kinds": needs.kinds,
        "with_quarters": needs.quarters,
        "with_times": needs.times,
        "most": loading.MOST,
    }  # fmt: skip
    gathered = loading.Loading(state.people, needs, long=long)
    since, until = (packing.quarter_of(bound[edge]) for edge in ("from", "to"))
    gathered.take(db.run_binary(connection, "stats_trails", **bound).all(), since, until)
    gathered.take_fresh(db.run_binary(connection, "stats_fresh", **bound).all())
    columns = Trails(
        *gathered.columns(), gathered.receivers, gathered.kinds, gathered.highest, gathered.long, loading.NONE
    )
    return _meant(connection, columns, bound) if needs.kinds else columns


def _meant(connection: Connection, all_: Trails, bound: dict[str, Any]) -> Trails:
    """Only the events of names and sources that are meant; `kind` points into the list of these."""
    fresh = len(all_.kinds)  # they are meant: stats_fresh looked
    seen = _seen(all_, fresh)
    numbers = np.flatnonzero(seen[fresh:]).tolist()
    rows = db.run(connection, "kinds_meant", kinds=numbers, names=bound["names"], source=bound["source"]).all()
    number_of: dict[Kind, int] = {kind: place for place, kind in enumerate(all_.kinds)}
    into = np.full(len(seen), -1, np.int32)
    into[:fresh] = np.arange(fresh - 1, -1, -1)
    for row in rows:
        into[fresh + row.kind] = number_of.setdefault((row.name, row.source), len(number_of))
    kind = np.concatenate([into[:0], *(into[piece + np.intp(fresh)] for piece in crowds.pieces(all_.kind))])
    found = replace(all_, kind=kind, kinds=list(number_of), kind_of=into[fresh:])
    if bound["names"] is bound["source"] is None or not (into[seen] < 0).any():
        return found
    kept = np.flatnonzero(kind >= 0)
    people, receiver, quarters, times = (
        column[kept] if len(column) else column for column in (all_.people, all_.receiver, all_.quarters, all_.times)
    )
    return replace(
        found, people=people, receiver=receiver, kind=kind[kept], quarters=quarters, times=times,
        long=[row.of(found.kind_of >= 0) for row in all_.long],
    )  # fmt: skip


def _seen(all_: Trails, fresh: int) -> Column:
    """Which kinds there may be: fresh ones first, from the last to the first, then the others by their number.

    Of a long row whose kinds take a byte, these are all numbers up to its highest: to look at each event costs more.
    """
    columns = [all_.kind, *(row.kinds for row in all_.long)]
    seen = np.zeros(fresh + max(int(column.max(initial=0)) for column in columns) + 1, np.bool_)
    for column in columns:
        if column.itemsize == 1:
            seen[fresh : fresh + int(column.max(initial=0)) + 1] = True
            continue
        for piece in crowds.pieces(column):
            seen[piece + np.intp(fresh)] = True
    return seen


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
