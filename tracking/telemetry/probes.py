"""Asks another system for numbers at a scrape. The scrape answers in time, whatever becomes of the other system."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client import Metric

log = structlog.get_logger(__name__)

MAX_AGE = 15.0
"""Seconds for which an answer is used again."""
PATIENCE = 3.0
"""Seconds that a scrape waits for an answer; Prometheus waits ten for a scrape."""


class Probe(Collector):
    """The numbers that `read()` gives, and `footfall_SYSTEM_up`: 1 if they are there, 0 if it failed or takes too long.

    It reads in a thread of its own, one at a time. In gunicorn's workers that is a greenlet.
    """

    def __init__(self, system: str, read: Callable[[], Iterable[Metric]]) -> None:
        self._system = system
        self._read = read
        self._found: list[Metric] | None = None
        self._read_at = float("-inf")
        self._reading: threading.Thread | None = None

    def collect(self) -> Iterator[Metric]:
        if self._reading is None and time.monotonic() - self._read_at > MAX_AGE:
            self._reading = threading.Thread(target=self._ask, daemon=True)
            self._reading.start()
        if (reading := self._reading) is not None:
            reading.join(PATIENCE)
        found = self._found if self._reading is None else None
        says = f"1 if the {self._system} told its numbers at most {MAX_AGE:.0f} seconds ago."
        yield GaugeMetricFamily(f"footfall_{self._system}_up", says, value=float(found is not None))
        yield from found or ()

    def _ask(self) -> None:
        try:
            self._found = list(self._read())
        except Exception as error:  # noqa: BLE001 - whatever it is: the other numbers are told all the same
            self._found = None
            cause = getattr(error, "orig", None) or error
            log.warning("no numbers for /metrics", system=self._system, error=type(cause).__name__)
        finally:
            self._read_at = time.monotonic()
            self._reading = None
