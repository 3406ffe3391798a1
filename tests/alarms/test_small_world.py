"""A small one of the worlds of `bench.alarms`: what breaks in it is found in time, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bench import alarms, arrivals
from bench.arrivals import DAY, INSERT, START, Fault, World

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = 22
"""Days before something breaks."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two apps; on the 23rd day, one tracker after the other breaks."""
    few = {"web": {"view": 210.0, "click__saveJob": 80.0}, "ios": {"view": 140.0, "click__saveJob": 75.0}}
    monkeypatch.setattr(arrivals, "SOURCES", few)
    made = World(seed=5, days=KNOWN + 1, faults_wanted=0)
    at = START + KNOWN * DAY
    made.faults = [
        Fault(kind, source, name, at + timedelta(hours=hour), at + timedelta(hours=hour + 1))
        for hour, kind, source, name in (
            (6, "removed button", "web", "click__saveJob"),
            (9, "doubled fire", "ios", "view"),
            (12, "wrong receiver type", "ios", "click__saveJob"),
            (15, "refused tokens", "web", None),
            (18, "clock behind", "ios", None),
        )
    ]
    return made


def test_each_fault_is_found_within_a_quarter_of_an_hour_and_nothing_else(
    world: World, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    sql("insert into tracking.sources (name) values ('ios')")
    for day in range(KNOWN):
        sql(INSERT, world.lines(day, step=15))
    last = START + KNOWN * DAY
    sql("select tracking.watch(%s, %s)", last, last)
    sql(INSERT, world.lines(KNOWN))
    sql("select tracking.watch(%s, %s)", last + DAY, last + DAY)
    rows = sql("select opened_at, source, name, kind from tracking.incidents order by incident")
    score = alarms.scored(world, [alarms.Opened(*row) for row in rows])
    assert score.false == []
    assert score.found == len(world.faults), score.faults
