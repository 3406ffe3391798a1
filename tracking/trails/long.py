"""Long rows of the trails stay narrow: a question reads them a piece at a time, where their bytes lie.

They are in order of time: what happened between two moments is a stretch of them, found without a look at each event.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tracking.trails import crowds, packing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tracking.trails.crowds import Column


class Long(NamedTuple):
    """Events of one row: of its places from `start` until before `end`, those that are `kept` (None: all)."""

    row: LongRow
    start: int
    end: int
    kept: Column | None = None

    @property
    def events(self) -> int:
        return self.end - self.start if self.kept is None else int(np.count_nonzero(self.kept[self.start : self.end]))

    @property
    def kinds(self) -> Column:
        kinds = self.row.kinds[self.start : self.end]
        return kinds if self.kept is None else kinds[self.kept[self.start : self.end]]

    def people(self) -> Iterator[Column]:
        """Their numbers, a piece at a time."""
        for start in range(self.start, self.end, crowds.PIECE):
            end = min(self.end, start + crowds.PIECE)
            people = packing.indexes(self.row.people, self.row.width, start, end)
            yield people if self.kept is None else people.compress(self.kept[start:end])

    def kinds_and_people(self) -> Iterator[tuple[Column, Column]]:
        """Of the same events, a piece at a time."""
        starts = range(self.start, self.end, crowds.PIECE)
        for start, people in zip(starts, self.people(), strict=True):
            place = slice(start, min(self.end, start + crowds.PIECE))
            kinds = self.row.kinds[place]
            yield kinds if self.kept is None else kinds.compress(self.kept[place]), people

    def of(self, meant: Column) -> Long:
        """Only events of these kinds. `meant`: for each kind that there is from `start` until `end`, by its number."""
        kept = np.zeros(self.row.events, np.bool_)
        for start in range(self.start, self.end, crowds.PIECE):
            end = min(self.end, start + crowds.PIECE)
            kept[start:end] = meant[self.row.kinds[start:end].astype(np.intp)]
        return self._replace(kept=kept if self.kept is None else kept & self.kept)

    def between(self, since: int, until: int) -> Long:
        """Only what happened between two quarters of an hour."""
        (part,) = self.split([since, until])
        return part

    def split(self, edges: Sequence[int]) -> list[Long]:
        """What happened from each of these quarters of an hour until before the next one."""
        places = np.searchsorted(self.row.quarters, edges).tolist()
        begins = [*self.row.begins.tolist(), self.row.events]
        cuts = [min(max(begins[place], self.start), self.end) for place in places]
        return [self._replace(start=start, end=end) for start, end in pairwise(cuts)]


class LongRow(NamedTuple):
    """A packed row. Columns that are not needed are empty."""

    receiver: int
    """Points into a list."""
    events: int
    people: bytes
    width: int
    """Bytes of a person."""
    kinds: Column
    begins: Column
    """The places at which another quarter of an hour begins, and which one: as many as there are such quarters."""
    quarters: Column
