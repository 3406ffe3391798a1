"""The fixed grid on which others' numbers lie: all that is ever told follows from the band, not from the number.

| number | width of its band |
| --- | --- |
| below 200 | 5 |
| 200 to 499 | 10 |
| 500 to 999 | 25 |
| 1,000 to 1,999 | 50 |

and so on with each power of ten: from 100 on a band is 2 to 5% of its number.
"""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise

import numpy as np

LARGEST = 10**12


def _edges() -> list[int]:
    edges, scale = list(range(0, 200, 5)), 1
    while edges[-1] < LARGEST:
        for start, end, width in ((200, 500, 10), (500, 1000, 25), (1000, 2000, 50)):
            edges += range(start * scale, end * scale, width * scale)
        scale *= 10
    return edges


EDGES = _edges()
"""The lowest number of each band."""
MIDDLES = [(low + high - 1) / 2 for low, high in pairwise(EDGES)]
_EDGES, _MIDDLES = np.array(EDGES), np.array(MIDDLES)


def band(number: int) -> tuple[int, int]:
    """The lowest and the highest number of the band."""
    at = bisect(EDGES, number)
    return EDGES[at - 1], EDGES[at] - 1


def at(number: int, place: float) -> float:
    """The point of the number's band at this place, from 0, where it begins, to 1."""
    low, high = band(number)
    return low - 0.5 + place * (high - low + 1)


def middles(numbers: np.ndarray) -> np.ndarray:
    """The middle of each number's band, which stands for it."""
    return _MIDDLES[np.searchsorted(_EDGES, numbers, side="right") - 1]
