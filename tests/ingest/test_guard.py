"""The double-fire guard, on random actions: the first to come counts, however they come."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from fixtures import rows
from fixtures.served import until
from jobs import purge
from tracking import db
from tracking.ingest import writer as module
from tracking.ingest.writer import Writer

WINDOW = 10
SLOT = timedelta(seconds=32 * WINDOW)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def edge(ago: timedelta) -> datetime:
    """Where a slot ends, about so long ago."""
    moment = datetime.now(UTC) - ago
    return moment - (moment - EPOCH) % SLOT


BASE = edge(timedelta(hours=3)) - timedelta(seconds=30)
OLD = edge(timedelta(days=40)) - timedelta(seconds=30)
SECONDS = st.one_of(st.integers(0, 60), st.integers(310, 390))
"""Around two edges of slots: half of a window may be free and the other half not."""
ACTIONS = st.lists(st.tuples(st.sampled_from("abc"), SECONDS), min_size=1, max_size=40)
CUTS = st.lists(st.integers(0, 40), max_size=5)
QUICKLY = run_with(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def row(key: str, second: float, base: datetime = BASE, **fields: Any) -> bytes:
    values = {
        "occurred_at": base + timedelta(seconds=second), "creator": key, "name": "click",
        "window": WINDOW, "guard_key": blake2b(key.encode(), digest_size=16).hexdigest(),
    }  # fmt: skip
    return rows.row(**values | fields)


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


def said(verdicts: list[dict[str, str]]) -> list[str]:
    return [verdict["verdict"] for verdict in verdicts]


@pytest.fixture
def writer(engine: Any) -> Writer:
    return Writer(engine)


@pytest.fixture
def forget(settings: Any, sql: Any) -> Iterator[Any]:
    """The hourly purge, under a lateness that was decided."""
    decide = "update tracking.deployment set value = %s where key = 'lateness_days'"

    def run(lateness_days: int = 7) -> None:
        sql(decide, str(lateness_days))
        purge.recent_actions(db.owner_url(settings))

    yield run
    sql(decide, str(settings.lateness_days))


@pytest.fixture
def emptied(sql: Any) -> Any:
    def run() -> None:
        sql("truncate tracking.events")
        sql("truncate tracking.recent_actions")
        sql("update tracking.guard_memory set forgotten_until = '-infinity'")

    return run


def in_batches(actions: list[tuple[str, int]], cuts: list[int]) -> list[list[tuple[str, int]]]:
    edges = [0, *sorted(min(cut, len(actions)) for cut in cuts), len(actions)]
    return [actions[start:stop] for start, stop in pairwise(edges)]


@QUICKLY
@given(actions=ACTIONS, cuts=CUTS)
def test_any_order_and_any_batches_give_what_one_by_one_would(
    writer: Writer, emptied: Any, sql: Any, actions: list[tuple[str, int]], cuts: list[int]
) -> None:
    emptied()
    verdicts = [verdict for batch in in_batches(actions, cuts) for verdict in said(writer.write([row(*one) for one in batch]))]  # fmt: skip
    assert verdicts == first_come(actions)
    assert sql("select count(*) from tracking.events where excluded is null") == [(verdicts.count("accepted"),)]
    kept = sql("select sum(upper(w) - lower(w)) from tracking.recent_actions, unnest(during) as w")
    crossing = sum(
        verdict == "accepted" and any(0 < edge - second < WINDOW for edge in (30, 350))
        for (_, second), verdict in zip(actions, verdicts, strict=True)
    )
    assert kept == [(timedelta(seconds=WINDOW) * (verdicts.count("accepted") + crossing),)]


@QUICKLY
@given(actions=ACTIONS, cuts=CUTS, purges=st.lists(st.booleans(), min_size=6, max_size=6))
def test_what_is_imported_counts_the_same_however_it_is_cut_and_whatever_was_forgotten_meanwhile(
    writer: Writer, emptied: Any, forget: Any, actions: list[tuple[str, int]], cuts: list[int], purges: list[bool]
) -> None:
    """The guard forgets each hour what is too old to arrive; an import may reach it all the same."""
    emptied()
    verdicts = []
    for batch, does_purge in zip(in_batches(actions, cuts), purges, strict=False):
        if does_purge:
            forget()
        verdicts += said(writer.write([row(*one, base=OLD) for one in batch]))
    assert verdicts == first_come(actions)


def test_what_was_forgotten_is_found_among_what_is_stored(writer: Writer, forget: Any, sql: Any) -> None:
    """By all that makes an action one, and by nothing else."""
    seen = row("alice", 0, OLD)
    writer.write([seen, row("excluded", 0, OLD, excluded="bot")])
    forget()
    assert sql("select count(*) from tracking.recent_actions") == [(0,)]
    elsewhere = {
        "another source": {"source": "ios"},
        "another creator": {"creator": "bob"},
        "another type": {"receiver_type": "story"},
        "another receiver": {"receiver_id": "43"},
        "another name": {"name": "click__save"},
    }
    for number, fields in enumerate(elsewhere.values(), 1):
        key = str(uuid.UUID(int=number))
        assert said(writer.write([row("alice", 1, OLD, guard_key=key, **fields)])) == ["accepted"]
    assert said(writer.write([row("excluded", 1, OLD)])) == ["accepted"]
    assert said(writer.write([row("alice", 9, OLD), row("alice", 10, OLD), row("alice", -10, OLD)])) == [
        "repeat",
        "accepted",
        "accepted",
    ]
    forget()
    elsewhere_too = row("alice", 2, OLD, source="ios", guard_key=str(uuid.UUID(int=1)))
    assert said(writer.write([seen, elsewhere_too])) == ["duplicate", "repeat"]
    across = row("alice", 3, OLD, source="tv", guard_key=str(uuid.UUID(int=9)), across_sources=True)
    assert said(writer.write([across])) == ["repeat"]


def test_what_comes_again_in_an_import_is_still_what_has_counted(writer: Writer, forget: Any) -> None:
    seen = row("alice", 0, OLD)
    writer.write([seen])
    forget()
    assert said(writer.write([row("alice", 5, OLD), seen])) == ["repeat", "duplicate"]


def test_two_imports_of_one_time_at_once_count_each_action_once(
    settings: Any, engine: Any, forget: Any, sql: Any
) -> None:
    forget()
    sql("update tracking.guard_memory set forgotten_until = now() - interval '8 days'")
    pool = db.engine(db.owner_url(settings), pool_size=4)
    start = threading.Barrier(3)

    def drive(shift: int) -> Counter[str]:
        start.wait(30)
        found: Counter[str] = Counter()
        for batch in range(5):
            users = random.Random(batch).sample(range(40), 40)
            found.update(said(Writer(pool).write([row(f"user-{batch}-{user}", shift, OLD) for user in users])))
        return found

    with ThreadPoolExecutor(3) as threads:
        total = sum(threads.map(drive, (0, 3, 5)), Counter())
    pool.dispose()
    assert total == {"accepted": 200, "repeat": 400}


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


def test_a_key_has_many_small_rows_and_never_a_large_one(writer: Writer, sql: Any) -> None:
    """What one action of a key costs does not depend on what the key has seen."""
    for start in range(0, 6000, 500):
        batch = [row("busy", -4.0 * n, name=f"click__{n}", window=2.0) for n in range(start, start + 500)]
        assert set(said(writer.write(batch))) == {"accepted"}
    [(slots, most)] = sql("select count(*), max((select count(*) from unnest(during))) from tracking.recent_actions")
    assert slots >= 6000 * 4 / 64
    assert most <= 33


def test_the_guard_forgets_what_is_too_old_to_matter_and_nothing_else(writer: Writer, forget: Any, sql: Any) -> None:
    days = 86_400
    ages = {"now": 0, "within": -6.5 * days, "before": -7.5 * days}
    writer.write([row(key, second) for key, second in ages.items()])
    forget(lateness_days=7)
    keys = {blake2b(key.encode(), digest_size=16).hexdigest(): key for key in ages}
    kept = {keys[key.hex] for (key,) in sql("select action_key from tracking.recent_actions")}
    assert kept == {"now", "within"}
    assert said(writer.write([row(key, second + 5) for key, second in ages.items()])) == ["repeat"] * 3
    assert said(writer.write([row(key, second - 10) for key, second in ages.items()])) == ["accepted"] * 3


def test_the_last_day_is_never_forgotten_whoever_asks(writer: Writer, sql: Any) -> None:
    """Where it is not asked for what came in time, what is stored is not looked at."""
    writer.write([row("recent", 0)])
    sql("select tracking.forget_actions(now() + interval '1 hour')")
    assert sql("select count(*) from tracking.recent_actions") == [(1,)]
    assert sql("select forgotten_until < now() - interval '23 hours' from tracking.guard_memory") == [(True,)]


def test_what_was_forgotten_stays_forgotten_where_lateness_grows(writer: Writer, forget: Any) -> None:
    writer.write([row("alice", 0, edge(timedelta(days=5)))])
    forget(lateness_days=2)
    forget(lateness_days=30)
    assert said(writer.write([row("alice", 5, edge(timedelta(days=5)))])) == ["repeat"]


def test_ceilings_are_kept_as_long_as_their_day_may_still_be_reached(writer: Writer, forget: Any, sql: Any) -> None:
    for days in (0, 6, 9):
        capped = row("alice", -86_400 * days, guard_key=None, ceiling_key=str(uuid.UUID(int=days)), ceiling=1)
        assert said(writer.write([capped])) == ["accepted"]
    forget(lateness_days=7)
    assert sql("select array_agg(action_key order by action_key) from tracking.daily_actions") == [
        ([uuid.UUID(int=0), uuid.UUID(int=6)],)
    ]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_beyond_the_ceiling_of_a_day_an_event_is_a_repeat(writer: Writer, together: bool, sql: Any) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)

    def capped(key: int, second: float, **fields: Any) -> bytes:
        bound = {"guard_key": None, "ceiling_key": str(uuid.UUID(int=key)), "ceiling": 3}
        return row("alice", second, midnight, **bound | fields)

    batch = [
        *[capped(1, second) for second in (1, 2, 3, 4, 5)],
        *[capped(2, second) for second in (6, 7)],
        capped(1, -1),
        capped(1, 8, excluded="bot"),
        capped(2, 9),
        capped(2, 10),
        row("alice", 11, midnight, guard_key=None),
        capped(1, 86_399),
        capped(1, 86_400),
    ]
    expected = ["accepted"] * 3 + ["repeat"] * 2 + ["accepted"] * 2
    expected += ["accepted", "bot", "accepted", "repeat", "accepted", "repeat", "accepted"]
    found = said(writer.write(batch)) if together else [said(writer.write([one]))[0] for one in batch]
    assert found == expected
    assert sql("select count(*) from tracking.events where excluded is null") == [(expected.count("accepted"),)]


def test_a_repeat_does_not_use_up_the_ceiling(writer: Writer) -> None:
    ceiling = {"ceiling_key": str(uuid.UUID(int=1)), "ceiling": 2}
    batch = [row("alice", second, **ceiling) for second in (0, 1, 2, 3, 100, 200)]
    assert said(writer.write(batch)) == ["accepted", "repeat", "repeat", "repeat", "accepted", "repeat"]


def pairs_crosswise(worker: int, turn: int) -> list[bytes]:
    """The same 125 pairs of keys for all; one writer has the first of each twice, the other the second."""
    made = []
    for pair in range(125):
        one, other = f"{turn}-{pair}-a", f"{turn}-{pair}-b"
        twice, once = (one, other) if worker % 2 else (other, one)
        made += [row(twice, 100 * worker), row(twice, 100 * worker + 50), row(once, 100 * worker)]
    return made


def test_writers_with_the_same_keys_several_times_do_not_deadlock(
    settings: Any, engine: Any, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadlock would be written again and not be seen: here it is raised, and counted by the server."""
    monkeypatch.setattr(module, "PATIENCE", -1)
    pool = db.engine(db.owner_url(settings), pool_size=4)
    start = threading.Barrier(4)
    ceiling = {"ceiling_key": str(uuid.UUID(int=1)), "ceiling": 5}

    def drive(worker: int) -> int:
        counted = 0
        for turn in range(8):
            batch = [*pairs_crosswise(worker, turn), row("all", 1000 * worker + turn, **ceiling)]
            random.Random(worker).shuffle(batch)
            start.wait(60)
            try:
                counted += said(Writer(pool).write(batch)).count("accepted")
            except BaseException:
                start.abort()
                raise
        return counted

    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = sql(deadlocks)
    with ThreadPoolExecutor(4) as threads:
        counted = sum(threads.map(drive, range(4)))
    pool.dispose()
    assert counted > 8 * 125 * 2
    assert sql(deadlocks) == before


WAITS = "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.mark.native
@pytest.mark.parametrize("twice", ["the first", "the second"])
def test_a_batch_locks_all_its_keys_in_their_order_before_it_judges_any(
    settings: Any, writer: Writer, engine: Any, sql: Any, twice: str
) -> None:
    """While the first key of a batch is held by another, none of the others is held by the batch, whichever is there twice."""
    low, high = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
    double, single = (low, high) if twice == "the first" else (high, low)
    writer.write([row("alice", -90, guard_key=low), row("alice", -90, guard_key=high)])
    lock = "select from tracking.recent_actions where action_key = %s for update"
    with db.connect(db.owner_url(settings)) as holder, ThreadPoolExecutor(1) as threads:
        with holder.transaction():
            holder.execute(lock, (low,))
            actions = ((-70, double), (-50, double), (-70, single))
            batch = threads.submit(writer.write, [row("alice", second, guard_key=key) for second, key in actions])
            until(lambda: batch.done() or sql(WAITS) == [(1,)])
            assert not batch.done()
            sql(f"{lock} nowait", high)
        assert said(batch.result(10)) == ["accepted"] * 3


def test_a_window_is_taken_in_both_of_its_slots_or_in_none(writer: Writer) -> None:
    """Three seconds before a slot's end: the half in the next slot is not free, so neither is the first."""
    assert said(writer.write([row("alice", 33), row("alice", 27)])) == ["accepted", "repeat"]
    assert said(writer.write([row("alice", 26.5)])) == ["repeat"]
    assert said(writer.write([row("alice", 23)])) == ["accepted"]
    assert said(writer.write([row("bob", 15), row("bob", 24)])) == ["accepted", "repeat"]
    assert said(writer.write([row("bob", 30)])) == ["accepted"]
