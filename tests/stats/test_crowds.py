"""Columns of numbers are counted as slow loops over their rows count them."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from tracking.trails import crowds

WORLDS = 200


def test_shared_people_are_counted_alike_however_many_numbers_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng()
    people = chance.integers(1, 50, 200)
    one, other = chance.random((2, 200)) < [[0.1], [0.3]]
    first, second = (set(people[side].tolist()) for side in (one, other))
    for most in (crowds.MOST_IN_PLACE, 10):
        monkeypatch.setattr(crowds, "MOST_IN_PLACE", most)
        assert crowds.shared([people[one]], [people[other]], 50) == (len(first), len(second), len(first & second))


@pytest.mark.parametrize("stretch", [1000, 1], ids=["events", "stretches"])
@pytest.mark.parametrize("dense", [1, 6], ids=["some marks", "all marks"])
@pytest.mark.parametrize("marks", [1 << 25, 0], ids=["marked", "sorted"])
def test_events_and_people_of_each_part(monkeypatch: pytest.MonkeyPatch, marks: int, dense: int, stretch: int) -> None:
    """Whichever way people are told apart, and parts are put together."""
    monkeypatch.setattr(crowds, "MOST_IN_PLACE", marks)
    monkeypatch.setattr(crowds, "DENSE", dense)
    monkeypatch.setattr(crowds, "LONG", stretch)
    chance = random.Random(5)
    for _ in range(WORLDS):
        number, parts = chance.randrange(30), chance.choice([1, 3, 70_000])
        people = [chance.randrange(6) for _ in range(number)]
        part = [chance.randrange(parts) for _ in range(number)]
        events, different, altogether = crowds.parts(np.array(people, np.uint32), np.array(part, np.int64), parts, 5)
        assert (len(events), len(different)) == (parts, parts)
        found = {n: (events[n], different[n]) for n in np.flatnonzero(events)}
        assert found == {
            n: (part.count(n), len({one for one, its in zip(people, part, strict=True) if its == n})) for n in set(part)
        }
        assert sum(different) == sum(number for _, number in found.values())
        assert altogether == len(set(people))
        assert crowds.distinct([np.array(people, np.uint32)], 5) == len(set(people))


def slowly(rows: list[tuple[int, int, int, tuple[bool, ...]]], steps: int) -> list[int]:
    ways: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for person, receiver, at, belongs in rows:
        ways[person, receiver].append((at, belongs))
    came: list[set[int]] = [set() for _ in range(steps)]
    for (person, _), way in ways.items():
        now = None
        for step in range(steps):
            later = [
                at
                for at, belongs in way
                if belongs[step] and (now is None or at > now or (at == now and not any(belongs[:step])))
            ]
            if not later:
                break
            now = min(later)
            came[step].add(person)
    return [len(one) for one in came]


def test_people_who_come_from_step_to_step() -> None:
    """Also where much happens at one moment, and one event belongs to several steps."""
    chance = random.Random(6)
    longest = 0
    for _ in range(WORLDS):
        steps = chance.randint(1, 5)
        kinds = [tuple(chance.random() < 0.4 for _ in range(steps)) for _ in range(5)]
        rows = [
            (chance.randrange(4), chance.randrange(2), chance.randrange(8), chance.choice(kinds))
            for _ in range(chance.randrange(60))
        ]
        columns = [np.array(column, kind) for column, kind in zip(
            list(zip(*rows, strict=True))[:3] or [[], [], []], [np.uint32, np.uint32, np.int64], strict=True)]  # fmt: skip
        belongs = [np.array([row[3][step] for row in rows], np.bool_) for step in range(steps)]
        people, events = crowds.came(columns[0], columns[1], columns[2], belongs, 3)
        assert people == slowly(rows, steps)
        assert events == [sum(row[3][step] for row in rows) for step in range(steps)]
        longest += steps > 2 and people[-1] > 0
    assert longest > WORLDS / 20


def test_some_people_of_each_part_are_different_and_as_many_as_there_are() -> None:
    chance = random.Random(7)
    events = [(chance.randrange(12), chance.randrange(6)) for _ in range(60)]
    people, part = (np.array(column, np.uint32) for column in zip(*events, strict=True))
    for most in (0, 1, 3, 20):
        some = crowds.some_of_each(people, part, 8, most)
        for place in range(8):
            there = {person for person, where in events if where == place}
            found = some.get(place, [])
            assert len(found) == len(set(found)) == min(most, len(there))
            assert set(found) <= there
