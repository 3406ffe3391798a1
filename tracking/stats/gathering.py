"""Gathers the parts of a number: what counts and what does not.

Who may not see what single people do sees no part of few people: it is put together with its neighbour, so parts always
sum to the number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

REASONS = ("repeat", "own", "bot", "prefetch")
"""Why a stored event does not count: all that `excluded` may be."""


@dataclass(slots=True)
class Gathered:
    """`left_out`: by reason; None: not known any more. `people`: some of those whose events count."""

    counted: int = 0
    left_out: Counter[str] | None = field(default_factory=Counter)
    people: set[Hashable] = field(default_factory=set)

    def __add__(self, other: Gathered) -> Gathered:
        known = self.left_out is not None and other.left_out is not None
        left_out = Counter(self.left_out) + Counter(other.left_out) if known else None
        return Gathered(self.counted + other.counted, left_out, self.people | other.people)

    @property
    def is_empty(self) -> bool:
        """Whether it is known that nothing is in it."""
        return not self.counted and self.left_out is not None and not self.left_out.total()

    def told(self) -> dict[str, int | None]:
        """The part as an answer has it: `stored` is the sum of all others; null where the reasons are not known."""
        if self.left_out is None:
            return {"stored": None, "counted": self.counted, **dict.fromkeys(REASONS)}
        reasons = {reason: self.left_out[reason] for reason in REASONS}
        return {"stored": self.counted + sum(reasons.values()), "counted": self.counted, **reasons}


def total(parts: Iterable[Gathered]) -> Gathered:
    """All parts together."""
    return sum(parts, Gathered())


def in_time(buckets: Sequence[Gathered], least: int) -> list[tuple[int, int, Gathered]]:
    """(first, behind the last, the part) of runs of buckets that have at least so many people each, or are empty.

    If all buckets together have fewer, they are one run.
    """
    runs: list[tuple[int, int, Gathered]] = []
    start, part = 0, Gathered()
    for number, bucket in enumerate(buckets):
        part += bucket
        if part.is_empty or len(part.people) >= least:
            runs.append((start, number + 1, part))
            start, part = number + 1, Gathered()
    while start < len(buckets):  # too few are left: they join those before, and these theirs, until they are enough
        if not runs:
            return [(0, len(buckets), part)]
        first, _, before = runs.pop()
        start, part = first, before + part
        if len(part.people) >= least:
            runs.append((start, len(buckets), part))
            start = len(buckets)
    return runs


def by_source(sources: dict[str, Gathered], least: int) -> list[tuple[list[str], Gathered]]:
    """(sources, the part), most counted events first. Those with too few people are one part, and take in others until
    they have enough.
    """
    order = sorted(sources, key=lambda source: (-sources[source].counted, source))
    alone = [source for source in order if len(sources[source].people) >= least]
    few = [source for source in order if source not in alone]
    while few and alone and len(total(sources[source] for source in few).people) < least:
        few.append(alone.pop())
    found = [([source], sources[source]) for source in alone]
    return [*found, (sorted(few), total(sources[source] for source in few))] if few else found


def rows(parts: Iterable[tuple[str, str, Gathered]]) -> list[dict[str, Any]]:
    """The parts as a table: what each is a part by, which one, and its numbers."""
    return [{"by": by, "value": value, **part.told()} for by, value, part in parts]
