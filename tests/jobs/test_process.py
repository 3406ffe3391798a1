"""`python -m jobs`: starts, leads, hands over, ends."""

import json
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from jobs import policies, runs
from jobs.__main__ import schedule
from tracking import db


def holders(sql: Any) -> list[str]:
    return [holder for (holder,) in sql("select holder from tracking.leases where name = 'jobs'")]


def test_it_leads_and_sigterm_ends_it_and_releases_the_lease(child: Any, sql: Any) -> None:
    process = child("-m", "jobs")
    holder = json.loads(process.says("leading"))["holder"]
    assert holders(sql) == [holder]
    assert process.end(signal.SIGTERM) == 0
    assert holders(sql) == []
    assert "Traceback" not in process.log


def test_ctrl_c_ends_it_too(child: Any, sql: Any) -> None:
    process = child("-m", "jobs")
    process.says("leading")
    assert process.end(signal.SIGINT) == 0
    assert holders(sql) == []


def test_a_second_process_waits_and_takes_over(child: Any, sql: Any) -> None:
    """The first one is killed: it cannot hand over, its lease runs out."""
    first = child("-m", "jobs")
    first.says("leading")
    second = child("-m", "jobs", LOG_LEVEL="debug")
    first.end(signal.SIGKILL)
    assert "leading" not in second.log
    sql("update tracking.leases set expires_at = now()")
    holder = json.loads(second.says("leading"))["holder"]
    assert holders(sql) == [holder]
    assert second.end() == 0


def test_without_a_database_it_keeps_trying_until_told_to_stop(child: Any) -> None:
    process = child("-m", "jobs", DATABASE_URL="postgresql+psycopg://x@/x?host=/nowhere")
    process.says("cannot reach the database")
    assert process.end() == 0
    assert "Traceback" not in process.log


def test_bad_settings_are_said_in_a_line(child: Any) -> None:
    process = child("-m", "jobs", LOG_LEVEL="loud")
    assert process.process.wait(30) == 2
    assert process.says("LOG_LEVEL").startswith("footfall: LOG_LEVEL: ")
    assert len(process.log.splitlines()) == 1


def test_the_policies_are_scheduled_here_and_nowhere_else(settings: Any, engine: Any, sql: Any) -> None:
    jobs = {job.id: job for job in schedule(settings).get_jobs()}
    refresh = jobs["policy_refresh_continuous_aggregate on event_counts_hourly"]
    assert refresh.trigger.interval == timedelta(minutes=5)
    assert sum(name.startswith("policy_") for name in jobs) == 8
    assert max(job.next_run_time for job in jobs.values()) < datetime.now(UTC) + timedelta(minutes=5)
    assert sql("select count(*) from timescaledb_information.jobs where scheduled and hypertable_name is not null") == [
        (0,)
    ]


def test_each_run_is_on_record(settings: Any, engine: Any, sql: Any) -> None:
    url, found = db.owner_url(settings), "select failures, error from tracking.upkeep where job = 'one'"

    def fails() -> None:
        raise ValueError("no such thing\nand more")

    runs.run(url, "one", lambda: None)
    assert sql(found) == [(0, None)]
    runs.run(url, "one", fails)
    runs.run(url, "one", fails)
    assert sql(found) == [(2, "ValueError: no such thing")]
    runs.run(url, "one", lambda: None)
    assert sql(found) == [(0, None)]
    schedule(settings)
    assert sql(found) == []  # it is none of the jobs that there are


def test_a_policy_that_fails_is_on_record(settings: Any, engine: Any, sql: Any) -> None:
    url = db.owner_url(settings)
    runs.run(url, "one", partial(policies.run, url, "policy_of on nothing"))
    ((failures, error),) = sql("select failures, error from tracking.upkeep where job = 'one'")
    assert (failures, error.partition(";")[0]) == (1, "LookupError: there is no policy_of on nothing")
    sql("delete from tracking.upkeep")
