"""Counts from a real streaming replica: what it cancels, when it is away and back, and how old it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, an_app, bearer, event
from fixtures.database import AGGREGATES
from fixtures.served import until
from fixtures.standby import CONFLICTS_SOON, Standby
from tracking import db
from tracking.bi import readers
from tracking.ingest.bulk import Bulk, Tally
from tracking.provenance import tokens
from tracking.stats.memo import Memo
from tracking.stats.replica import Replica

pytestmark = pytest.mark.native  # the embedded engine has no replica

SECONDS = 30
SLOW = f"""
create or replace function tracking.dropped_until() returns timestamptz
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select until from tracking.dropped), '-infinity')
      from pg_sleep(case when pg_is_in_recovery() then {SECONDS} else 0 end)
$$
"""
"""On the replica, and there only, a question takes so many seconds."""
SLEEPS = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
WEEK = (datetime.now(UTC) - timedelta(days=8)).date().isoformat()


@pytest.fixture
def reading(settings: Any, standby: Standby) -> Any:
    """The settings of an API that reads on the replica: they name a place, and no login."""
    own = db.owner_url(settings)
    there = own.set(host=standby.url.host, port=standby.url.port, username=None, password=None)
    return replace(settings, read_database_url=there.render_as_string(hide_password=False))


@pytest.fixture
def app(reading: Any, settings: Any) -> Iterator[Any]:
    app = an_app(reading)
    forgetful(app, passed_over=0.2)
    yield app
    app.extensions["footfall"].close()


def forgetful(app: Any, **patience: float) -> None:
    services = app.extensions["footfall"]
    counts = services.counts
    place = Replica(counts.replica._engine, **patience)
    app.extensions["footfall"] = replace(services, counts=replace(counts, memo=Memo(float("inf")), replica=place))


@pytest.fixture
def ask(app: Any, acme: str, standby: Standby) -> Any:
    def get(endpoint: str = "summary", **query: Any) -> Any:
        query = {"from": WEEK} | query
        response = app.test_client().get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(acme))
        assert response.status_code == 200, response.text
        return response

    return get


@pytest.fixture
def slow(sql: Any, standby: Standby) -> Iterator[None]:
    sql(SLOW)
    standby.catch_up()
    yield
    sql((db.SQL / "functions" / "dropped_until.sql").read_text())
    standby.catch_up()


def answers_for_it(app: Any) -> bool:
    """Whether the primary does."""
    return app.extensions["footfall"].counts.replica._away is not None


def moment(response: Any) -> datetime:
    return datetime.fromisoformat(response.headers["As-Of"])


def test_counts_come_from_the_replica_and_say_of_when_they_are(
    ask: Any, verdicts: Any, standby: Standby, sql: Any
) -> None:
    verdicts(event())
    standby.pause()
    before = ask()
    verdicts(event(creator=None, receiver="job:42", name="click"))
    ((written,),) = sql("select clock_timestamp()")
    until(lambda: int(ask().headers["Age"]) >= 2)
    paused = ask()
    assert (paused.json["events"], moment(paused)) == (1, moment(before))
    assert moment(paused) < written
    standby.resume()
    resumed = ask()
    assert resumed.json["events"] == 2
    assert moment(resumed) > written


def test_one_that_is_too_far_behind_is_passed_over_and_comes_back(
    app: Any, ask: Any, verdicts: Any, standby: Standby
) -> None:
    forgetful(app, behind=3.0, passed_over=0.2)
    standby.pause()
    verdicts(event())
    until(lambda: ask().json["events"] == 1)
    assert answers_for_it(app)
    assert int(ask().headers["Age"]) == 0
    standby.resume()
    until(lambda: ask().json["events"] == 1 and not answers_for_it(app))


def test_a_question_of_half_a_minute_that_a_refresh_cancels_is_right(
    app: Any, ask: Any, verdicts: Any, standby: Standby, sql: Any, refresh: Any, slow: None, caplog: Any
) -> None:
    """Rows that the question may see are removed on the primary; the replica cannot wait, and cancels it."""
    verdicts(event(occurred_at=ago(days=2)), event(occurred_at=ago(hours=5), name="click"))
    refresh()
    standby.catch_up()
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        running = pool.submit(ask)
        until(lambda: standby.sql(SLEEPS))
        verdicts(event(occurred_at=ago(days=2), name="click"))
        refresh()
        for (kept,) in sql("select kept from tracking.aggregates"):
            sql(f"vacuum {kept}")
        answer = running.result(SECONDS + 30)
    assert time.monotonic() - started < SECONDS
    assert answer.json["events"] == answer.json["creators"] + 2 == 3
    assert "canceling statement due to conflict with recovery" in caplog.text
    assert not answers_for_it(app)  # it cancelled one question, no more


def test_a_statement_that_takes_too_long_there_is_not_asked_of_the_primary(reading: Any, acme: str, slow: None) -> None:
    app = an_app(replace(reading, statement_timeout_ms=300))
    response = app.test_client().get("/v1/stats/summary", headers=bearer(acme))
    app.extensions["footfall"].close()
    assert (response.status_code, response.json["type"]) == (422, "/problems/too-heavy")


def test_the_replica_stops_in_the_middle_of_a_question_and_comes_back(
    app: Any, ask: Any, verdicts: Any, standby: Standby, sql: Any, footfall: Any, reading: Any
) -> None:
    verdicts(event())
    standby.catch_up()
    assert ask().json["events"] == 1
    sql(SLOW)
    standby.catch_up()
    try:
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(ask)
            until(lambda: standby.sql(SLEEPS))
            standby.stop()
            assert running.result(20).json["events"] == 1
        sql((db.SQL / "functions" / "dropped_until.sql").read_text())
        verdicts(event(name="click"))
        assert [ask().json["events"] for _ in range(3)] == [2, 2, 2]
        assert app.test_client().get("/readyz").status_code == 200
        there = {"READ_DATABASE_URL": reading.read_database_url}
        assert any(line.startswith("BAD  replica") for line in doctor(footfall, **there))
    finally:
        standby.start()
    standby.pause()
    verdicts(event(name="share"))
    until(lambda: ask().json["events"] == 2)  # the replica answers again, which knows of no share
    (said,) = [line for line in doctor(footfall, **there) if " replica " in line]
    assert said.startswith("ok  ")
    assert "behind" in said


def doctor(footfall: Any, **more: str) -> list[str]:
    return footfall("doctor", exits=1, **more).stdout.splitlines()


def test_rights_and_what_is_settled_are_the_primarys(
    app: Any, ask: Any, verdicts: Any, standby: Standby, sql: Any, web: str
) -> None:
    sql("update tracking.sources set rights = '{ingest,mint,stats,export}'")
    standby.catch_up()
    verdicts(event())
    standby.pause()
    client = app.test_client()
    sql("update tracking.receivers set owner = 'globex' where receiver_id = '42'")
    assert ask().json["events"] == 0
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('job', 'new', 'acme')")
    assert ask(receiver="job:new").json["events"] == 0
    globex = bearer(tokens.mint(web, "stats", seconds=900, owner="globex"))
    assert client.get("/v1/stats/summary", headers=globex).json["events"] == 1
    verdicts(event(name="click"))

    def exported() -> int:
        return len(client.get("/v1/events", headers=bearer(web)).text.splitlines())

    until(lambda: exported() == 2)


def test_bi_reads_on_the_replica(standby: Standby, footfall: Any, reading: Any, a_name: str) -> None:
    said = footfall("bi", "grant", a_name, READ_DATABASE_URL=reading.read_database_url).stdout
    url = next(word for word in said.split() if word.startswith("postgresql://"))
    assert f"127.0.0.1:{standby.url.port}/" in url
    standby.catch_up()
    with db.connect(db._parse("x", url)) as connection:
        assert connection.execute("select pg_is_in_recovery(), current_user").fetchall() == [(True, a_name)]
        connection.execute("select * from analytics.fact_daily").fetchall()
        ((as_of,),) = connection.execute("select pg_last_xact_replay_timestamp()").fetchall()
        assert as_of is not None
    assert readers.end_long(reading) == 0
    footfall("bi", "revoke", a_name, READ_DATABASE_URL=reading.read_database_url)


def test_events_and_people_agree_there_while_aggregates_are_refreshed(
    app: Any, standby: Standby, engine: Any, settings: Any, web: str, receivers: None
) -> None:
    """Late and new events, refreshes and vacuums on the primary, questions on the replica. Each creator acts once."""
    standby.configure(max_standby_streaming_delay="-1")  # no question is cancelled: all come from the replica
    over, bulk, client = threading.Event(), Bulk(engine, settings, "web"), app.test_client()

    def write() -> int:
        written = 0
        while not over.is_set():
            sent = [
                event(creator=f"user-{written + n}", occurred_at=ago(days=written % 7, seconds=2 + n)) for n in (0, 1)
            ]
            bulk.write(sent, Tally())
            written += 2
        return written

    def refresh() -> int:
        runs = 0
        with db.connect(db.owner_url(settings)) as connection:
            names = [kept for (kept,) in connection.execute("select kept from tracking.aggregates").fetchall()]
            while not over.is_set():
                name = AGGREGATES[runs % len(AGGREGATES)]
                connection.execute(f"call refresh_continuous_aggregate('tracking.{name}', null, null)")
                connection.execute(f"vacuum {names[runs % len(names)]}")
                runs += 1
        return runs

    def get(endpoint: str, **query: Any) -> Any:
        response = client.get(f"/v1/stats/{endpoint}", query_string={"from": WEEK} | query, headers=bearer(web))
        assert response.status_code == 200, response.text
        return response.json

    wrong, totals = [], [0]
    with ThreadPoolExecutor(2) as pool:
        others, end = [pool.submit(write), pool.submit(refresh)], time.monotonic() + 5
        try:
            while time.monotonic() < end or totals[-1] == 0:
                answers = [get("summary"), *get("timeseries", interval="day", name="view")["buckets"]]
                answers += [*get("top")["receivers"], *get("breakdown")["parts"]]
                wrong += [one for one in answers if one["events"] != one["creators"]]
                totals += [get("summary", uniques=uniques)["events"] for uniques in ("true", "false")]
                totals.append(get("timeseries", uniques="false", interval="hour")["events"])
        finally:
            over.set()
            standby.configure(**CONFLICTS_SOON)
        written, runs = (other.result() for other in others)
    assert wrong == []
    assert totals == sorted(totals)
    assert runs > 2
    assert not answers_for_it(app)
    standby.catch_up()
    assert {get("summary")["events"], get("summary", uniques="false")["events"]} == {written}
