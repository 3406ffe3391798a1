"""A late event is added to what the whole platform did, and its day is not counted again; the sum is that of a recount."""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from aggregates.test_trails import connection
from fixtures.cast import ALICE
from fixtures.database import EMPTY, disagreements
from fixtures.histories import History
from fixtures.recounting import INSERT
from fixtures.retention import into_trails, noon
from tracking import db
from tracking.aggregates import facts, refresh

__all__ = ["connection"]
HISTORIES, STEPS = 4, 24
HOUR = timedelta(hours=1)
SHOWN = """
    select events, unique_creators_of_day_name_and_source, unique_receivers_of_day_name_and_source
      from analytics.fact_activity_daily where day = %s
"""
OF_HOURS = "select sum(events)::int from analytics.fact_activity_hourly where day = %s"


class Crowd(History):
    """A few people who come to two receivers again and again, late."""

    def _events(self, number: int, days: float) -> list[dict[str, Any]]:
        events = super()._events(number, min(days, 5))
        for event in events:
            event["name"], event["source"] = self._chance.choice(["view", "click"]), "web"
            event["receiver_id"], event["creator"] = self._chance.choice("12"), f"user-{self._chance.randrange(9)}"
            event["occurred_at"] = min(event["occurred_at"], datetime.now(UTC) - timedelta(seconds=1))
        return events

    def take(self, step: str) -> None:
        match step:
            case "note":  # to a moment a little ago, or now: nothing is being written
                behind = self._chance.choice([0, self._chance.random()])
                self._connection.execute(
                    "select tracking.note_arrivals(clock_timestamp() - make_interval(secs => %s))", (behind,)
                )
            case "break off":
                with self._connection.transaction(force_rollback=True):
                    self._connection.execute("select tracking.note_arrivals(clock_timestamp())")
            case "tally":
                self._connection.execute("select tracking.tally_ended_day()")
            case _:
                super().take(step)


def test_after_any_history_the_kept_counts_are_those_of_a_recount(connection: Any, settings: Any, sql: Any) -> None:
    steps = ["late", "late", "late", "restore", "note", "note", "tally", "tally", "break off", "refresh"]
    for _ in range(HISTORIES):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        connection.execute(EMPTY)
        history = Crowd(random.Random(seed), settings, connection)
        chosen = random.Random(seed).choices(steps, k=STEPS)
        for step in ["write", "refresh", "extend", "note", *chosen, "late"]:
            print(step)  # noqa: T201
            history.take(step)
            if step == "late":
                time.sleep(0.01)  # the embedded engine's clock tells milliseconds
        into_trails(sql)
        assert disagreements(settings) == {}


@pytest.fixture
def url(settings: Any, engine: Any) -> Any:
    return db.owner_url(settings)


@pytest.fixture
def over(happened: Any, sql: Any, url: Any) -> None:
    """A day that is over, in the counts and in the trails: Alice viewed job 42."""
    happened(noon(3))
    refresh.catch_up(url)
    into_trails(sql)


def test_of_a_day_that_is_over_a_late_event_makes_nobody_read_the_day(
    over: None, happened: Any, sql: Any, url: Any, settings: Any
) -> None:
    facts.count(url)
    sql("update tracking.tallies set events = events + 100")
    happened(noon(3) + HOUR)
    into_trails(sql)
    assert sql(SHOWN, noon(3).date()) == [(102, 1, 1)]
    refresh.catch_up(url)
    assert disagreements(settings) == {}


def test_what_a_refresh_has_counted_before_it_is_noted_stays(over: None, happened: Any, sql: Any, url: Any) -> None:
    facts.count(url)
    happened(noon(3) + HOUR)
    happened(noon(3) + 2 * HOUR)
    refresh.catch_up(url)
    ((second,),) = sql("select max(received_at) from tracking.events")
    for reach in (second, second + HOUR):
        sql("select tracking.note_arrivals(%s)", reach)
        assert (sql(SHOWN, noon(3).date()), sql(OF_HOURS, noon(3).date())) == ([(3, 1, 1)], [(3,)])
    assert sql("select events from tracking.tallies where aggregate = 'activity_daily'") == [(3,)]


def test_a_final_day_is_forgotten(over: None, sql: Any, url: Any, decide: Any) -> None:
    facts.count(url)
    kept = "select count(*) from tracking.tallies union all select count(*) from tracking.tallied_ids"
    assert sql(kept) == [(2,), (2,)]
    decide(lateness_days=1)
    facts.count(url)
    assert sql(kept) == [(0,), (0,)]


def test_who_came_stays_known_when_others_come_late(over: None, sql: Any, url: Any) -> None:
    """Also when both are looked for in the same row."""
    facts.count(url)
    beside = next(other for n in count() if sha256((other := f"user-{n}").encode()).digest()[0] == sha256(ALICE.encode()).digest()[0])  # fmt: skip
    view = {"source": "web", "receiver_type": "job", "receiver_id": "42", "name": "view"}
    for creator, people in ((beside, 2), (ALICE, 2), (beside, 2)):
        event = view | {"creator": creator, "occurred_at": (noon(3) + HOUR).isoformat()}
        sql(INSERT, json.dumps([event]))
        into_trails(sql)
        ((_, creators, receivers),) = sql(SHOWN, noon(3).date())
        assert (creators, receivers) == (people, 1)


def test_what_was_put_back_is_in_a_tally_once(over: None, sql: Any, url: Any) -> None:
    """A day whose tally would have it before it is noted waits for that."""
    at = (noon(3) + HOUR).isoformat()
    row = {"t": at, "at": at, "i": str(uuid.uuid4()), "s": "web", "c": ALICE, "rt": "job", "ri": "42", "n": "view"}
    with db.connect(url) as connection:
        db.run(connection, "restore", batch=json.dumps([row]), remembered="-infinity")
    assert sql("select tracking.tally_ended_day()") == [(False,)]
    into_trails(sql)
    facts.count(url)
    assert sql(SHOWN, noon(3).date()) == [(2, 1, 1)]
