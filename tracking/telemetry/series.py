"""Every number that the API counts by itself: name, help and labels. Labels have few values, whatever is sent.

docs/operations.md lists them. In a worker of gunicorn (deploy/gunicorn.conf.py) each number lies in a file of the
worker's place, which its successor goes on with: nothing is lost when a worker ends, and no file is left over.
"""

from __future__ import annotations

import os
from collections import Counter as Multiset
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, values
from prometheus_client.multiprocess import MultiProcessCollector

from tracking.telemetry.tallies import Counts, Few, Spread, Tally, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE = os.environ.get("FOOTFALL_WORKER")
"""The place of this worker among its like, from 1 on; None: this process is alone, and keeps its numbers to itself."""
if PLACE is not None:
    values.ValueClass = values.MultiProcessValue(lambda: PLACE)  # type: ignore[no-untyped-call]

disable_created_metrics()  # type: ignore[no-untyped-call]  # files have none, either
REGISTRY = CollectorRegistry()

MOST_SOURCES = 100
"""Sources with series of their own; the others share one."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def _spread(name: str, says: str, bounds: Sequence[float], *labels: str) -> Spread:
    return Spread(Histogram(name, says, labels, buckets=bounds, registry=REGISTRY), bounds)


def _counts(name: str, says: str, *labels: str) -> Counts:
    return Counts(Counter(name, says, labels, registry=REGISTRY))


def _watch(name: str, says: str, *labels: str) -> Watch:
    """Of all workers that live, the sum."""
    return Watch(Gauge(name, says, labels, multiprocess_mode="livesum", registry=REGISTRY))


REQUESTS = _spread(
    "footfall_request_seconds",
    "Requests, and the seconds until each answer began: from the head of the request on, so a slow body counts.",
    SECONDS, "route", "method", "status",
)  # fmt: skip
PROBLEMS = _counts("footfall_problems", "Requests that were answered by a problem, by its kind.", "kind")
RATE_LIMITED = _counts("footfall_rate_limited", "Requests beyond a budget, by the budget.", "budget")
EVENTS = _counts("footfall_events", "Events of requests, by source and verdict.", "source", "verdict")
COMMIT_ROWS = _spread("footfall_commit_rows", "Rows that requests wrote together.", ROWS)
COMMIT_WAIT = _spread(
    "footfall_commit_wait_seconds", "Seconds that the oldest rows of a group waited for their turn.", SECONDS
)
COMMIT_SECONDS = _spread("footfall_commit_seconds", "Seconds that writing a group took.", SECONDS)
WAITING_ROWS = _watch("footfall_waiting_rows", "Rows that wait to be written.")
POOL_SIZE = _watch("footfall_pool_size", "Connections that a pool may have.", "pool")
POOL_USED = _watch("footfall_pool_used", "Connections of a pool that are in use.", "pool")
QUESTIONS = _watch("footfall_questions", "Questions that are counted or wait.")

TALLIES: tuple[Tally, ...] = (
    REQUESTS, PROBLEMS, RATE_LIMITED, EVENTS, COMMIT_ROWS, COMMIT_WAIT, COMMIT_SECONDS, WAITING_ROWS, POOL_SIZE,
    POOL_USED, QUESTIONS,
)  # fmt: skip

for budget in ("address", *(f"{whose}{what}" for whose in ("token", "source") for what in ("", "-events", "-bytes"))):
    RATE_LIMITED.add((budget,), 0)  # from the start on, so that the first refusal is an increase


def shared() -> CollectorRegistry:
    """A registry with the numbers of all workers; of this process, where it is alone."""
    if PLACE is None:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def _sources() -> set[str]:
    return {
        sample.labels["source"]
        for metric in shared().collect()
        if metric.name == "footfall_events"
        for sample in metric.samples
    }


_few = Few(MOST_SOURCES, _sources)


def events(source: str, verdicts: list[dict[str, str]]) -> None:
    """Counts the events of one request. Mostly all have the same verdict, and it takes a look at each: 8 ns."""
    source = _few.name(source)
    if verdicts and verdicts.count(verdicts[0]) == len(verdicts):
        EVENTS.add((source, verdicts[0]["verdict"]), len(verdicts))
        return
    for verdict, number in Multiset(one["verdict"] for one in verdicts).items():
        EVENTS.add((source, verdict), number)


def flush() -> None:
    """Shows the others what was counted here."""
    for tally in TALLIES:
        tally.flush()
