"""Cohorts and their quartiles: as a recount has them, large enough, and near enough to the truth."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from fixtures.peers import a_band, a_field, middle, recounted
from tracking.peers import RATES, STEPS
from tracking.peers.bands import LARGEST, at, band, middles
from tracking.peers.cohorts import Field, Row, at_least, difference, measured

WORLDS, RECEIVERS = 200, 2_000


def test_a_band_is_as_the_table_has_it() -> None:
    numbers = [*range(3000), 9_999, 10_000, 123_456, 999_999_999, LARGEST - 1]
    assert [band(n) for n in numbers] == [a_band(n) for n in numbers]
    assert list(middles(np.array(numbers))) == [middle(n) for n in numbers]
    assert [(at(n, 0), at(n, 0.5), at(n, 1)) for n in numbers] == [
        (a - 0.5, (a + b) / 2, b + 0.5) for a, b in map(a_band, numbers)
    ]
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


@pytest.mark.parametrize(
    ("views", "told"),
    [
        ([200, *[209] * 6, 900, 901, 902, 903, 904], 0.93),  # the sixth of seven: at 199.5 + 7.9
        ([1, 2, 3, 4, *[205] * 4, 900, 901, 902, 903], 0.97),  # the second of four: at 199.5 + 3.75
        ([1, 2, 3, 4, 5, 205, 900, 901, 902, 903, 904, 905], 0.96),  # alone: in the middle
    ],
)
def test_the_median_lies_in_its_band_as_the_numbers_spread_over_it(views: list[int], told: float) -> None:
    """All in one band lie there evenly, as far as anybody is told."""
    rows = [Row("job", str(n), f"owner-{n % 6}", (), (1000, each, 10)) for n, each in enumerate(views)]
    mine = Row("job", "mine", "me", (), (1000, 400, 10))
    compared = Field(rows).compare(mine)
    assert compared is not None
    (said,) = (one for one in measured(mine, compared) if one["measure"] == "views")
    assert (said["median"], said["difference"]) == ({"from": 200, "to": 209}, told)


PLANTED = (-0.6, -0.4, -0.25, -0.1, 0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)


def scattered(chance: np.random.Generator, receivers: int, *shown: float) -> tuple[np.ndarray, np.ndarray]:
    """The typical impressions, views and applications, and what receivers have: they scatter as real ones do."""
    typical = chance.uniform(*shown) * np.cumprod([1, *chance.uniform(0.1, 0.5, 2)])
    seen = chance.poisson(typical[0] * chance.lognormal(0, 0.4, receivers))
    opened = chance.poisson(seen * typical[1] / typical[0])
    return typical, np.stack([seen, opened, chance.poisson(opened * typical[2] / typical[1])], axis=1)


def found(field: Field, numbers: np.ndarray, measure: str, planted: float) -> bool:
    mine = Row("job", "mine", "me", (), (int(numbers[0]), int(numbers[1]), int(numbers[2])))
    compared = field.compare(mine)
    assert compared is not None
    (said,) = (one["difference"] for one in measured(mine, compared) if one["measure"] == measure)
    return abs(said - planted) < 0.05 + 1e-9


@pytest.mark.parametrize("case", ["as counted", "by chance", "few receivers"])
def test_planted_differences_are_found_within_five_points(case: str) -> None:
    """In 95% of 200 worlds, by a receiver that has so much more than what is typical.

    By chance: so much more in the mean; its own number scatters by its root. So numbers are from 1,000 on, mostly
    beyond 10,000: of 1,000 twice the root are 6 points. Few receivers: what is typical of 41 scatters by a tenth. So
    what is planted is so much more than the median of just these.
    """
    near: Counter[tuple[str, float]] = Counter()
    for world in range(WORLDS):
        chance = np.random.default_rng(world)
        shown = (100_000, 1_000_000) if case == "by chance" else (3_000, 30_000)
        typical, others = scattered(chance, 41 if case == "few receivers" else RECEIVERS, *shown)
        rates = typical[1:] / typical[:-1]
        if case == "few receivers":
            typical, rates = np.median(others, axis=0), np.median(others[:, 1:] / others[:, :-1], axis=0)
        field = Field(
            [Row("job", str(n), f"owner-{n % 60}", (), tuple(each)) for n, each in enumerate(others.tolist())]
        )
        for planted in PLANTED:
            for n, step in enumerate(STEPS):
                more = typical * np.where(np.arange(3) >= n, 1 + planted, 1)
                numbers = chance.poisson(more) if case == "by chance" else np.rint(more)
                near[step, planted] += found(field, numbers, step, planted)
            for n, rate in enumerate(RATES):
                more = typical.copy()
                more[n + 1] = more[n] * rates[n] * (1 + planted)
                numbers = chance.poisson(more) if case == "by chance" else np.rint(more)
                near[rate, planted] += found(field, numbers, rate, planted)
    assert near == {each: worlds for each, worlds in near.items() if worlds >= 0.95 * WORLDS}
    assert len(near) == 5 * len(PLANTED)
