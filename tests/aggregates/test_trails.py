"""Trails and what arrived since are all events, each once, whatever was written, restored, dropped or broken off."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fixtures.cast import bearer
from fixtures.database import EMPTY
from fixtures.histories import DAY, LONGEST, History, begin
from fixtures.jobs import midnight
from fixtures.recount import SMALL_GROUP
from fixtures.recounting import EXTEND, check
from fixtures.retention import noon, stored
from fixtures.worlds import a_question
from tracking import db, migrations
from tracking.aggregates import refresh
from tracking.trails import crowds, keeping, loading, packing

HISTORIES, STEPS, EACH = 4, 14, 3
INSTANT, HOUR = timedelta(microseconds=1), timedelta(hours=1)
KEPT_DAYS = 30

AT = (
    "insert into tracking.events (occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name)"
    " values (%s, %s, gen_random_uuid(), 'web', 'user-bob', 'job', '42', 'view')"
)
"""Without a line in the ledger."""


def an_anchor(chance: random.Random) -> datetime:
    return (
        datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        - chance.choice([0, 1, chance.randrange(LONGEST)]) * DAY
    )


def a_question_of_the_past(chance: random.Random) -> dict[str, Any]:
    """It begins before now: what has not begun is compared with nothing."""
    while True:
        question = a_question(chance, an_anchor(chance))
        if question["query"]["from"] < datetime.now(UTC).isoformat()[:10]:
            return question


def a_plain_question(chance: random.Random) -> dict[str, Any]:
    """Of whole days of the reporting timezone, as times that were blurred can answer it."""
    question = a_question_of_the_past(chance)
    query = question["query"]
    query["from"], query["to"] = query["from"][:10], query["to"][:10]
    if query.get("interval") == "hour":
        query["interval"] = "week"
    query.pop("timezone", None)
    query["compare"] = "none"
    if question["endpoint"] not in {"summary", "timeseries"}:
        del query["compare"]
    return question


def everything() -> list[dict[str, Any]]:
    """Questions about all that happened, until the clocks that are ahead."""
    today = datetime.now(UTC)
    period = {"from": str((today - (LONGEST + 2) * DAY).date()), "to": str((today + 2 * DAY).date())}
    each = {"timeseries": {"interval": "day", "compare": "none"}, "funnel": {"step": ["impression", "view", "click"]}}
    return [{"endpoint": name, "query": period | query, "grant": {}} for name, query in each.items()]


@pytest.fixture
def connection(settings: Any) -> Iterator[Any]:
    migrations.migrate(settings)
    with db.connect(db.owner_url(settings)) as connection:
        yield connection
        connection.execute("update tracking.deployment set value = '0' where key = 'retention_days'")


def test_people_are_known_after_any_history(
    connection: Any, settings: Any, app: Any, client: Any, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, small_group=SMALL_GROUP))
    monkeypatch.setattr(keeping, "PLACES", 1)
    monkeypatch.setattr(keeping, "ROWS", 2)
    forms: set[tuple[bool, bool]] = set()
    for _ in range(HISTORIES):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        chance = random.Random(seed)
        begin(connection, KEPT_DAYS)
        history = History(chance, settings, connection)
        steps = ["write", "late", "restore", "extend", "extend", "break off", "refresh", "drop", "pack", "tidy"]
        chosen = chance.choices(steps, k=STEPS)
        for step in ["write", "extend", "pack", "write", *chosen, "extend", "drop", "tidy", "write", "extend"]:
            history.take(step)
            forms |= set(connection.execute("select quarters is null, timed from tracking.trails").fetchall())
            print(step)  # noqa: T201
            monkeypatch.setattr(loading, "LEAST", chance.choice([1, 4, 4096]))
            monkeypatch.setattr(crowds, "PIECE", chance.choice([2, 1 << 15]))
            for question in everything():
                check(client, web, history.rows, question, dropped_until=history.dropped_until, unknown_until=None)
            for _ in range(EACH):
                question = a_plain_question(chance) if history.blurred else a_question_of_the_past(chance)
                print(question)  # noqa: T201
                check(client, web, history.rows, question, dropped_until=history.dropped_until, unknown_until=None)
    assert len(forms) == 4, "there were rows that are packed and rows that are not, with times and without"


@pytest.mark.parametrize("late", [True, False], ids=["late", "over night"])
def test_order_stays_where_times_go(connection: Any, settings: Any, client: Any, web: str, late: bool) -> None:
    """Of what came late, behind a row that was packed; and around midnight of UTC, which is within a day of Berlin."""
    connection.execute(EMPTY)
    connection.execute("update tracking.deployment set value = '12' where key = 'retention_days'")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    night = next(
        day for day in (today - 20 * DAY, today - 21 * DAY) if (day.day - 1) % 7
    )  # rows of both days are joined
    hour = timedelta(hours=1)
    history = History(random.Random(0), settings, connection)

    def happens(creator: str, name: str, at: datetime) -> None:
        event = {"occurred_at": at, "receiver_type": "job", "receiver_id": "1", "name": name, "source": "web"}
        history.insert([event | {"creator": creator, "properties": None, "excluded": None}])

    for n in range(5):
        happens(f"user-{n}", "view", night - (9 - n) * hour)
    happens("user-over-night", "view", night - hour / 2)
    happens("user-over-night", "click", night + hour / 4)
    happens("user-late", "click", night + hour)
    if late:
        connection.execute(EXTEND)
        history.take("pack")
        happens("user-late", "view", night + 2 * hour)
    connection.execute(EXTEND)
    history.take("drop")
    assert history.dropped_until is not None
    if late:
        history.take("tidy")
    else:
        keeping.blur(connection, history.dropped_until, ZoneInfo("Europe/Berlin"))
    period = {"from": str((night - DAY).date()), "to": str(night.date())}
    question = {"endpoint": "funnel", "query": period | {"step": ["view", "click"]}, "grant": {}}
    check(client, web, history.rows, question, dropped_until=history.dropped_until, unknown_until=None)


@pytest.fixture
def gone(happened: Any, settings: Any, sql: Any, run_jobs: Any, decide: Any, connection: Any) -> datetime:
    """A day of which the raw events are gone, in UTC as in Berlin: Alice viewed job 42 in two of its hours."""
    connection.execute(EMPTY)
    happened(noon(20), noon(20) + timedelta(hours=3), noon(2))
    run_jobs()
    decide(retention_days=12)
    run_jobs()
    run_jobs()
    assert stored(sql, midnight(21), midnight(19)) == 0
    return midnight(20)


def test_of_a_dropped_day_the_people_are_known_and_the_hours_are_not(
    gone: datetime, client: Any, web: str, sql: Any
) -> None:
    def ask(**query: Any) -> list[tuple[int, int | None]]:
        response = client.get("/v1/stats/timeseries", query_string=query | {"receiver": "job:42"}, headers=bearer(web))
        return [(bucket["events"], bucket["creators"]) for bucket in response.json["buckets"] if bucket["events"]]

    day = str(noon(20).date())
    assert ask(**{"from": day, "to": day}) == [(2, 1)]
    assert ask(**{"from": day, "to": day, "source": "web", "interval": "month"}) == [(2, 1)]
    assert ask(**{"from": day, "to": day, "interval": "hour"}) == [(1, None), (1, None)]
    assert ask(**{"from": day, "to": day, "timezone": "Asia/Kolkata"}) == [(2, None)]
    assert {timed for (timed,) in sql("select timed from tracking.trails where until <= %s", midnight(13).date())} == {
        False
    }


def test_of_hours_in_which_nothing_happened_a_dropped_day_tells_nothing(gone: datetime, client: Any, web: str) -> None:
    """All events of the day lie at its begin, as the trails have them now."""
    begins = gone.astimezone(ZoneInfo("Europe/Berlin")).replace(hour=0)
    for start, end in ((begins, begins + 6 * HOUR), (begins - 6 * HOUR, begins + 6 * HOUR)):
        query = {"from": start.isoformat(), "to": end.isoformat(), "receiver": "job:42"}

        def ask(endpoint: str, query: dict[str, str] = query, **more: Any) -> Any:
            return client.get(f"/v1/stats/{endpoint}", query_string=query | more, headers=bearer(web)).json

        summary = ask("summary", compare="none")
        assert (summary["events"], summary["creators"]) == (0, 0)
        assert [
            bucket["creators"]
            for bucket in ask("timeseries", interval="hour", compare="none")["buckets"]
            if bucket["events"]
        ] == []
        assert ask("breakdown")["parts"] == []
        assert ask("top")["receivers"] == []
        assert ask("overlap", and_name="view")["either"] == 0
        assert [step["creators"] for step in ask("funnel", step=["view", "click"])["steps"]] == [0, 0]
        assert ask("explain")["total"]["counted"] == 0


def test_without_the_time_of_day_the_order_stays() -> None:
    begins = [midnight(3), midnight(2), midnight(1)]
    moments = [noon(3), noon(2), noon(3), noon(2) + INSTANT, midnight(3)]
    column = np.array([(moment - packing.EPOCH) // INSTANT for moment in moments])
    told = [packing.EPOCH + int(at) * INSTANT for at in keeping.without_time(column, begins)]
    assert [moment.date() for moment in told] == [moment.date() for moment in moments]
    assert told == [
        midnight(3) + INSTANT, midnight(2) + 2 * INSTANT, midnight(3) + INSTANT, midnight(2) + 3 * INSTANT, midnight(3)
    ]  # fmt: skip


def test_too_many_events_are_counted_from_the_raw_rows_while_these_are_there(
    happened: Any, run_jobs: Any, decide: Any, client: Any, web: str, monkeypatch: pytest.MonkeyPatch, connection: Any
) -> None:
    connection.execute(EMPTY)
    happened(noon(20), noon(19), noon(2))
    run_jobs()
    monkeypatch.setattr(loading, "MOST", 1)
    query = {"from": str(noon(25).date()), "receiver": "job:42", "compare": "none"}
    answer = client.get("/v1/stats/summary", query_string=query, headers=bearer(web)).json
    assert (answer["events"], answer["creators"]) == (3, 1)
    decide(retention_days=12)
    run_jobs()
    response = client.get("/v1/stats/summary", query_string=query, headers=bearer(web))
    assert (response.status_code, response.json["type"]) == (422, "/problems/too-heavy")


def test_what_the_ledger_does_not_know_is_taken_day_by_day(settings: Any, sql: Any, connection: Any) -> None:
    """Also what came late then: it is looked for among all events."""
    connection.execute(EMPTY)
    for at, arrived in ((noon(20), noon(20)), (noon(20), noon(5)), (noon(10), noon(10)), (noon(3), noon(3))):
        connection.execute(AT, (at, arrived))
    refresh.catch_up(db.owner_url(settings))
    assert keeping.extend(db.owner_url(settings), step=1) == 4
    assert sql("select sum(events) from tracking.trails") == [(4,)]


def test_what_is_behind_the_trails_is_found_and_taken_in(
    happened: Any, run_jobs: Any, sql: Any, connection: Any
) -> None:
    """A clock that was set back wrote it: it arrived before the last one that was taken, as it seems."""
    connection.execute(EMPTY)
    today = datetime.now(UTC).date()
    at = datetime.combine(today, datetime.min.time(), UTC) - timedelta(hours=2)
    happened(at, noon(9))
    run_jobs()
    assert keeping.check(connection, today) is None
    connection.execute(AT, (at, at))
    with pytest.raises(keeping.TrailsDiffered, match=r"lacked 1 of the raw events"):
        keeping.check(connection, today)
    assert sql("select sum(events) from tracking.trails") == [(3,)]
    connection.execute("delete from tracking.events where creator = 'user-bob'")
    with pytest.raises(keeping.TrailsDiffered, match=r"had 1 too many"):
        keeping.check(connection, today)
    assert keeping.check(connection, today) is None


def test_what_happens_at_midnight_is_of_the_day_that_begins(
    happened: Any, run_jobs: Any, client: Any, web: str, connection: Any
) -> None:
    """Berlin's midnight is within a row."""
    connection.execute(EMPTY)
    begins = noon(3).astimezone(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0)
    happened(begins)
    run_jobs()
    for day, events in ((begins - DAY, 0), (begins, 1)):
        query = {"from": str(day.date()), "to": str(day.date()), "receiver": "job:42", "compare": "none"}
        assert client.get("/v1/stats/summary", query_string=query, headers=bearer(web)).json["events"] == events


def test_what_arrived_before_it_happened_is_taken_in_once_it_has(settings: Any, sql: Any, connection: Any) -> None:
    """A clock that was ahead wrote it: the trails had been extended past its arrival already."""
    connection.execute(EMPTY)
    at = noon(1)
    connection.execute(AT, (at, at - timedelta(seconds=8)))
    for reach, taken in ((at - timedelta(seconds=4), 0), (at + timedelta(seconds=4), 1), (at + timedelta(hours=1), 0)):
        assert sql("select tracking.extend_trails(%s)", reach) == [(taken,)]
