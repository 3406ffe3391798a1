"""Long rows of the trails, read a piece at a time, tell what a slow loop over their events tells."""

from __future__ import annotations

import random
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pytest

from tracking.trails import crowds, loading, packing
from tracking.trails.long import Long

WORLDS = 150
FIRST = date(2026, 3, 1)
QUARTERS = packing.first_quarter(FIRST)
PEOPLE = [5, 300, 70_000, (1 << 24) - 1, 1 << 24]
KINDS = [3, 300, 70_000]


class Sent(NamedTuple):
    """As stats_trails tells it."""

    receiver_type: str
    receiver_id: str
    first_quarter: int
    events: int
    people: bytes
    kinds: bytes
    quarters: bytes
    times: bytes
    whole: bool
    packed: bool = True


class World(NamedTuple):
    events: list[tuple[int, int, int]]
    """(person, kind, quarter of an hour), by time."""
    long: Long
    since: int
    until: int


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "PIECE", 3)
    monkeypatch.setattr(loading, "LEAST", 1)


def a_world(chance: random.Random, people: int) -> World:
    """`people`: the highest number of a person, and that of many."""
    number, kinds = chance.choice([1, 2, chance.randrange(1, 40)]), chance.choice(KINDS)
    span = chance.choice([1, 30, 1000])
    quarters = sorted(QUARTERS + chance.randrange(span) for _ in range(number))
    events = [
        (chance.choice([people, chance.randint(1, people)]), chance.choice([kinds, chance.randint(1, kinds)]), quarter)
        for quarter in quarters
    ]
    columns = [np.array(column, np.int64) for column in zip(*events, strict=True)]
    packed = packing.pack(packing.Events(columns[0], columns[1], columns[2] * packing.QUARTER), FIRST)
    whole = chance.random() < 0.5
    since, until = sorted(QUARTERS + chance.randint(-1, span + 1) for _ in range(2))
    row: Any = Sent("job", "1", QUARTERS, number, *packed, whole=whole)
    needs = loading.Needs(receivers=True, kinds=True, quarters=True, times=False)
    gathered = loading.Loading(people, needs, long=True)
    gathered.take([row], since, until)
    assert not len(gathered.columns().people)
    inside = [event for event in events if whole or since <= event[2] < until]
    return World(inside, gathered.long[0], since, until)


def people_of(long: Long) -> list[int]:
    return [person for piece in long.people() for person in piece.tolist()]


def test_a_stretch_has_the_events_of_its_time_and_kinds() -> None:
    chance = random.Random(8)
    for _ in range(WORLDS):
        world = a_world(chance, chance.choice(PEOPLE))
        kinds = {kind for _, kind, _ in world.events if chance.random() < 0.5}
        meant = np.zeros(max((kind for _, kind, _ in world.events), default=0) + 1, np.bool_)
        meant[list(kinds)] = True
        assert world.long.events == len(world.events)
        assert people_of(world.long) == [person for person, _, _ in world.events]
        assert world.long.kinds.tolist() == [kind for _, kind, _ in world.events]
        edges = sorted(QUARTERS + chance.randint(-1, 1001) for _ in range(chance.randint(2, 6)))
        for long, kept in ((world.long, None), (world.long.of(meant), kinds)):
            there = [event for event in world.events if kept is None or event[1] in kept]
            assert (long.events, people_of(long)) == (len(there), [person for person, _, _ in there])
            for number, part in enumerate(long.split(edges)):
                its = [event for event in there if edges[number] <= event[2] < edges[number + 1]]
                assert part.events == len(its)
                assert people_of(part) == [person for person, _, _ in its]
                assert part.kinds.tolist() == [kind for _, kind, _ in its]


@pytest.mark.parametrize("dense", [1, 1 << 30], ids=["some marks", "all marks"])
@pytest.mark.parametrize("marks", [1 << 25, 0], ids=["marked", "sorted"])
def test_stretches_are_counted_beside_other_events(monkeypatch: pytest.MonkeyPatch, marks: int, dense: int) -> None:
    monkeypatch.setattr(crowds, "MOST_IN_PLACE", marks)
    monkeypatch.setattr(crowds, "DENSE", dense)
    monkeypatch.setattr(crowds, "LAST", 2)
    chance, highest = random.Random(9), 50
    for _ in range(WORLDS // 5):
        events = [(chance.randint(1, highest), chance.randrange(4)) for _ in range(chance.randrange(30))]
        people, part = (np.array([event[side] for event in events], np.uint32) for side in (0, 1))
        stretches: list[tuple[int, Long]] = []
        for _ in range(chance.randint(1, 3)):
            world, to = a_world(chance, highest), chance.randrange(4)
            stretches.append((to, world.long))
            events += [(person, to) for person, _, _ in world.events]
        found = crowds.parts(people, part, 4, highest, stretches)
        assert found.events == [sum(to == place for _, to in events) for place in range(4)]
        assert found.different == [len({person for person, to in events if to == place}) for place in range(4)]
        assert found.altogether == len({person for person, _ in events})
