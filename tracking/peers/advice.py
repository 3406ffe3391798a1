"""Plain rules that say where a receiver loses people, each with its figures; silent unless the difference is clear."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from tracking.peers import RATES
from tracking.peers.cohorts import FEW, own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracking.peers.cohorts import Quartiles, Row

CLEAR = 3.0
"""Standard deviations of a binomial count by which it must fall short: by chance one of 700 does. With two it would be
one of 44, which is somebody each night.
"""
WORTH = 0.75
"""And it is at most so much of the others': with large numbers every difference is clear, and most are not worth a
word. A band from `FEW` on is wrong by less.
"""


class Rule(NamedTuple):
    key: str
    measure: str
    says: str
    seen_often: bool = False
    """Whether it is for those only who are shown as often as half of the others."""


RULES = (
    Rule("few-see-it", "impressions",
         "few see it: shown {own} times, three of four similar ones {peers} times or more; look at where it is listed"),
    Rule("seen-not-opened", "opened",
         "seen often, opened rarely: {own} against {peers} of similar ones; look at title and picture",
         seen_often=True),
    Rule("opened-not-applied", "conversion",
         "opened, but few apply: {own} against {peers} of similar ones; look at the text and at the way to apply"),
)  # fmt: skip


def advice(row: Row, quartiles: Mapping[str, Quartiles]) -> list[dict[str, Any]]:
    """What the rules say of a receiver, in their order."""
    numbers = own(row)
    said = []
    for rule in RULES:
        found = quartiles.get(rule.measure)
        if found is None or found.basis < FEW:
            continue
        value, peers = numbers[rule.measure], found.median if rule.measure in RATES else found.lower
        often = "impressions" in quartiles and (numbers["impressions"] or 0) >= quartiles["impressions"].median
        if (rule.seen_often and not often) or value is None or not _falls_short(rule.measure, numbers, value, peers):
            continue
        shown = _percent if rule.measure in RATES else _count
        said.append({
            "key": rule.key, "own": float(f"{value:.4g}"), "peers": float(f"{peers:.2g}"),
            "sentence": rule.says.format(own=shown(value, 4), peers=shown(peers, 2)),
        })  # fmt: skip
    return said


def _falls_short(measure: str, numbers: Mapping[str, float | None], value: float, peers: float) -> bool:
    """Whether the number is clearly below the others'.

    Of a rate: the events that came of so many chances, against a binomial count of the others' rate. Of impressions:
    against a Poisson count.
    """
    chances = numbers[RATES[measure][1]] or 0.0 if measure in RATES else 1.0
    expected = chances * peers
    spread = sqrt(expected * (1 - peers)) if measure in RATES and peers < 1 else sqrt(expected)
    return expected >= FEW and value <= WORTH * peers and chances * value < expected - CLEAR * spread


def _percent(rate: float, _: int) -> str:
    return f"{float(f'{100 * rate:.2g}'):g}%"


def _count(number: float, digits: int) -> str:
    return f"{int(number) if digits > 2 else int(float(f'{number:.2g}')):,}"
