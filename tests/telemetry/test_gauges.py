"""What /metrics tells of the database: lag, outbox and jobs, by a function that gives the API's role no other right."""

from typing import Any

import psycopg
import pytest

from fixtures.cast import ago, event
from fixtures.metrics import told
from fixtures.retention import into_trails
from tracking import db
from tracking.aggregates import AGGREGATES
from tracking.settings import Settings
from tracking.telemetry import database

RUNS = """
insert into tracking.jobs (job, schedule) values ('good', 'daily'), ('bad', 'daily'), ('lost', 'daily'), ('new', 'daily');
insert into tracking.job_runs (job, instance, alive_until, started_at, ended_at, outcome) values
    ('good', 'x', now(), now(), now() - interval '3 hours', 'failed'),
    ('good', 'x', now(), now(), now() - interval '2 hours', 'ok'),
    ('bad', 'x', now(), now(), now() - interval '3 hours', 'ok'),
    ('bad', 'x', now(), now(), now() - interval '2 hours', 'failed'),
    ('bad', 'x', now(), now(), now() - interval '1 hour', 'broken off'),
    ('lost', 'x', now() - interval '1 minute', now(), null, 'running');
"""
RULE = """
insert into tracking.notification_rules (rule, kind, receiver_type, names, measure, minimum, compares, few, send_at,
                                         timezone, quiet_from, quiet_until, channel, language, first_day, per)
values ('daily', 'daily', 'job', '{view}', 'events', 1, false, 0, '08:00', 'UTC', '00:00', '00:00', 'email', 'en', current_date, 'receiver')
"""
PENDING = """
insert into tracking.notifications (rule, receiver_type, receiver_id, day, value, due_at, expires_at)
values ('daily', 'job', %s, current_date, 1, now() + %s::interval, now() + %s::interval)
"""
MESSAGE = """
insert into tracking.notification_messages (message, channel, address, body, at_least_once, quiet, timezone, expires_at, next_attempt_at)
values (%s, 'email', 'a@b.example', '', false, %s, 'UTC', now() + interval '1 day', now() - %s::interval)
"""


@pytest.fixture
def gauges(settings: Settings, engine: Any) -> Any:
    """(name, label) → value, as the API's role gets them."""

    def read() -> dict[tuple[str, str], float]:
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute("set role footfall_api")
            return {(name, label): value for name, label, value in db.run(connection, "gauges")}

    return read


def test_each_has_a_name_and_help_of_its_own(client: Any, sql: Any, verdicts: Any) -> None:
    sql(RUNS)
    verdicts(event())
    numbers = told(client)
    assert numbers.one("footfall_database_up") == 1
    assert {f"footfall_{name}" for name in database.GAUGES} <= numbers.names
    assert numbers.one("footfall_job_failures", job_name="bad") == 2
    assert numbers.one("footfall_jobs_led") == 0


def test_a_failure_is_one_until_the_job_ends_well(gauges: Any, sql: Any) -> None:
    sql(RUNS)
    found = gauges()
    assert [found[("job_failures", job)] for job in ("good", "bad", "lost")] == [0, 2, 1]
    assert ("job_failures", "new") not in found
    ((ago,),) = sql("select extract(epoch from now() - interval '3 hours')::float8")
    assert found[("job_success_timestamp_seconds", "bad")] == pytest.approx(ago, abs=60)
    assert ("job_success_timestamp_seconds", "lost") not in found


def test_a_job_that_fails_for_ever_is_read_no_further_than_its_last_runs(gauges: Any, sql: Any) -> None:
    sql("insert into tracking.jobs (job, schedule) values ('bad', 'often')")
    sql(
        "insert into tracking.job_runs (job, instance, alive_until, ended_at, outcome)"
        " select 'bad', 'x', now(), now(), 'failed' from generate_series(1, 150)"
    )
    assert gauges()[("job_failures", "bad")] == 100


def test_the_lag_is_the_time_that_the_aggregates_do_not_have(gauges: Any, verdicts: Any, refresh: Any) -> None:
    assert [name for name, _ in gauges() if name == "aggregate_lag_seconds"] == []
    verdicts(event())
    verdicts(event(occurred_at=ago(hours=50)))
    assert gauges()[("aggregate_lag_seconds", "event_counts_15min")] == pytest.approx(50 * 3600, abs=120)
    refresh()
    lags = [gauges()[("aggregate_lag_seconds", name)] for name in AGGREGATES]
    assert [lag for lag in lags if lag > 26 * 3600] == []


def test_the_trails_are_behind_until_they_are_extended(gauges: Any, verdicts: Any, sql: Any) -> None:
    assert [name for name, _ in gauges() if name == "trails_lag_seconds"] == []
    verdicts(event(occurred_at=ago(hours=3)))
    assert gauges()[("trails_lag_seconds", "")] == pytest.approx(3 * 3600, abs=120)
    sql("insert into tracking.trails_inbox values (now(), 'web', 'user-a', 'job', '1', 'view')")
    assert gauges()[("trails_inbox_events", "")] == 1
    into_trails(sql)
    assert gauges()[("trails_lag_seconds", "")] == pytest.approx(0, abs=60)
    assert gauges()[("trails_inbox_events", "")] == 0


def test_what_changed_behind_an_aggregate_waits(gauges: Any, verdicts: Any, refresh: Any) -> None:
    verdicts(event())
    refresh()
    assert {gauges()[("aggregate_waiting_ranges", name)] for name in AGGREGATES} == {0}
    verdicts(event(occurred_at=ago(hours=50)))
    assert min(gauges()[("aggregate_waiting_ranges", name)] for name in AGGREGATES) >= 1
    refresh()
    assert {gauges()[("aggregate_waiting_ranges", name)] for name in AGGREGATES} == {0}


def test_the_outbox_is_as_late_as_what_should_have_gone_on_first(gauges: Any, sql: Any) -> None:
    sql(RULE)
    assert gauges()[("outbox_overdue_seconds", "pending")] == 0
    sql(PENDING, "later", "1 hour", "1 day")
    sql(PENDING, "expired", "-2 days", "-1 day")
    assert gauges()[("outbox_overdue_seconds", "pending")] == 0
    sql(PENDING, "due", "-10 minutes", "1 day")
    assert gauges()[("outbox_overdue_seconds", "pending")] == pytest.approx(600, abs=60)
    sql("update tracking.notification_rules set paused_at = now()")
    assert gauges()[("outbox_overdue_seconds", "pending")] == 0


def test_a_message_is_not_late_in_the_quiet_hours(gauges: Any, sql: Any) -> None:
    assert gauges()[("outbox_overdue_seconds", "message")] == 0
    sql(MESSAGE, "quiet", '[["00:00", "24:00"]]', "2 hours")
    assert gauges()[("outbox_overdue_seconds", "message")] == 0
    sql(MESSAGE, "due", "[]", "20 minutes")
    assert gauges()[("outbox_overdue_seconds", "message")] == pytest.approx(1200, abs=60)


def test_a_lease_that_holds_is_a_leader(gauges: Any, sql: Any) -> None:
    sql("insert into tracking.leases values ('jobs', 'me', now() - interval '1 second')")
    assert gauges()[("jobs_led", "")] == 0
    sql("update tracking.leases set expires_at = now() + interval '1 minute'")
    assert gauges()[("jobs_led", "")] == 1


@pytest.mark.parametrize("table", ["job_runs", "jobs", "notification_messages", "leases"])
def test_the_apis_role_reads_none_of_the_tables(settings: Settings, engine: Any, table: str) -> None:
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute("set role footfall_api")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"select from tracking.{table}")


def test_nobody_but_the_apis_role_is_told(sql: Any) -> None:
    asked = "select has_function_privilege(%s, 'tracking.gauges()', 'execute')"
    told = {role: sql(asked, role)[0][0] for role in ("marketing", "footfall_read", "footfall_ingest", "footfall_api")}
    assert told == {"marketing": False, "footfall_read": False, "footfall_ingest": False, "footfall_api": True}
