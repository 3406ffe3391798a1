"""Counts events and different people in columns of numbers: one place in each column is one event.

It is arithmetic alone, and needs no database. Each step is a pass over a column (numpy), and lets other threads run.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Column = NDArray[Any]

MOST_IN_PLACE = 1 << 25
"""Up to so many people (128 MB) are told apart by a mark for each; more are sorted."""

DENSE = 64
"""Where there are more people than that for each event, their marks are not all looked at."""
LAST = 255
"""The highest number that a byte may have."""
PIECE = 1 << 15
"""Events at a time, where a copy of a column is needed: memory that was just used is quicker than new memory."""
LONG = 64
"""Events of one part after the other that are worth to be moved together."""


class Stretch(Protocol):
    """Events whose people are read a piece at a time."""

    @property
    def events(self) -> int: ...

    def people(self) -> Iterator[Column]: ...


class Parts(NamedTuple):
    """Of each part, by its number."""

    events: list[int]
    different: list[int]
    altogether: int
    """Different people of all parts."""


def pieces(column: Column) -> Iterator[Column]:
    return (column[start : start + PIECE] for start in range(0, len(column), PIECE))


def distinct(people: Iterable[Column], highest: int) -> int:
    """How many different numbers there are in these pieces; none is above `highest`."""
    if highest >= MOST_IN_PLACE:
        return len(np.unique(joined(people)))
    return _marked(people, np.empty(highest + 1, np.bool_))


def _marked(people: Iterable[Column], seen: Column) -> int:
    seen.fill(False)  # noqa: FBT003
    for piece in people:
        seen[piece.astype(np.intp, copy=False)] = True  # numpy would do it by itself, more slowly
    return int(np.count_nonzero(seen))


def shared(one: Iterable[Column], other: Iterable[Column], highest: int) -> tuple[int, int, int]:
    """How many different people there are in the one, in the other, and in both."""
    if highest >= MOST_IN_PLACE:
        first, second = np.unique(joined(one)), np.unique(joined(other))
        return len(first), len(second), len(np.intersect1d(first, second, assume_unique=True))
    seen = np.empty((2, highest + 1), np.bool_)
    return _marked(one, seen[0]), _marked(other, seen[1]), int(np.count_nonzero(seen[0] & seen[1]))


def by_part(
    people: Column, part: Column, number: int, highest: int, stretches: Sequence[tuple[int, Stretch]] = ()
) -> tuple[list[int], list[int]]:
    """(events, different people) of each part; as `parts`."""
    found = parts(people, part, number, highest, stretches)
    return found.events, found.different


def parts(
    people: Column, part: Column, number: int, highest: int, stretches: Sequence[tuple[int, Stretch]] = ()
) -> Parts:
    """`part` says from 0 to which of a `number` of parts an event belongs.

    `stretches`: more events; all of one belong to the part that is said before it.
    """
    begins = _begins(part)
    mixed = len(begins) * LONG > len(part)
    if mixed and not stretches and _fits(number, highest, len(part)):
        return _all_at_once(zip(pieces(part), pieces(people), strict=True), number, highest)
    events, people = _sorted(people, part, number) if mixed else _together(people, part, number, begins)
    ends = np.cumsum(events)
    starts = (ends - events).tolist()
    long: dict[int, list[Stretch]] = {}
    for place, stretch in stretches:
        long.setdefault(place, []).append(stretch)
        events[place] += stretch.events
    crowd = Crowd(highest) if highest < MOST_IN_PLACE else Sorted()
    different = np.zeros(number, np.int64)
    for place in np.flatnonzero(events).tolist():
        own, more = people[starts[place] : ends[place]], long.get(place, ())
        if events[place] > highest // DENSE:
            different[place] = crowd.many(chain(pieces(own), *(stretch.people() for stretch in more)))
        else:
            different[place] = crowd.few(joined(chain([own], *(stretch.people() for stretch in more))) if more else own)
    return Parts(events.tolist(), different.tolist(), crowd.altogether())


class Crowd:
    """Counts people of one part after the other: who was seen in the last ones has the number of the latest."""

    def __init__(self, highest: int) -> None:
        self._latest = np.zeros(highest + 1, np.uint8)
        self._these = np.zeros(highest + 1, np.bool_)
        self._places = np.zeros(highest + 1, np.uint32)
        self._everybody = np.zeros(highest + 1, np.bool_)
        self._number = 0

    def many(self, people: Iterable[Column]) -> int:
        if self._number == LAST:
            self._forget()
        self._number += 1
        for piece in people:
            self._latest[piece.astype(np.intp, copy=False)] = self._number
        np.equal(self._latest, self._number, out=self._these)
        return int(np.count_nonzero(self._these))

    def few(self, people: Column) -> int:
        """Each writes its place where its number points: as many places are found there again as there are people."""
        places = np.arange(len(people), dtype=np.uint32)
        self._places[people] = places
        self._everybody[people] = True
        return int(np.count_nonzero(self._places[people] == places))

    def altogether(self) -> int:
        self._forget()
        return int(np.count_nonzero(self._everybody))

    def _forget(self) -> None:
        if self._number:
            np.logical_or(self._everybody, self._latest, out=self._everybody)
            self._latest.fill(0)
            self._number = 0


class Sorted:
    """The same for people whose numbers are too high for that."""

    def __init__(self) -> None:
        self._everybody: list[Column] = []

    def many(self, people: Iterable[Column]) -> int:
        return self.few(joined(people))

    def few(self, people: Column) -> int:
        self._everybody.append(np.unique(people))
        return len(self._everybody[-1])

    def altogether(self) -> int:
        return len(np.unique(joined(self._everybody)))


def joined(people: Iterable[Column]) -> Column:
    return np.concatenate([np.empty(0, np.uint32), *(piece.astype(np.uint32, copy=False) for piece in people)])


def some_of_each(people: Column, part: Column, parts: int, most: int) -> dict[int, list[int]]:
    """Up to `most` different people of each part: one at a time, without whom the next is looked for."""
    some: dict[int, list[int]] = {}
    for _ in range(most):
        one = np.full(parts, -1, np.int64)
        one[part] = people
        for place in np.flatnonzero(one >= 0).tolist():
            some.setdefault(place, []).append(int(one[place]))
        left = np.flatnonzero(one[part] != people)
        people, part = people[left], part[left]
    return some


def _begins(part: Column) -> Column:
    """The places at which another part begins."""
    begins = np.ones(len(part), np.bool_)
    np.not_equal(part[1:], part[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def by_pieces(
    events: Iterable[tuple[Column, Column]], all_: int, number: int, highest: int
) -> tuple[list[int], list[int]]:
    """(events, different people) of each part, as `by_part`; `events`: pieces of (part, people), `all_` together."""
    if _fits(number, highest, all_):
        found = _all_at_once(events, number, highest)
        return found.events, found.different
    each = list(events)
    part = np.concatenate([np.empty(0, np.uint8), *(its for its, _ in each)])
    return by_part(joined(people for _, people in each), part, number, highest)


def _fits(number: int, highest: int, events: int) -> bool:
    """Whether a mark for each person of each part is worth it."""
    return number * highest < min(MOST_IN_PLACE, events * DENSE)


def _all_at_once(each: Iterable[tuple[Column, Column]], parts: int, highest: int) -> Parts:
    """A mark for each person of each part. `each`: pieces of (part, people)."""
    seen = np.zeros((parts, highest + 1), np.bool_)
    marks, events = seen.reshape(-1), np.zeros(parts, np.int64)
    for part, people in each:
        of_part = part.astype(np.intp)
        events += np.bincount(of_part, minlength=parts)
        of_part *= highest + 1
        of_part += people
        marks[of_part] = True
    different = [int(np.count_nonzero(one)) for one in seen]
    return Parts(events.tolist(), different, int(np.count_nonzero(np.logical_or.reduce(seen))))


def _sorted(people: Column, part: Column, parts: int) -> tuple[Column, Column]:
    """(events of each part, people by part)."""
    narrow = part.astype(np.min_scalar_type(parts))  # of up to 16 bits: a radix sort, which is much quicker
    return np.bincount(part, minlength=parts), people[np.argsort(narrow, kind="stable")]


def _together(people: Column, part: Column, parts: int, starts: Column) -> tuple[Column, Column]:
    """The same where few stretches of one part start at these places: each is moved as a whole."""
    ends = np.append(starts[1:], len(part))
    of_part = part[starts]
    events = np.zeros(parts, np.int64)
    np.add.at(events, of_part, ends - starts)
    order = np.argsort(of_part, kind="stable")
    stretches = zip(starts[order].tolist(), ends[order].tolist(), strict=True)
    return events, np.concatenate([people[:0], *(people[start:end] for start, end in stretches)])


def came(
    people: Column, receivers: Column, times: Column, belongs: Sequence[Column], highest: int
) -> tuple[list[int], list[int]]:
    """(people, events) of each step: the people who came there by all steps before, in order and on the same receiver.

    `belongs`: for each step, whether the event is one of it. Each step is another event than the one before, and later;
    of two at one instant, the one that belongs to no earlier step is the later one.
    """
    events = [int(np.count_nonzero(one)) for one in belongs]
    first = np.zeros(highest + 1, np.bool_)
    first[people[belongs[0]]] = True
    kept = np.flatnonzero(first[people])  # nobody else comes anywhere
    people, receivers, times = people[kept], receivers[kept], times[kept]
    key = receivers.astype(np.uint64) << np.uint64(32) | people.astype(np.uint64)
    order = np.argsort(key)
    begins = np.ones(len(key), np.bool_)
    begins[1:] = np.diff(key[order]) != 0
    way = np.cumsum(begins) - 1  # whose way on which receiver
    ways = int(way[-1]) + 1 if len(way) else 0
    longer = np.flatnonzero(np.bincount(way, minlength=ways)[way] > 1)
    order[longer] = order[longer][np.lexsort((times[order[longer]], way[longer]))]
    people, times = people[order], times[order]
    steps = [one[kept][order] for one in belongs]
    reached = np.full(ways, np.iinfo(np.int64).min)  # when each way reached the step before
    earlier = np.zeros(len(people), np.bool_)  # belongs to an earlier step
    counts = []
    for step in steps:
        before = reached[way]
        late_enough = np.where(earlier, times > before, times >= before)
        places = np.flatnonzero(step & late_enough)
        there = way[places]
        earliest = np.ones(len(places), np.bool_)
        earliest[1:] = there[1:] != there[:-1]
        places = places[earliest]
        reached = np.full(ways, np.iinfo(np.int64).max)
        reached[way[places]] = times[places]
        counts.append(distinct([people[places]], highest))
        earlier |= step
    return counts, events
