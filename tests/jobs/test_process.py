"""`python -m jobs`: starts, leads, hands over, ends."""

import json
import signal
from datetime import timedelta
from typing import Any

from jobs.__main__ import schedule


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
    assert process.says("LOG_LEVEL").startswith("LOG_LEVEL: ")
    assert len(process.log.splitlines()) == 1


def test_policies_are_scheduled_where_nothing_else_runs_them(settings: Any, engine: Any) -> None:
    jobs = {job.id: job.trigger.interval for job in schedule(settings).get_jobs() if job.id.startswith("policy_")}
    if settings.embedded:
        assert jobs["policy_refresh_continuous_aggregate on event_counts_hourly"] == timedelta(minutes=5)
        assert len(jobs) >= 4
    else:
        assert [name for name in jobs if name.startswith("policy")] == []
