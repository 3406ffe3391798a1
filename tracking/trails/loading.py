"""Rows of the trails, and of events that are not in them yet, become columns.

The rows of a kind are read together: a pass over a column costs less than a look at each row.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tracking.trails import packing
from tracking.trails.long import Long, LongRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from tracking.trails.crowds import Column

MOST = 5_000_000
"""Events of one question: at most 80 MB of columns."""
LEAST = 4096
"""Events of a row that stays long; shorter rows are read together."""

Receiver = tuple[str, str]
Kind = tuple[str, str]


class TooMany(Exception):  # noqa: N818 - a way to go, no fault
    """More events than columns may have: count them otherwise."""


class Needs(NamedTuple):
    """Which columns."""

    receivers: bool
    kinds: bool
    quarters: bool
    times: bool


class Columns(NamedTuple):
    """One value for each event, or none if the column is not needed.

    `receiver` points into a list; `kind` is the number in the database, or below zero for a fresh one: -1 is the first.
    """

    people: Column
    receiver: Column
    kind: Column
    quarters: Column
    times: Column


NONE: Column = np.empty(0, np.int32)
NO_TIMES: Column = np.empty(0, np.int64)
NO_PEOPLE = NO_RECEIVERS = NONE.astype(np.uint32)


class Loading:
    """Gathers the events of a question."""

    def __init__(self, people: int, needs: Needs, *, long: bool) -> None:
        """`people`: the highest number of a person in the trails. `long`: whether rows may be long."""
        self._known = people
        self._needs = needs
        self._receivers: dict[Receiver, int] = {}
        self._kinds: dict[Kind, int] = {}
        self._unnumbered: dict[str, int] = {}
        self._parts = [Columns(NO_PEOPLE, NO_RECEIVERS, NONE, NONE, NO_TIMES)]
        self._events = 0
        self._least = LEAST if long else MOST + 1
        self.long: list[Long] = []
        """Their events are in no columns."""

    @property
    def receivers(self) -> list[Receiver]:
        """Of `receiver`; all of them, whether the column is needed or not."""
        return list(self._receivers)

    @property
    def kinds(self) -> list[Kind]:
        """Fresh ones."""
        return list(self._kinds)

    @property
    def highest(self) -> int:
        """No person has a higher number."""
        return self._known + len(self._unnumbered)

    def take(self, rows: Sequence[Row[Any]], since: int, until: int) -> None:
        """Rows of stats_trails, and what happened in them between two quarters of an hour.

        Raises `TooMany`.
        """
        groups: dict[tuple[bool, bool], list[Row[Any]]] = defaultdict(list)
        self._count(sum(row.events for row in rows))
        for row in rows:
            if row.packed and row.events >= self._least:
                self.long.append(self._long(row, since, until))
            else:
                groups[row.whole, row.packed].append(row)
        for (whole, packed), group in groups.items():
            needs = self._needs if whole else self._needs._replace(quarters=True)
            columns = (self._packed if packed else self._sent)(group, needs)
            if not whole:
                columns = self._inside(columns, since, until)
            self._parts.append(columns)

    def take_fresh(self, rows: Sequence[Row[Any]]) -> None:
        """Rows of stats_fresh. Who has no number yet gets one for this question.

        Raises `TooMany`.
        """
        receivers = np.array([self._number((row.receiver_type, row.receiver_id)) for row in rows], np.uint32)
        kinds = [self._kinds.setdefault((row.name, row.source), len(self._kinds)) for row in rows]
        each = -1 - np.array(kinds, np.int32)
        known = np.frombuffer(b"".join(row.people for row in rows), ">u4").astype(np.uint32)
        new = [self._unnumbered.setdefault(one, len(self._unnumbered) + 1) for row in rows for one in row.creators]
        their_times = [row.their_times for row in rows]
        self._add_fresh(known, receivers, each, [row.times for row in rows])
        self._add_fresh(np.array(new, np.uint32) + np.uint32(self._known), receivers, each, their_times)

    def _add_fresh(self, people: Column, receivers: Column, kinds: Column, times: list[bytes]) -> None:
        self._count(len(people))
        events = [len(column) // 8 for column in times]
        when = np.frombuffer(b"".join(times), ">i8").astype(np.int64)
        self._parts.append(
            Columns(
                people,
                np.repeat(receivers, events) if self._needs.receivers else NO_RECEIVERS,
                np.repeat(kinds, events) if self._needs.kinds else NONE,
                (when // packing.QUARTER).astype(np.int32) if self._needs.quarters else NONE,
                when if self._needs.times else NO_TIMES,
            )
        )

    def columns(self) -> Columns:
        """All that was taken."""
        return Columns(*map(_one, zip(*self._parts, strict=True)))

    def _count(self, events: int) -> None:
        self._events += events
        if self._events > MOST:
            raise TooMany

    def _number(self, receiver: Receiver) -> int:
        return self._receivers.setdefault(receiver, len(self._receivers))

    def _numbers(self, types: Sequence[str], ids: Sequence[str], events: Sequence[int]) -> Column:
        numbers = [self._number(receiver) for receiver in zip(types, ids, strict=True)]
        if not self._needs.receivers:
            return NO_RECEIVERS
        return np.repeat(np.array(numbers, np.uint32), events)

    def _packed(self, rows: list[Row[Any]], needs: Needs) -> Columns:
        _, _, types, ids, first, events, people, kinds, quarters, times = zip(*rows, strict=True)
        each = packing.quarters(quarters, events, first) if needs.quarters else NONE
        return Columns(
            packing.numbers(people, events),
            self._numbers(types, ids, events),
            packing.numbers(list(map(packing.inflated, kinds)), events).view(np.int32) if needs.kinds else NONE,
            each,
            packing.moments(each, times, events) if needs.times else NO_TIMES,
        )

    def _long(self, row: Row[Any], since: int, until: int) -> Long:
        needs = self._needs if row.whole else self._needs._replace(quarters=True)
        begins, quarters = NONE, NONE
        if needs.quarters:
            begins, quarters = packing.runs(row.quarters, row.events, row.first_quarter)
        read = LongRow(
            self._number((row.receiver_type, row.receiver_id)),
            row.events,
            row.people,
            len(row.people) // row.events,
            packing.read(packing.inflated(row.kinds, row.events), row.events) if needs.kinds else NONE,
            begins,
            quarters,
        )
        whole = Long(read, 0, row.events)
        return whole if row.whole else whole.between(since, until)

    def _sent(self, rows: list[Row[Any]], needs: Needs) -> Columns:
        """Of rows that are not packed."""
        _, _, types, ids, _, events, people, kinds, _, times = zip(*rows, strict=True)
        when = np.frombuffer(b"".join(times), ">i8").astype(np.int64) if needs.quarters else NO_TIMES
        return Columns(
            np.frombuffer(b"".join(people), ">u4").astype(np.uint32),
            self._numbers(types, ids, events),
            np.frombuffer(b"".join(kinds), ">i4").astype(np.int32) if needs.kinds else NONE,
            (when // packing.QUARTER).astype(np.int32),
            when if needs.times else NO_TIMES,
        )

    def _inside(self, columns: Columns, since: int, until: int) -> Columns:
        inside = (columns.quarters >= since) & (columns.quarters < until)
        if not self._needs.quarters:
            columns = columns._replace(quarters=NONE)
        return Columns(*(column[inside] if len(column) else column for column in columns))


def _one(parts: Sequence[Column]) -> Column:
    filled = [part for part in parts if len(part)]
    return filled[0] if len(filled) == 1 else np.concatenate(filled or parts)
