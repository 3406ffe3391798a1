"""Advice: each rule with its figures, and none of them where the difference may be chance."""

from __future__ import annotations

import pytest

from tracking.peers.advice import advice
from tracking.peers.cohorts import Quartiles, Row

USUAL = {
    "impressions": Quartiles(3_000, 5_000, 8_000, 5_000, 0.5, 40),
    "opened": Quartiles(0.01, 0.021, 0.03, 105, 0.5, 40),
    "conversion": Quartiles(0.02, 0.03, 0.05, 30, 0.5, 40),
}


@pytest.mark.parametrize(
    ("impressions", "views", "applications", "keys"),
    [
        (10_000, 80, 4, ["seen-not-opened"]),  # 0.8% against 2.1%
        (10_000, 170, 5, []),  # 1.7%: more than three quarters
        (4_000, 30, 1, []),  # not seen as often as half of the others
        (5_100, 70, 2, ["seen-not-opened"]),
        (9_000, 1_000, 10, ["opened-not-applied"]),  # 1% against 3%
        (9_000, 300, 2, []),  # fewer than ten expected
        (9_000, 400, 3, []),  # short by 2.6 standard deviations only
        (1_200, 30, 1, ["few-see-it"]),
        (2_400, 60, 1, []),
        (0, 0, 0, ["few-see-it"]),
    ],
)
def test_a_rule_speaks_where_the_difference_is_clear(
    impressions: int, views: int, applications: int, keys: list[str]
) -> None:
    row = Row("job", "1", "acme", (), (impressions, views, applications))
    assert [one["key"] for one in advice(row, USUAL)] == keys


def test_a_sentence_has_its_figures() -> None:
    (said,) = advice(Row("job", "1", "acme", (), (10_000, 80, 4)), USUAL)
    assert said["sentence"] == "seen often, opened rarely: 0.8% against 2.1% of similar ones; look at title and picture"
    (said,) = advice(Row("job", "1", "acme", (), (1_200, 30, 1)), USUAL)
    assert said["sentence"].startswith("few see it: shown 1,200 times, three of four similar ones 3,000 times or more;")


def test_nothing_is_advised_by_small_numbers_of_others() -> None:
    few = {"opened": USUAL["opened"]._replace(basis=7), "conversion": USUAL["conversion"]._replace(basis=7)}
    assert advice(Row("job", "1", "acme", (), (100_000, 80, 0)), few) == []
