"""Every endpoint equals a recount of the rows in plain Python, whatever the calendar, the lateness and the losses."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.database import EMPTY
from fixtures.recount import REPORTING, TITLES
from fixtures.recounting import CASES, COLUMNS, COMPARED, EXTEND, INSERT, LATER, ROWS, SEVERAL, check
from fixtures.worlds import OWNED, a_world
from tracking import db
from tracking.stats.memo import Memo
from tracking.stats.periods import midnight

WORLDS, EACH = 24, 30


class World:
    """The tests' database, filled as a world says."""

    def __init__(self, connection: Any, world: dict[str, Any]) -> None:
        self._connection = connection
        self._world = world
        anchor = world["anchor"]
        connection.execute(EMPTY)
        receivers = [
            {"type": key.partition(":")[0], "id": key.partition(":")[2], "owner": owner, "title": TITLES[key]}
            for key, owner in OWNED.items()
        ]
        db.run(connection, "receivers_put", receivers=json.dumps(receivers))
        self._insert(world["events"])
        self._refresh()
        if world["trails"] == "some":
            connection.execute(EXTEND)
        self._insert(world["late"])
        if world["erased"]:
            connection.execute("delete from tracking.events where creator = %s", (world["erased"],))
        self._refresh()
        if world["trails"] == "all":
            connection.execute(EXTEND)
        found = connection.execute(ROWS).fetchall()
        self.rows = [dict(zip(COLUMNS, row, strict=True)) for row in found]
        self.dropped_until = None
        if world["dropped"] is not None and world["materialized"] is not None:
            # as retention does: only what is long materialized
            day = (anchor + timedelta(days=min(world["dropped"], world["materialized"] - 2))).date()
            self.dropped_until = midnight(day, ZoneInfo(REPORTING))
            connection.execute("insert into tracking.dropped (until) values (%s)", (self.dropped_until,))
            connection.execute("select drop_chunks('tracking.events', %s::timestamptz)", (self.dropped_until,))
        self.unknown_until = self.dropped_until if world["trails"] == "none" else None

    def _insert(self, events: list[dict[str, Any]]) -> None:
        sent = [event | {"occurred_at": event["occurred_at"].isoformat()} for event in events]
        self._connection.execute(INSERT, (json.dumps(sent),))

    def _refresh(self) -> None:
        if self._world["materialized"] is not None:
            until = self._world["anchor"] + timedelta(days=self._world["materialized"])
            for aggregate in ("event_counts_15min", "event_counts_daily"):
                for force in ("false", "true"):  # as tracking.refresh() does
                    self._connection.execute(
                        f"call refresh_continuous_aggregate('tracking.{aggregate}', null, '{until.isoformat()}', {force})"
                    )


@pytest.fixture
def connection(settings: Any, engine: Any) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


def test_every_answer_equals_a_recount(connection: Any, app: Any, client: Any, web: str) -> None:
    """Also where each result is kept: none is taken for another question's."""
    services = app.extensions["footfall"]
    for counts in (CASES, COMPARED, LATER, SEVERAL):
        counts.clear()
    for _ in range(WORLDS):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        world = a_world(random.Random(seed), EACH)
        made = World(connection, world)
        app.extensions["footfall"] = replace(services, counts=replace(services.counts, memo=Memo(worth=0)))
        for question in world["questions"]:
            check(client, web, made.rows, question, dropped_until=made.dropped_until, unknown_until=made.unknown_until)
    assert sum(CASES.values()) >= 300, CASES
    assert min(SEVERAL[endpoint] for endpoint in CASES) >= 5, SEVERAL
    assert min(COMPARED["previous"], COMPARED["year"]) >= 5, COMPARED
    assert min(LATER["previous"], LATER["year"]) >= 5, LATER
