"""The double-fire guard, where several write at once: each action counts once, and nobody waits in a circle."""

import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.actions import OLD, action, said
from fixtures.served import until
from tracking import db
from tracking.ingest import writer as module
from tracking.ingest.writer import Writer


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
            found.update(said(Writer(pool).write([action(f"user-{batch}-{user}", shift, OLD) for user in users])))
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
            batch = [action(key, second + shift) for key, second in shuffled[start : start + 40]]
            counted += sum(verdict["verdict"] == "accepted" for verdict in writer.write(batch))
        return counted

    with ThreadPoolExecutor(3) as threads:
        counted = sum(threads.map(drive, (0, 3, 5)))
    pool.dispose()
    assert counted == len(pairs)
    assert sql("select count(*), count(*) filter (where excluded is null) from tracking.events") == [(1800, 600)]
    assert sql("select count(distinct creator) from tracking.events where excluded is null") == [(600,)]


def pairs_crosswise(worker: int, turn: int) -> list[bytes]:
    """The same 125 pairs of keys for all; one writer has the first of each twice, the other the second."""
    made = []
    for pair in range(125):
        one, other = f"{turn}-{pair}-a", f"{turn}-{pair}-b"
        twice, once = (one, other) if worker % 2 else (other, one)
        made += [action(twice, 100 * worker), action(twice, 100 * worker + 50), action(once, 100 * worker)]
    return made


def test_writers_with_the_same_keys_several_times_do_not_deadlock(
    settings: Any, engine: Any, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadlock would be written again and not be seen: here it is raised, and counted by the server."""
    monkeypatch.setattr(module, "WAIT_FOR_DATABASE", -1)
    pool = db.engine(db.owner_url(settings), pool_size=4)
    start = threading.Barrier(4)
    ceiling = {"ceiling_key": str(uuid.UUID(int=1)), "ceiling": 5}

    def drive(worker: int) -> int:
        counted = 0
        for turn in range(8):
            batch = [*pairs_crosswise(worker, turn), action("all", 1000 * worker + turn, **ceiling)]
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
    writer.write([action("alice", -90, guard_key=low), action("alice", -90, guard_key=high)])
    lock = "select from tracking.recent_actions where action_key = %s for update"
    with db.connect(db.owner_url(settings)) as holder, ThreadPoolExecutor(1) as threads:
        with holder.transaction():
            holder.execute(lock, (low,))
            actions = ((-70, double), (-50, double), (-70, single))
            batch = threads.submit(writer.write, [action("alice", second, guard_key=key) for second, key in actions])
            until(lambda: batch.done() or sql(WAITS) == [(1,)])
            assert not batch.done()
            sql(f"{lock} nowait", high)
        assert said(batch.result(10)) == ["accepted"] * 3
