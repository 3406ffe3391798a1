"""Counts events and different people in columns of numbers: one place in each column is one event.

It is arithmetic alone, and needs no database. Each step is a pass over a column (numpy), and lets other threads run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Column = NDArray[Any]

MOST_IN_PLACE = 1 << 25
"""Up to so many people (128 MB) are told apart by a mark for each; more are sorted."""

DENSE = 32
"""Where there are more people than that for each event, their marks are not all looked at."""
PIECE = 1 << 15
"""Events at a time, where a copy of a column is needed: memory that was just used is quicker than new memory."""
LONG = 64
"""Events of one part after the other that are worth to be moved together."""


def pieces(column: Column) -> Iterator[Column]:
    return (column[start : start + PIECE] for start in range(0, len(column), PIECE))


def distinct(people: Column, highest: int) -> int:
    """How many different numbers there are; none is above `highest`."""
    if highest >= MOST_IN_PLACE:
        return len(np.unique(people))
    return _marked(people, np.empty(highest + 1, np.bool_))


def _marked(people: Column, seen: Column) -> int:
    seen.fill(False)  # noqa: FBT003
    for piece in pieces(people):
        seen[piece.astype(np.intp)] = True  # numpy would do it by itself, more slowly
    return int(np.count_nonzero(seen))


def shared(people: Column, one: Column, other: Column, highest: int) -> tuple[int, int, int]:
    """How many different people there are in the one, in the other, and in both: two marks for each event."""
    if highest >= MOST_IN_PLACE:
        first, second = np.unique(people[one]), np.unique(people[other])
        return len(first), len(second), len(np.intersect1d(first, second, assume_unique=True))
    seen = np.zeros((2, highest + 1), np.bool_)
    seen[0][people[one]] = seen[1][people[other]] = True
    return int(seen[0].sum()), int(seen[1].sum()), int((seen[0] & seen[1]).sum())


def by_part(people: Column, part: Column, parts: int, highest: int) -> tuple[list[int], list[int]]:
    """(events, different people) of each part; `part` says from 0 to which part an event belongs."""
    events, people = _together(people, part, parts)
    in_place = highest < MOST_IN_PLACE
    seen = np.empty(highest + 1, np.bool_) if in_place else None
    marks = np.empty(highest + 1, np.uint32) if in_place else None
    different = np.zeros(len(events), np.int64)
    filled = np.flatnonzero(events)
    ends = np.cumsum(events)[filled]
    for number, start, end in zip(filled.tolist(), (ends - events[filled]).tolist(), ends.tolist(), strict=True):
        if seen is not None and end - start > highest // DENSE:
            different[number] = _marked(people[start:end], seen)
        else:
            different[number] = _different(people[start:end], marks)
    return events.tolist(), different.tolist()


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


def _together(people: Column, part: Column, parts: int) -> tuple[Column, Column]:
    """(events of each part, people by part). Stretches of one part are moved as a whole, if there are few."""
    begins = np.ones(len(part), np.bool_)
    np.not_equal(part[1:], part[:-1], out=begins[1:])
    starts = np.flatnonzero(begins)
    if len(starts) * LONG > len(part):
        narrow = part.astype(np.min_scalar_type(parts))  # of up to 16 bits: a radix sort, which is much quicker
        return np.bincount(part, minlength=parts), people[np.argsort(narrow, kind="stable")]
    ends = np.append(starts[1:], len(part))
    of_part = part[starts]
    events = np.zeros(parts, np.int64)
    np.add.at(events, of_part, ends - starts)
    order = np.argsort(of_part, kind="stable")
    stretches = zip(starts[order].tolist(), ends[order].tolist(), strict=True)
    return events, np.concatenate([people[:0], *(people[start:end] for start, end in stretches)])


def _different(people: Column, marks: Column | None) -> int:
    """Each writes its place where its number points: as many places are found there again as there are people."""
    if marks is None:
        return len(np.unique(people))
    places = np.arange(len(people), dtype=np.uint32)
    marks[people] = places
    return int(np.count_nonzero(marks[people] == places))


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
        counts.append(distinct(people[places], highest))
        earlier |= step
    return counts, events
