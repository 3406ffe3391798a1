"""The scheduler's table of contents: every job of every feature, and when each runs next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from jobs import runs
from tracking import db
from tracking.aggregates import jobs as aggregates
from tracking.ingest import jobs as ingest
from tracking.notifications import jobs as notifications
from tracking.provenance import jobs as provenance
from tracking.schedule import Daily, Job

if TYPE_CHECKING:
    from tracking.settings import Settings

JOBS: tuple[Job, ...] = (*provenance.JOBS, *ingest.JOBS, *aggregates.JOBS, *notifications.JOBS)

FIRST, APART = timedelta(minutes=1), timedelta(seconds=10)
"""Time from the start to the first job, and from each job to the next."""


class DailyTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's own trigger skips a day, or runs twice on it, when clocks change."""

    def __init__(self, daily: Daily, timezone: ZoneInfo) -> None:
        self.daily = daily
        self.timezone = timezone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next time to run, after `previous`, or after `now` if it never ran."""
        return self.daily.after(previous or now, self.timezone)


def schedule(settings: Settings) -> BackgroundScheduler:
    """The leader's work, not started yet. A run that was missed is made up once, and never overlaps itself.

    What is due runs soon, one job after the other: each that comes at an interval, since a process may be restarted
    again and again; each daily one whose time has come since it last ran.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    url = db.owner_url(settings)
    timezone, last = runs.known(url, [job.name for job in JOBS])
    soon = datetime.now(UTC) + FIRST
    for job in JOBS:
        trigger = (
            DailyTrigger(job.when, timezone)
            if isinstance(job.when, Daily)
            else IntervalTrigger(seconds=job.when.interval.total_seconds())
        )
        first = soon
        if isinstance(job.when, Daily) and job.name in last:
            first = max(soon, job.when.after(last[job.name], timezone))
        scheduler.add_job(
            runs.run, trigger, [url, job.name, partial(job.run, settings)], id=job.name, next_run_time=first
        )
        soon += APART
    return scheduler
