"""The scheduler's table of contents: every job of every feature, and when each runs next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from jobs import runs
from tracking.aggregates import jobs as aggregates
from tracking.alarms import jobs as alarms
from tracking.bi import jobs as bi
from tracking.ingest import jobs as ingest
from tracking.lake import jobs as lake
from tracking.notifications import jobs as notifications
from tracking.peers import jobs as peers
from tracking.provenance import jobs as provenance
from tracking.queues import jobs as queues
from tracking.schedule import Daily, Every, Job, query

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracking.settings import Settings

log = structlog.get_logger("jobs")

FORGET_RUNS = Job("forget job runs", Every(timedelta(hours=1)), query("job_runs_forget"))
"""Old ones of the runs on record, and those that found nothing to do."""

JOBS: tuple[Job, ...] = (
    *notifications.JOBS, *provenance.JOBS, *ingest.JOBS, *aggregates.JOBS, *bi.JOBS, *lake.JOBS, *queues.JOBS,
    *alarms.JOBS, *peers.JOBS,
    FORGET_RUNS,
)  # fmt: skip

FIRST, APART = timedelta(seconds=15), timedelta(seconds=10)
"""Time from the start to the first job, and from each job to the next."""

LOOK = timedelta(minutes=1)
"""How often it is looked whether a daily job is due: it is once its time has come, or some time after it failed."""


def schedule(settings: Settings) -> BackgroundScheduler:
    """The leader's work, not started yet. A run that was missed is made up once, and never overlaps itself.

    What is due runs soon, one job after the other: each that comes at an interval, since a process may be restarted
    again and again; each daily one that was not done since its time came.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    timezone = runs.register(settings, JOBS)
    runs.unregister_others(settings, JOBS)
    soon = datetime.now(UTC) + FIRST
    for job in JOBS:
        interval = LOOK if isinstance(job.when, Daily) else job.when.interval
        scheduler.add_job(
            turn, "interval", [settings, job, timezone],
            seconds=interval.total_seconds(), id=job.name, next_run_time=soon,
        )  # fmt: skip
        soon += APART
    return scheduler


def turn(settings: Settings, job: Job, timezone: ZoneInfo) -> None:
    """One turn of a job. Without a database it waits for the next one."""
    try:
        runs.run(settings, job, timezone)
    except psycopg.Error as error:
        log.warning("could not claim a job's run", job=job.name, error=type(error).__name__)
