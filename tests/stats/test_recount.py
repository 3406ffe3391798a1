"""Every endpoint equals a recount of the rows in plain Python, whatever the calendar, the lateness and the losses."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import bearer
from fixtures.database import EMPTY
from fixtures.recount import REPORTING, TITLES, Recount
from fixtures.worlds import OWNED, QUARTER, YET_TO_COME, a_world
from tracking import db
from tracking.provenance import tokens
from tracking.stats import answer_schemas
from tracking.stats.memo import Memo
from tracking.stats.periods import midnight

WORLDS, EACH = 24, 30
CASES: Counter[str] = Counter()
COMPARED: Counter[str] = Counter()
"""How often there was something in what was compared with."""
LATER: Counter[str] = Counter()
"""How often what was compared ends later than now."""
LONGER = timedelta(days=4)
"""By how much what is compared with may be longer: a month by three days, a day by its clock changes."""
assert LONGER < YET_TO_COME
SEVERAL: Counter[str] = Counter()
"""How often one person was counted who had done several things."""
INSERT = """
with sent as (
    select *
      from jsonb_to_recordset(%s::jsonb) as sent (occurred_at timestamptz, source text, creator text, receiver_type text,
                                                  receiver_id text, name text, properties jsonb, excluded text)
),
booked as (
    insert into tracking.ingest_ledger (source, name, verdict, events, occurred_from, occurred_to)
      select source, name, coalesce(excluded, 'accepted'), count(*), min(occurred_at), max(occurred_at) from sent group by 1, 2, 3
)
insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name, properties, excluded)
select occurred_at, gen_random_uuid(), source, creator, receiver_type, receiver_id, name, properties, excluded from sent
"""
EXTEND = "select tracking.extend_trails(clock_timestamp())"
ROWS = """
select occurred_at, source, creator, receiver_type, receiver_id, name, properties, excluded from tracking.events
"""
COLUMNS = ("occurred_at", "source", "creator", "receiver_type", "receiver_id", "name", "properties", "excluded")


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


def check(client: Any, web: str, world: World, question: dict[str, Any]) -> None:
    grant, endpoint = question["grant"], question["endpoint"]
    token = tokens.mint(web, "stats", seconds=900, **grant) if grant else web
    response = client.get(f"/v1/stats/{endpoint}", query_string=question["query"], headers=bearer(token))
    of_properties = question["query"].get("by", "").startswith("property:")
    recount = Recount(world.rows, world.dropped_until if of_properties else world.unknown_until, question)
    if recount.refused():
        assert response.status_code == 403, response.text
        return
    if response.status_code == 422 and "from must be before to" in response.text:
        return
    CASES[endpoint] += 1
    SEVERAL[endpoint] += max(Counter(row["creator"] for row in recount.span()).values(), default=0) > 1
    answer = response.json
    if response.status_code != 200:
        assert response.status_code == 422, response.text
        assert (
            answer["type"] == {"breakdown": recount.breakdown, "top": recount.top, "funnel": recount.funnel}[endpoint]()
        )
        return
    schema = getattr(answer_schemas, f"{endpoint.title()}Schema")()
    assert schema.validate(answer) == {}
    match endpoint:
        case "summary" | "timeseries":
            check_series(recount, answer)
        case "breakdown":
            assert (answer["parts"], answer["more"]) == recount.breakdown()
            assert answer["events"] == len(recount.span())
        case "top":
            assert (answer["receivers"], answer["more"]) == recount.top()
        case "funnel":
            steps = [(step["step"], step["events"], step["creators"]) for step in answer["steps"]]
            assert steps == recount.funnel()


def check_series(recount: Recount, answer: dict[str, Any]) -> None:
    kind = recount.query.get("compare", "previous" if recount.endpoint == "summary" else "none")
    spans = {"none": answer} | ({kind: answer["compared"]} if kind != "none" else {})
    for shifted, span in spans.items():
        rows = recount.span() if shifted == "none" else recount.between(span["from"], span["to"])
        assert {key: span[key] for key in ("events", "creators")} == recount.count(rows)
        if recount.endpoint == "timeseries":
            recount.days_whole = span["from"][11:19] == span["to"][11:19] == "00:00:00"
            assert span["buckets"] == recount.buckets(rows, span["buckets"])
            assert (span["buckets"][0]["start"], span["buckets"][-1]["end"]) == (span["from"], span["to"])
            if shifted == "none":
                recount.calendar(span["buckets"])
    if kind != "none":
        since = datetime.fromisoformat(answer["from"])
        until = min(datetime.fromisoformat(answer["to"]), datetime.now(UTC) + QUARTER)
        assert length(answer["compared"]) <= until - since + LONGER
        LATER.update([kind] if datetime.fromisoformat(answer["to"]) > until else [])
    COMPARED.update(kind for kind in spans if kind != "none" and spans[kind]["events"])
    assert (answer["compared"] is None) == (kind == "none")
    if any(span["creators"] is None for span in spans.values()):
        assert answer["uniques"] == ("unknown" if recount.uniques else "not-counted")
    else:
        assert answer["uniques"] == "exact"


def length(span: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(span["to"]) - datetime.fromisoformat(span["from"])


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
            check(client, web, made, question)
    assert sum(CASES.values()) >= 300, CASES
    assert min(SEVERAL[endpoint] for endpoint in CASES) >= 5, SEVERAL
    assert min(COMPARED["previous"], COMPARED["year"]) >= 5, COMPARED
    assert min(LATER["previous"], LATER["year"]) >= 5, LATER
