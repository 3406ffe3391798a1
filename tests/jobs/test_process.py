"""`python -m jobs`: starts, leads, hands over, ends."""

import json
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.interval import IntervalTrigger

from fixtures.cast import ago
from jobs.__main__ import lead
from jobs.schedule import JOBS, schedule
from tracking import db
from tracking.aggregates import refresh


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


def test_a_second_process_waits_and_takes_over_within_a_minute(child: Any, sql: Any) -> None:
    """The first one is killed: it cannot hand over, its lease runs out."""
    first = child("-m", "jobs")
    first.says("leading")
    second = child("-m", "jobs", LOG_LEVEL="debug")
    first.end(signal.SIGKILL)
    assert "leading" not in second.log
    holder = json.loads(second.says("leading", seconds=60))["holder"]
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


def test_the_counts_are_kept_up_here_and_nowhere_else(settings: Any, engine: Any, sql: Any) -> None:
    jobs = {job.id: job for job in schedule(settings).get_jobs()}
    assert jobs.keys() == {job.name for job in JOBS}
    intervals = {name: job.trigger.interval for name, job in jobs.items() if isinstance(job.trigger, IntervalTrigger)}
    assert (
        intervals.items()
        >= {
            "refresh event_counts_15min": timedelta(minutes=5),
            "refresh event_counts_daily": timedelta(minutes=15),
            "refresh activity_daily": timedelta(minutes=15),
            "drop raw events": timedelta(hours=1),
            "run policies": timedelta(hours=1),
        }.items()
    )
    assert max(job.next_run_time for job in jobs.values()) < datetime.now(UTC) + timedelta(minutes=5)
    assert sql("select count(*) from timescaledb_information.jobs where scheduled and hypertable_name is not null") == [
        (0,)
    ]


def test_the_jobs_do_what_they_are_named_after(
    settings: Any, happened: Any, decide: Any, on_record: Any, sql: Any
) -> None:
    """Counted by quarter, day and activity, dropped, compressed; with each failure on record."""
    happened(ago(days=50), ago(days=40), ago(days=2))
    decide(retention_days=45)
    time.sleep(1.1)  # what came in the last second is not settled: it is not in the trails, and not dropped
    for job in schedule(settings).get_jobs():
        job.func(*job.args)
    assert sql("select job, outcome, error from tracking.job_runs where outcome <> 'ok'") == []
    assert sql("select count(*) from tracking.job_runs") == [(len(JOBS),)]
    assert sql("select rows from tracking.job_runs where job = 'run policies'") > [(0,)]
    assert refresh.due(db.owner_url(settings)) == []
    assert sql("select count(*) from tracking.events") == [(2,)]
    assert sql("select sum(events)::int from tracking.event_counts_daily") == [(3,)]
    assert sql(
        "select count(*) from timescaledb_information.chunks where hypertable_name = 'events' and is_compressed"
    ) == [(1,)]


class Lost:
    """A lease that is held, then lost to another, for ever."""

    holder = "me"

    def __init__(self, stop: threading.Event) -> None:
        self._answers, self._stop = iter([True, True, False, False]), stop

    def take(self) -> bool:
        answer = next(self._answers, None)
        if answer is None:
            self._stop.set()
        return bool(answer)


def test_who_loses_the_lease_stops_working(settings: Any, engine: Any, monkeypatch: Any) -> None:
    stop, made = threading.Event(), []
    monkeypatch.setattr("jobs.__main__.SECONDS", 0.03)
    monkeypatch.setattr("jobs.__main__.schedule", lambda settings: made.append(schedule(settings)) or made[-1])
    lead(settings, Lost(stop), stop)  # releases nothing: it is another's
    (scheduler,) = made
    assert not scheduler.running
