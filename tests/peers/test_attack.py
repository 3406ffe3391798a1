"""Two owners who know their own numbers, change them as they like, and watch: a third's number keeps its band."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from fixtures.peers import a_band
from tracking.peers.cohorts import Field, Row
from tracking.peers.nightly import comparison

NIGHTS = 60
HUGE = 10**9
"""Whose own number is so large reads the others' median to the last digit from the difference, which is told to 1%."""
BY = ("category", "region")


class Platform:
    """What the two see of it: the answers about their own receivers."""

    def __init__(self, others: list[Row]) -> None:
        self._others = others
        self.answers: list[dict[str, Any] | None] = []

    def night(self, own: list[Row]) -> list[dict[str, Any] | None]:
        field = Field([*self._others, *own])
        told = []
        for row in own:
            found = field.compare(row)
            told.append(None if found is None else comparison(row, found, BY, 7))
        self.answers += told
        return told


def others(victim: int) -> list[Row]:
    """Six of four third owners. The two know all of them but one's views: the worst case."""
    views = [100, 120, victim, 2_000, 2_200, 2_400]
    return [Row("job", f"other-{n}", f"third-{n % 4}", ("it", "north"), (12_000, views[n], 300)) for n in range(6)]


def ask(platform: Platform, guess: int) -> dict[str, Any] | None:
    """One owner asks. The other's four receivers make the greater of the guess and the victim the median.

    Every other guess they lie on both sides of it, in one band with the victim if they can: then it is told where among
    them the median stands.
    """
    views = [guess, guess - 1, guess + 1, 2_500] if guess % 2 else [guess, 1, 2_500, 2_600]
    fakes = [Row("job", f"fake-{n}", "mallory", ("it", "north"), (12_000, each, 300)) for n, each in enumerate(views)]
    (*_, told) = platform.night([*fakes, Row("job", "asks", "trudy", ("it", "north"), (12_000, HUGE, 300))])
    return told


def search(platform: Platform) -> list[int]:
    """The numbers that the third can have, for all that was seen: each number that would have answered so, every night."""
    possible = list(range(130, 1_900))
    for night in range(NIGHTS):
        guess = possible[len(possible) // 2] if night % 2 else possible[night % len(possible)]
        seen = ask(platform, guess)
        possible = [number for number in possible if ask(Platform(others(number)), guess) == seen]
    return possible


@pytest.mark.parametrize("victim", [137, 404, 409, 815, 1_234])
def test_the_band_of_the_third_is_found_and_no_more(victim: int) -> None:
    """The attack is a good one: it learns the band. All numbers of the band give the same answers, to the last digit."""
    low, high = a_band(victim)
    assert search(Platform(others(victim))) == list(range(low, high + 1))


@pytest.mark.parametrize("seed", range(20))
def test_no_series_of_nights_tells_two_numbers_of_one_band_apart(seed: int) -> None:
    """Whatever the two try: fakes, other attributes, other numbers of their own, more or fewer receivers."""
    transcripts = []
    low, high = a_band(Random(seed).randint(0, 3_000))
    for victim in (low, (low + high) // 2, high):
        chance = Random(seed)
        platform = Platform(others(victim))
        for _ in range(NIGHTS):
            platform.night([
                Row("job", f"{owner}-{n}", owner, (chance.choice(["it", None, "law"]), chance.choice(["north", "south"])),
                    (chance.randint(0, 30_000), chance.choice([HUGE, *range(max(0, low - 9), high + 9)]), chance.randint(0, 300)))
                for owner in ("mallory", "trudy") for n in range(chance.randint(1, 5))
            ])  # fmt: skip
        transcripts.append(platform.answers)
    assert transcripts[0] == transcripts[1] == transcripts[2]
    assert any(transcripts[0])
