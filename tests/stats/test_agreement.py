"""Events and people of one answer agree at every moment, and what was written is counted by the next answer.

Every creator acts once, so that events and creators are the same number, whatever was refreshed in between.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest

from fixtures.cast import bearer, event
from fixtures.database import AGGREGATES
from fixtures.retention import into_trails
from tracking import db
from tracking.ingest.bulk import Bulk, Tally
from tracking.trails import keeping

SECONDS = 5
WEEK = {"from": (datetime.now(UTC) - timedelta(days=8)).date().isoformat(), "receiver": "job:42"}


@pytest.fixture
def ask(client: Any, web: str, receivers: None) -> Any:
    def get(endpoint: str, **query: Any) -> dict[str, Any]:
        response = client.get(f"/v1/stats/{endpoint}", query_string=WEEK | query, headers=bearer(web))
        assert response.status_code == 200, response.text
        return response.json

    return get


@pytest.fixture
def act(engine: Any, settings: Any) -> Any:
    """Somebody new views job 42, some time ago."""
    bulk, number = Bulk(engine, settings, "web"), count()

    def run(*ages: timedelta, name: str = "view") -> None:
        tally, now = Tally(), datetime.now(UTC)
        sent = [event(name=name, creator=f"user-{next(number)}", occurred_at=(now - age).isoformat()) for age in ages]
        bulk.write(sent, tally)
        assert tally.counts == {"accepted": len(ages)}

    return run


def pairs(ask: Any) -> list[tuple[str, int, int]]:
    """(where, events, creators) of each number that an answer tells, of every endpoint."""
    summary, top = ask("summary"), ask("top")
    steps = ask("funnel", step="view")["steps"]
    return [
        ("summary", summary["events"], summary["creators"]),
        ("compared", summary["compared"]["events"], summary["compared"]["creators"]),
        *(
            (interval, bucket["events"], bucket["creators"])
            for interval in ("hour", "day", "week", "month")
            for answer in [ask("timeseries", interval=interval, compare="previous", name="view")]
            for bucket in [answer, *answer["buckets"], *answer["compared"]["buckets"]]
        ),
        *(("breakdown", part["events"], part["creators"]) for part in ask("breakdown")["parts"]),
        *(("top", one["events"], one["creators"]) for one in top["receivers"]),
        ("funnel", steps[0]["events"], steps[0]["creators"]),
    ]


def alone(ask: Any) -> list[int]:
    """The events of the period, by the endpoints that can leave the people away."""
    return [
        *(ask(endpoint, uniques="false")["events"] for endpoint in ("summary", "breakdown", "top")),
        *(ask("timeseries", uniques="false", interval=interval)["events"] for interval in ("hour", "day", "week")),
    ]


def test_what_was_just_written_is_counted_and_a_late_event_too(ask: Any, act: Any, refresh: Any, sql: Any) -> None:
    act(timedelta(days=6), timedelta(days=2), timedelta(minutes=1))
    refresh()
    for written, age in enumerate([timedelta(minutes=1), timedelta(days=6), timedelta(hours=30)], start=4):
        into_trails(sql)
        act(age)
        assert set(alone(ask)) == {written}
        assert all(events == creators for _, events, creators in pairs(ask)), pairs(ask)
        assert ask("summary")["events"] == written


def test_a_late_event_is_counted_once_before_and_after_its_refresh(ask: Any, act: Any, refresh: Any) -> None:
    act(*[timedelta(hours=hour) for hour in range(1, 170, 3)])
    refresh()
    act(timedelta(days=5))
    before = (alone(ask), pairs(ask))
    refresh()
    assert (alone(ask), pairs(ask)) == before


def test_numbers_agree_and_never_fall_while_aggregates_are_refreshed(ask: Any, act: Any, settings: Any) -> None:
    """Late and new events, refreshes of every aggregate, longer trails, and questions, all at once."""
    over, wrong = threading.Event(), []

    def write() -> int:
        written = 0
        while not over.is_set():
            act(timedelta(days=written % 7, minutes=1), timedelta(seconds=2))
            written += 2
        return written

    def refresh() -> int:
        runs = 0
        with db.connect(db.owner_url(settings)) as connection:
            while not over.is_set():
                try:
                    connection.execute(
                        f"call refresh_continuous_aggregate('tracking.{AGGREGATES[runs % len(AGGREGATES)]}', null, null)"
                    )
                except psycopg.errors.LockNotAvailable:
                    continue
                keeping.extend(db.owner_url(settings))
                runs += 1
        return runs

    with ThreadPoolExecutor(2) as executor:
        others = [executor.submit(write), executor.submit(refresh)]
        highest, until = 0, time.monotonic() + SECONDS
        try:
            while time.monotonic() < until or highest == 0:
                for told in (pairs(ask), [("alone", number, number) for number in alone(ask)]):
                    wrong += [pair for pair in told if pair[1] != pair[2]]
                totals = [ask("summary")["events"], *alone(ask)]
                assert totals == sorted(totals)
                assert totals[0] >= highest
                highest = totals[-1]
        finally:
            over.set()
        written, runs = (other.result() for other in others)
    assert wrong == []
    assert runs > 2
    assert set(alone(ask)) == {written}
