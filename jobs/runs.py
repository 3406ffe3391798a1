"""Runs a job, if its turn has come and no other process has it, and records how it ended in tracking.job_runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from jobs import claims
from jobs.claims import Ended
from tracking import db
from tracking.redaction import redacted
from tracking.schedule import Daily, Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.settings import Settings

log = structlog.get_logger("jobs")

LONGEST_ERROR = 500
"""Characters of it that are kept."""


def register(settings: Settings, jobs: Sequence[Job]) -> ZoneInfo:
    """Makes the jobs known where `python -m tracking jobs` reads them, and returns the reporting timezone."""
    with db.connect(db.owner_url(settings)) as connection:
        schedules = [str(job.when) for job in jobs]
        db.run(connection, "job_register", jobs=[job.name for job in jobs], schedules=schedules)
        return ZoneInfo(db.run(connection, "deployment").fetchall()[0][0])


def unregister_others(settings: Settings, jobs: Sequence[Job]) -> None:
    """Forgets all jobs but these, and their runs."""
    with db.connect(db.owner_url(settings)) as connection:
        db.run(connection, "job_unregister", jobs=[job.name for job in jobs])


def run(settings: Settings, job: Job, timezone: ZoneInfo, *, asked: bool = False) -> Ended | None:
    """Does the job's work now; None if it runs elsewhere, or is not due.

    A daily job is due from its time on, until it was done for that time or has failed too often. A person who asked
    does not wait for that. A failure of the work is logged. Raises `psycopg.Error` if the claim did not reach the
    database.
    """
    url = db.owner_url(settings)
    due = job.when.latest(datetime.now(UTC), timezone) if isinstance(job.when, Daily) else None
    run = claims.take(url, job.name, due, asked=asked)
    if run is None:
        log.debug("a job runs elsewhere, or is not due", job=job.name)
        return None
    ended = Ended("broken off")
    try:
        with claims.alive(url, run):
            ended = _work(settings, job)
    finally:  # Ctrl-C, too
        claims.end(url, run, job.name, ended)
    return ended


def _work(settings: Settings, job: Job) -> Ended:
    try:
        done = job.run(settings)
    except Exception as failure:  # noqa: BLE001 - one job's failure, of any kind, must not stop another
        said = f"{type(failure).__name__}: {str(failure).strip().partition(chr(10))[0]}"
        error = redacted(said.replace("\0", ""))[:LONGEST_ERROR]
        log.warning("a job failed", job=job.name, error=error)
        return Ended("failed", error=error)
    return Ended("ok", rows=len(done) if isinstance(done, list) else done if isinstance(done, int) else None)
