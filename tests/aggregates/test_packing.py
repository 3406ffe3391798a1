"""What is packed into rows of the trails is what comes out, in order of time."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from tracking.trails import packing

ROWS = 300
FIRST, DAY = date(2026, 3, 1), timedelta(days=1)
NUMBERS = [1, 255, 256, 65_535, 65_536, (1 << 24) - 1, 1 << 24, (1 << 31) - 1]


def a_row(chance: random.Random, since: date) -> packing.Events:
    """As it may be: at one moment, at edges, of numbers that need one to four bytes."""
    number = chance.choice([1, 2, chance.randrange(1, 60)])
    begins = (since - packing.EPOCH.date()).days * 86_400_000_000
    span = chance.choice([1, packing.QUARTER, 31 * 86_400_000_000])
    edges = [begins, begins + packing.QUARTER - 1, begins + packing.QUARTER]
    times = [chance.choice([*edges, begins + chance.randrange(span)]) for _ in range(number)]
    widest = chance.choice(NUMBERS)
    people, kinds = ([chance.randint(1, widest) for _ in range(number)] for _ in range(2))
    return packing.Events(np.array(people, np.uint32), np.array(kinds, np.uint32), np.array(times, np.int64))


def listed(events: packing.Events) -> list[tuple[int, ...]]:
    """By time; of one moment, as they stood."""
    return sorted(zip(*(column.tolist() for column in events), strict=True), key=lambda event: event[2])


def test_a_row_comes_out_as_it_went_in() -> None:
    chance = random.Random(3)
    for _ in range(ROWS):
        since = FIRST + chance.randrange(400) * DAY
        row = a_row(chance, since)
        packed = packing.pack(row, since)
        out = packing.unpack(packed, len(row.people), since)
        assert listed(row) == list(zip(*(column.tolist() for column in out), strict=True))


@pytest.mark.parametrize("long", [0, 1000], ids=["one by one", "together"])
def test_many_rows_come_out_one_after_the_other(monkeypatch: pytest.MonkeyPatch, long: int) -> None:
    monkeypatch.setattr(packing, "LONG", long)
    chance = random.Random(4)
    for _ in range(ROWS):
        days = [FIRST + chance.randrange(400) * DAY for _ in range(chance.randrange(1, 8))]
        rows = [a_row(chance, day) for day in days]
        packed = [packing.pack(row, day) for row, day in zip(rows, days, strict=True)]
        each = [len(row.people) for row in rows]
        quarters = packing.quarters(
            [one.quarters for one in packed], each, [packing.first_quarter(day) for day in days]
        )
        out = packing.Events(
            packing.numbers([one.people for one in packed], each),
            packing.numbers([packing.inflated(one.kinds) for one in packed], each),
            packing.moments(quarters, [one.times for one in packed], each),
        )
        assert [event for row in rows for event in listed(row)] == list(
            zip(*(column.tolist() for column in out), strict=True)
        )


def test_a_person_takes_another_number_in_a_row_that_is_packed() -> None:
    """As erasure does it: the row is read, and packed again."""
    row = packing.Events(np.array([7, 300, 7]), np.array([1, 2, 3]), np.array([5, 4, 3]))
    read = packing.unpack(packing.pack(row, packing.EPOCH.date()), 3, packing.EPOCH.date())
    people = np.where(read.people == 7, np.uint32(1 << 24), read.people)
    again = packing.pack(read._replace(people=people), packing.EPOCH.date())
    out = packing.unpack(again, 3, packing.EPOCH.date())
    assert [column.tolist() for column in out] == [[1 << 24, 300, 1 << 24], [3, 2, 1], [3, 4, 5]]


def test_a_quarter_is_counted_from_the_year_2000() -> None:
    assert packing.quarter_of(datetime(2000, 1, 1, 1, 14, 59, 999_999, UTC)) == 4
    assert packing.first_quarter(date(2000, 1, 3)) == 192
