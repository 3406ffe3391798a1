"""With a queue in front a deployment is held against the counts of vectors: verdicts come later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tracking.conformance.masks import Mask
from tracking.conformance.preflight import find_out
from tracking.conformance.run import Outcome, ask, write
from tracking.conformance.target import Reply, Target
from tracking.conformance.vectors import all_vectors

RULES = {"1.3", "3.4", "8.2"}


@pytest.fixture
def target(client: FlaskClient, web: str, catalogue: None) -> Target:
    def exchange(method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        done = client.open(path, method=method, data=body, headers=dict(headers))
        return Reply(done.status_code, done.headers, done.data)

    return Target(exchange, {"web": web})


@pytest.fixture
def written(target: Target) -> list[Outcome]:
    clock = find_out(target, "conform-q").clock()
    vectors = [one for one in all_vectors() if one.rule in RULES]
    outcomes = [Outcome(one, Mask(f"conform-q{n}", {"web": "web"}), clock) for n, one in enumerate(vectors)]
    for outcome in outcomes:
        write(outcome, target)
    return outcomes


@pytest.fixture
def draining(drain: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Lets a drain begin, and does not wait for it."""
    threads: list[threading.Thread] = []

    def begin() -> None:
        threads.append(threading.Thread(target=drain))
        threads[0].start()

    yield begin
    for thread in threads:
        thread.join()


def test_counts_are_awaited_and_verdicts_are_not_told(
    target: Target, written: list[Outcome], draining: Callable[[], None]
) -> None:
    assert sum(outcome.queued for outcome in written) > 10
    assert [line for outcome in written for line in outcome.differs] == []
    draining()
    ask(written, target, written=datetime.now(UTC), patience=60)
    assert [line for outcome in written for line in outcome.differs] == []


def test_who_waits_no_longer_is_told_what_is_missing(target: Target, written: list[Outcome]) -> None:
    ask(written, target, written=datetime.now(UTC) - timedelta(hours=1))
    first: Any = next(outcome for outcome in written if outcome.vector.counts.events)
    assert first.differs[0].startswith(
        "summary: {'events': 1, 'creators': 1} expected, {'events': 0, 'creators': 0} found"
    )
