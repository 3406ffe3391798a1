"""Every endpoint equals a recount of the rows in plain Python, whatever the calendar, the lateness and the losses."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from fixtures.recount import SMALL_GROUP
from fixtures.recounting import CASES, COMPARED, LATER, SEVERAL, check
from fixtures.world import World
from fixtures.worlds import a_world
from tracking import db
from tracking.stats.memo import Memo

WORLDS, EACH = 24, 30
KINDS = ("overlap", "overlapping", "returning")
ENDPOINTS = ("summary", "timeseries", "breakdown", "top", "funnel", "overlap")


@pytest.fixture
def connection(settings: Any, engine: Any) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


def test_every_answer_equals_a_recount(connection: Any, app: Any, client: Any, web: str) -> None:
    """Also where each result is kept: none is taken for another question's."""
    services = app.extensions["footfall"]
    for counts in (CASES, COMPARED, LATER, SEVERAL):
        counts.clear()
    counted = replace(services.counts, memo=Memo(worth=0), small_group=SMALL_GROUP)
    for _ in range(WORLDS):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        world = a_world(random.Random(seed), EACH)
        made = World(connection, world)
        app.extensions["footfall"] = replace(services, counts=counted)
        for question in world["questions"]:
            check(client, web, made.rows, question, dropped_until=made.dropped_until, unknown_until=made.unknown_until)
    assert min(CASES[kind] for kind in KINDS) >= 1, CASES
    assert sum(CASES.values()) >= 300, CASES
    assert min(SEVERAL[endpoint] for endpoint in CASES if endpoint in ENDPOINTS) >= 2, SEVERAL
    assert min(COMPARED["previous"], COMPARED["year"]) >= 5, COMPARED
    assert min(LATER["previous"], LATER["year"]) >= 5, LATER
