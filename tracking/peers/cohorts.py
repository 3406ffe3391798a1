"""Finds the similar receivers of one age, and what is told of them. Plain numbers in, plain numbers out.

Others' numbers become bands before anything else is done with them, and their quartiles are numbers of the list, never
a mean of two. So each answer is a function of the bands: whoever moves their own numbers learns in which band another's
lies, and nothing beyond (docs/decisions/0051).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tracking.peers import RATES, STEPS, bands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RECEIVERS, OWNERS, LARGEST_SHARE = 10, 5, 0.4
"""A cohort has at least so many receivers, of so many owners, and of no owner more than this share."""
FEW, ENOUGH, MANY = 10, 25, 100
"""Medians from which on a rate is told, a difference is told to ten percent, and to one percent."""
PARTS = 50
"""Impressions, or views, from which on another receiver's rate is looked at."""

Key = tuple[str, ...]


class Row(NamedTuple):
    """A receiver's numbers at one age. `attributes`: those that make cohorts, None where it has none."""

    receiver_type: str
    receiver_id: str
    owner: str
    attributes: tuple[str | None, ...]
    numbers: tuple[int, int, int]
    """As in `STEPS`."""


class Quartiles(NamedTuple):
    """Of one measure of a cohort.

    `basis`: the median of what it is counted from, which decides how exact it is. `place`: where among those that equal
    the median it stands, from 0 to 1. Of numbers: those of its band, and so where in the band it lies, about.
    """

    lower: float
    median: float
    upper: float
    basis: float
    place: float
    receivers: int


class Ranked:
    """A measure of a cohort in rising order, beside whose each is."""

    def __init__(self, values: np.ndarray, basis: np.ndarray, owners: np.ndarray) -> None:
        order = np.argsort(values, kind="stable")
        self._values, self._owners = values[order], owners[order]
        self._basis, self._owners_of_basis = np.sort(basis), owners[np.argsort(basis, kind="stable")]
        self._codes, self._counts = np.unique(owners, return_counts=True)

    def without(self, owner: int) -> Quartiles | None:
        """The quartiles of the others; None where these are too few, or too much one owner's."""
        counts = self._counts[self._codes != owner]
        receivers = int(counts.sum())
        if receivers < RECEIVERS or len(counts) < OWNERS or counts.max() > LARGEST_SHARE * receivers:
            return None
        values = self._values[self._owners != owner]
        lower, median, upper = (float(values[(receivers - 1) * n // 4]) for n in (1, 2, 3))
        middle = (receivers - 1) // 2
        basis = float(self._basis[self._owners_of_basis != owner][middle])
        first, end = (int(np.searchsorted(values, median, side)) for side in ("left", "right"))
        return Quartiles(lower, median, upper, basis, (middle - first + 0.5) / (end - first), receivers)


class Cohort:
    """Receivers that share a type and the first attributes."""

    def __init__(self, numbers: np.ndarray, owners: np.ndarray) -> None:
        self._measures = {step: Ranked(numbers[:, n], numbers[:, n], owners) for n, step in enumerate(STEPS)}
        for rate, (part, whole) in RATES.items():
            parts, wholes = numbers[:, STEPS.index(part)], numbers[:, STEPS.index(whole)]
            seen = wholes >= PARTS
            self._measures[rate] = Ranked(parts[seen] / wholes[seen], parts[seen], owners[seen])
        self._found: dict[int, dict[str, Quartiles] | None] = {}

    def without(self, owner: int) -> dict[str, Quartiles] | None:
        """The quartiles of the measures that can be told; None if there is no cohort without this owner."""
        if owner not in self._found:
            found = {name: each for name, ranked in self._measures.items() if (each := ranked.without(owner))}
            self._found[owner] = found if STEPS[0] in found else None
        return self._found[owner]


class Compared(NamedTuple):
    """`shares`: how many of the attributes the cohort shares; `quartiles`: by measure."""

    shares: int
    quartiles: dict[str, Quartiles]


class Field:
    """All receivers of one age."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        names = sorted({row.owner for row in rows})
        self._code = {name: n for n, name in enumerate(names)}
        self._owners = np.array([self._code[row.owner] for row in rows], np.int64)
        self._numbers = bands.middles(np.array([row.numbers for row in rows], np.int64).reshape(-1, len(STEPS)))
        self._members: dict[Key, list[int]] = {}
        for at, row in enumerate(rows):
            for key in _keys(row):
                self._members.setdefault(key, []).append(at)
        self._cohorts: dict[Key, Cohort] = {}

    def compare(self, row: Row) -> Compared | None:
        """The receiver beside the narrowest cohort that there is; None if there is none."""
        for key in reversed(list(_keys(row))):
            if key not in self._cohorts:
                at = np.array(self._members.get(key, []), np.int64)
                self._cohorts[key] = Cohort(self._numbers[at], self._owners[at])
            if quartiles := self._cohorts[key].without(self._code.get(row.owner, -1)):
                return Compared(len(key) - 1, quartiles)
        return None


def _keys(row: Row) -> Iterator[Key]:
    """The cohorts that it is in, the widest first."""
    key: Key = (row.receiver_type,)
    yield key
    for value in row.attributes:
        if value is None:
            return
        key = (*key, value)
        yield key


def own(row: Row) -> dict[str, float | None]:
    """A receiver's own numbers, by measure; a rate of nothing is None."""
    counted = dict(zip(STEPS, row.numbers, strict=True))
    numbers: dict[str, float | None] = {step: float(number) for step, number in counted.items()}
    for rate, (part, whole) in RATES.items():
        numbers[rate] = counted[part] / counted[whole] if counted[whole] else None
    return numbers


def measured(row: Row, compared: Compared) -> list[dict[str, Any]]:
    """What is told of each measure."""
    told = []
    for measure, value in own(row).items():
        found = compared.quartiles.get(measure)
        if found is None or (measure in RATES and found.basis < FEW):
            continue
        quartiles = {"lower": found.lower, "median": found.median, "upper": found.upper}
        said: dict[str, Any]
        usual = found.median if measure in RATES else bands.at(int(found.median), found.place)
        if measure in RATES:
            said = {name: _two_digits(each) for name, each in quartiles.items()}
        else:
            said = {
                name: dict(zip(("from", "to"), bands.band(int(each)), strict=True)) for name, each in quartiles.items()
            }
        told.append({
            "measure": measure, "own": _four_digits(value) if measure in RATES else value, **said,
            "difference": difference(value, usual, found.basis),
        })  # fmt: skip
    return told


def difference(value: float | None, median: float, basis: float) -> float | None:
    """0.31 is 31% more; to ten percent where numbers are small, and None where they are too small."""
    if value is None or basis < ENOUGH or not median:
        return None
    return round(value / median - 1, 2 if basis >= MANY else 1) + 0.0  # no -0.0


def at_least(receivers: int) -> int:
    """The size of a cohort as it is told: no more than it is, in steps of 5, and of two digits from 100 on."""
    step = 5 if receivers < MANY else 10 ** (len(str(receivers)) - 2)
    return receivers // step * step


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def _four_digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
