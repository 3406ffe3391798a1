"""The double-fire guard, on random actions: the first to come counts, however they come."""

import uuid
from datetime import timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from fixtures.actions import OLD, WINDOW, action, edge, said
from tracking.ingest.writer import Writer

SECONDS = st.one_of(st.integers(0, 60), st.integers(310, 390))
"""Around two edges of slots: half of a window may be free and the other half not."""
ACTIONS = st.lists(st.tuples(st.sampled_from("abc"), SECONDS), min_size=1, max_size=40)
CUTS = st.lists(st.integers(0, 40), max_size=5)
QUICKLY = run_with(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


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
    verdicts = [verdict for batch in in_batches(actions, cuts) for verdict in said(writer.write([action(*one) for one in batch]))]  # fmt: skip
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
        verdicts += said(writer.write([action(*one, base=OLD) for one in batch]))
    assert verdicts == first_come(actions)


def test_what_was_forgotten_is_found_among_what_is_stored(writer: Writer, forget: Any, sql: Any) -> None:
    """By all that makes an action one, and by nothing else."""
    seen = action("alice", 0, OLD)
    writer.write([seen, action("excluded", 0, OLD, excluded="bot")])
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
        assert said(writer.write([action("alice", 1, OLD, guard_key=key, **fields)])) == ["accepted"]
    assert said(writer.write([action("excluded", 1, OLD)])) == ["accepted"]
    assert said(writer.write([action("alice", 9, OLD), action("alice", 10, OLD), action("alice", -10, OLD)])) == [
        "repeat",
        "accepted",
        "accepted",
    ]
    forget()
    elsewhere_too = action("alice", 2, OLD, source="ios", guard_key=str(uuid.UUID(int=1)))
    assert said(writer.write([seen, elsewhere_too])) == ["duplicate", "repeat"]
    across = action("alice", 3, OLD, source="tv", guard_key=str(uuid.UUID(int=9)), across_sources=True)
    assert said(writer.write([across])) == ["repeat"]


def test_what_comes_again_in_an_import_is_still_what_has_counted(writer: Writer, forget: Any) -> None:
    seen = action("alice", 0, OLD)
    writer.write([seen])
    forget()
    assert said(writer.write([action("alice", 5, OLD), seen])) == ["repeat", "duplicate"]


def test_a_key_has_many_small_rows_and_never_a_large_one(writer: Writer, sql: Any) -> None:
    """What one action of a key costs does not depend on what the key has seen."""
    for start in range(0, 6000, 500):
        batch = [action("busy", -4.0 * n, name=f"click__{n}", window=2.0) for n in range(start, start + 500)]
        assert set(said(writer.write(batch))) == {"accepted"}
    [(slots, most)] = sql("select count(*), max((select count(*) from unnest(during))) from tracking.recent_actions")
    assert slots >= 6000 * 4 / 64
    assert most <= 33


def test_the_guard_forgets_what_is_too_old_to_matter_and_nothing_else(writer: Writer, forget: Any, sql: Any) -> None:
    days = 86_400
    ages = {"now": 0, "within": -6.5 * days, "before": -7.5 * days}
    writer.write([action(key, second) for key, second in ages.items()])
    forget(lateness_days=7)
    keys = {blake2b(key.encode(), digest_size=16).hexdigest(): key for key in ages}
    kept = {keys[key.hex] for (key,) in sql("select action_key from tracking.recent_actions")}
    assert kept == {"now", "within"}
    assert said(writer.write([action(key, second + 5) for key, second in ages.items()])) == ["repeat"] * 3
    assert said(writer.write([action(key, second - 10) for key, second in ages.items()])) == ["accepted"] * 3


def test_the_last_day_is_never_forgotten_whoever_asks(writer: Writer, sql: Any) -> None:
    """Where it is not asked for what came in time, what is stored is not looked at."""
    writer.write([action("recent", 0)])
    sql("select tracking.forget_actions(now() + interval '1 hour')")
    assert sql("select count(*) from tracking.recent_actions") == [(1,)]
    assert sql("select forgotten_until < now() - interval '23 hours' from tracking.guard_memory") == [(True,)]


def test_what_was_forgotten_stays_forgotten_where_lateness_grows(writer: Writer, forget: Any) -> None:
    writer.write([action("alice", 0, edge(timedelta(days=5)))])
    forget(lateness_days=2)
    forget(lateness_days=30)
    assert said(writer.write([action("alice", 5, edge(timedelta(days=5)))])) == ["repeat"]


def test_a_window_is_taken_in_both_of_its_slots_or_in_none(writer: Writer) -> None:
    """Three seconds before a slot's end: the half in the next slot is not free, so neither is the first."""
    assert said(writer.write([action("alice", 33), action("alice", 27)])) == ["accepted", "repeat"]
    assert said(writer.write([action("alice", 26.5)])) == ["repeat"]
    assert said(writer.write([action("alice", 23)])) == ["accepted"]
    assert said(writer.write([action("bob", 15), action("bob", 24)])) == ["accepted", "repeat"]
    assert said(writer.write([action("bob", 30)])) == ["accepted"]
