"""The double-fire guard, on random actions: the first to come counts, however they come."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking import db
from tracking.ingest.writer import Writer

WINDOW = 10
BASE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
ACTIONS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), min_size=1, max_size=40)


def row(key: str, second: int) -> bytes:
    return json.dumps({
        "t": (BASE + timedelta(seconds=second)).isoformat(), "i": str(uuid.uuid4()), "s": "web", "c": key,
        "rt": "job", "ri": "42", "n": "click", "p": None, "x": None,
        "w": WINDOW, "k": blake2b(key.encode(), digest_size=16).hexdigest(),
    }).encode()  # fmt: skip


def first_come(actions: list[tuple[str, int]]) -> list[str]:
    """What the guard promises, in plain Python."""
    counted: list[tuple[str, int]] = []
    said = []
    for key, second in actions:
        repeat = any(key == other and abs(second - then) < WINDOW for other, then in counted)
        said.append("repeat" if repeat else "accepted")
        if not repeat:
            counted.append((key, second))
    return said


@pytest.fixture
def writer(engine: Any) -> Writer:
    return Writer(engine)


@pytest.fixture
def emptied(sql: Any) -> Any:
    def run() -> None:
        sql("truncate tracking.events")
        sql("truncate tracking.recent_actions")

    return run


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS, cuts=st.lists(st.integers(0, 40), max_size=5))
def test_any_order_and_any_batches_give_what_one_by_one_would(
    writer: Writer, emptied: Any, sql: Any, actions: list[tuple[str, int]], cuts: list[int]
) -> None:
    emptied()
    edges = [0, *sorted(min(cut, len(actions)) for cut in cuts), len(actions)]
    said = []
    for start, stop in pairwise(edges):
        said += [verdict["verdict"] for verdict in writer.write([row(*action) for action in actions[start:stop]])]
    assert said == first_come(actions)
    assert sql("select count(*) from tracking.events where excluded is null") == [(said.count("accepted"),)]


def test_two_writers_at_once_count_each_double_fire_once(settings: Any, engine: Any, sql: Any) -> None:
    """Each writer has one of each pair of twins; which of them counts is a race, that one of them does is not."""
    pairs = [(f"user-{number}", number % 50) for number in range(600)]
    pool = db.engine(db.owner_url(settings), pool_size=4)

    def drive(shift: int) -> int:
        writer, counted = Writer(pool), 0
        shuffled = sorted(pairs, key=lambda pair: hash((pair, shift)))
        for start in range(0, len(shuffled), 40):
            batch = [row(key, second + shift) for key, second in shuffled[start : start + 40]]
            counted += sum(verdict["verdict"] == "accepted" for verdict in writer.write(batch))
        return counted

    with ThreadPoolExecutor(3) as threads:
        counted = sum(threads.map(drive, (0, 3, 5)))
    pool.dispose()
    assert counted == len(pairs)
    assert sql("select count(*), count(*) filter (where excluded is null) from tracking.events") == [(1800, 600)]
    assert sql("select count(distinct creator) from tracking.events where excluded is null") == [(600,)]


def test_the_guard_forgets_what_is_too_old_to_matter_and_nothing_else(settings: Any, writer: Writer, sql: Any) -> None:
    from jobs import purge  # noqa: PLC0415

    writer.write([row("now", 0), row("now", 100), row("old", -9 * 86_400), row("both", -9 * 86_400), row("both", 0)])
    purge.recent_actions(db.owner_url(settings))
    kept = sql("select upper(during) - lower(during) from tracking.recent_actions order by 1")
    assert [span for (span,) in kept] == [timedelta(seconds=10), timedelta(seconds=110)]
    assert [verdict["verdict"] for verdict in writer.write([row("both", 5), row("now", 5), row("now", 50)])] == [
        "repeat",
        "repeat",
        "accepted",
    ]
