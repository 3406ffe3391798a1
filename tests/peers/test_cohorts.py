"""Cohorts and their quartiles: as a recount has them, large enough, and near enough to the truth."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from fixtures.peers import a_band, a_field, middle, recounted
from tracking.peers.bands import LARGEST, band, middles
from tracking.peers.cohorts import Field, Row, at_least, difference, measured

WORLDS, RECEIVERS = 200, 2_000


def test_a_band_is_as_the_table_has_it() -> None:
    numbers = [*range(3000), 9_999, 10_000, 123_456, 999_999_999, LARGEST - 1]
    assert [band(n) for n in numbers] == [a_band(n) for n in numbers]
    assert list(middles(np.array(numbers))) == [middle(n) for n in numbers]
    assert all((high - low + 1) / low <= 0.05 for low, high in map(band, numbers) if low >= 100)


@pytest.mark.parametrize(
    ("receivers", "told"), [(10, 10), (14, 10), (41, 40), (99, 95), (100, 100), (119, 110), (1234, 1200)]
)
def test_a_cohort_is_told_smaller_than_it_is(receivers: int, told: int) -> None:
    assert at_least(receivers) == told


@pytest.mark.parametrize(
    ("own", "median", "basis", "told"),
    [(131, 100, 100, 0.31), (131, 100, 99, 0.3), (131, 100, 24, None), (0, 200, 200, -1.0), (None, 1, 100, None)],
)
def test_a_difference_is_as_exact_as_the_numbers_are_large(own: Any, median: float, basis: float, told: Any) -> None:
    assert difference(own, median, basis) == told


def test_every_comparison_equals_a_recount() -> None:
    found: Counter[Any] = Counter()
    for seed in range(40):
        chance = Random(seed)
        rows = a_field(chance, chance.choice([12, 40, 150]))
        field = Field(rows)
        for row in rows:
            compared, expected = field.compare(row), recounted(row, rows)
            if expected is None:
                assert compared is None
                found[None] += 1
                continue
            assert compared is not None
            assert (compared.shares, {name: [*each] for name, each in compared.quartiles.items()}) == expected
            found.update([compared.shares, *compared.quartiles])
    assert min(found[case] for case in (None, 0, 1, 2, 3, "opened", "conversion")) > 20


def alike(owners: list[str]) -> list[Row]:
    return [Row("job", str(n), owner, (), (1000, 100, 10)) for n, owner in enumerate(owners)]


@pytest.mark.parametrize(
    ("owners", "holds"),
    [
        ("aabbccddee", True), ("aabbccdde", False), ("aaabbbcccd", False), ("aaaabbcdee", True), ("aaaaabcdef", False),
        ("aabbccddee" + "x" * 50, True), ("aabbccdd" + "x" * 50, False),
    ],
)  # fmt: skip
def test_a_cohort_is_of_ten_receivers_of_five_owners_and_of_nobody_too_much(owners: str, holds: bool) -> None:
    """The asking owner, x, is not in it, however many are theirs."""
    rows = alike([*owners])
    assert (Field(rows).compare(rows[0]._replace(receiver_id="0", owner="x")) is not None) == holds


PLANTED = (-0.4, -0.1, 0.0, 0.3)


def test_planted_differences_are_found_within_five_points() -> None:
    """In 95% of 200 worlds: others scatter as real receivers do, and the planted one has so much more of the truth."""
    near: Counter[tuple[str, float]] = Counter()
    for world in range(WORLDS):
        chance = np.random.default_rng(world)
        typical = chance.uniform(3_000, 30_000) * np.cumprod([1, *chance.uniform(0.1, 0.5, 2)])
        seen = chance.poisson(typical[0] * chance.lognormal(0, 0.4, RECEIVERS))
        opened = chance.poisson(seen * typical[1] / typical[0])
        applied = chance.poisson(opened * typical[2] / typical[1])
        others = zip(seen.tolist(), opened.tolist(), applied.tolist(), strict=True)
        field = Field([Row("job", str(n), f"owner-{n % 60}", (), each) for n, each in enumerate(others)])
        for planted in PLANTED:
            for step, measures in enumerate((["impressions"], ["views", "opened"], ["applications", "conversion"])):
                more = [round(value * (1 + planted * (n >= step))) for n, value in enumerate(typical)]
                mine = Row("job", "mine", "me", (), (more[0], more[1], more[2]))
                compared = field.compare(mine)
                assert compared is not None
                told = {one["measure"]: one["difference"] for one in measured(mine, compared)}
                near.update((measure, planted) for measure in measures if abs(told[measure] - planted) <= 0.05)
    assert min(near.values()) >= 0.95 * WORLDS, near
    assert len(near) == 5 * len(PLANTED)
