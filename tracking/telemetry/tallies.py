"""Counts in plain Python, a quarter of a microsecond each. A few times a second they go into prometheus-client's
values, where a histogram takes 2.8 (docs/decisions/0039): there they outlive this process.

For one thread, as gunicorn's gevent workers are: nothing here waits between reading a number and writing it.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prometheus_client import Counter, Gauge, Histogram
    from prometheus_client.metrics import MetricWrapperBase

Labels = tuple[str, ...]
"""The values of a series' labels, in the order of its definition. All have few values: each is a series for ever."""


Metric = TypeVar("Metric", bound="MetricWrapperBase")


def _child(metric: Metric, labels: Labels) -> Metric:
    """The series with these labels; one without labels is its own."""
    return metric.labels(*labels) if labels else metric


class Tally(Protocol):
    def flush(self) -> None:
        """Hands on to prometheus-client what was counted since the last time."""


class Counts:
    """How often something happened, by labels."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._new: dict[Labels, int] = {}

    def add(self, labels: Labels, amount: int = 1) -> None:
        self._new[labels] = self._new.get(labels, 0) + amount

    def flush(self) -> None:
        new, self._new = self._new, {}
        for labels, amount in new.items():
            _child(self._counter, labels).inc(amount)


class Cell:
    """The values of one series since the last flush."""

    __slots__ = ("buckets", "total")

    def __init__(self, buckets: int) -> None:
        self.buckets = [0] * buckets
        self.total = 0.0


class Spread:
    """How large something was, by labels: a histogram with these upper bounds."""

    def __init__(self, histogram: Histogram, bounds: Sequence[float]) -> None:
        self._histogram = histogram
        self._bounds = bounds
        self._new: dict[Labels, Cell] = {}

    def add(self, labels: Labels, value: float) -> None:
        cell = self._new.get(labels)
        if cell is None:
            cell = self._new[labels] = Cell(len(self._bounds) + 1)
        cell.buckets[bisect_left(self._bounds, value)] += 1
        cell.total += value

    def flush(self) -> None:
        """A histogram of prometheus-client takes one value at a time, so its parts are added to by themselves."""
        new, self._new = self._new, {}
        for labels, cell in new.items():
            child = _child(self._histogram, labels)
            child._sum.inc(cell.total)  # noqa: SLF001 - see above; tests/telemetry/test_tallies.py holds it to observe()
            for place, amount in enumerate(cell.buckets):
                if amount:
                    child._buckets[place].inc(amount)  # noqa: SLF001


class Watch:
    """What a process has at the moment. The last to name a series is asked for it."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._reads: dict[Labels, Callable[[], float]] = {}

    def of(self, labels: Labels, read: Callable[[], float]) -> None:
        self._reads[labels] = read

    def flush(self) -> None:
        for labels, read in self._reads.items():
            _child(self._gauge, labels).set(read())


class Few:
    """Gives the first so many names as they are, and `other` for each one after that. `used` are those that are series
    already, of other processes too: it is asked only when a name is new.
    """

    OTHER = "other"

    def __init__(self, most: int, used: Callable[[], set[str]]) -> None:
        self._most = most
        self._used = used
        self._names: set[str] = set()

    def name(self, name: str) -> str:
        if name in self._names:
            return name
        if len(self._names) < self._most:
            self._names |= self._used()
            if len(self._names) < self._most:
                self._names.add(name)
        return name if name in self._names else self.OTHER
