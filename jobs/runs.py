"""Runs a job and records how it ended in tracking.job_runs, which `doctor` reads."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
import structlog

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import URL

log = structlog.get_logger("jobs")


def run(url: URL, job: str, work: Callable[[], object]) -> None:
    """Does the work, and notes how it ended. A failure is logged: the next run tries again."""
    error = None
    try:
        work()
    except Exception as failure:  # noqa: BLE001 - one job's failure, of any kind, must not stop another
        error = f"{type(failure).__name__}: {str(failure).strip().partition(chr(10))[0]}"
        log.warning("a job failed", job=job, error=error)
    with suppress(psycopg.OperationalError), db.connect(url) as connection:  # already logged above
        db.run(connection, "job_runs_record", job=job, error=error)


def known(url: URL, jobs: Sequence[str]) -> tuple[ZoneInfo, dict[str, datetime]]:
    """The reporting timezone, and when each of these jobs last ran. Forgets all jobs but these."""
    with db.connect(url) as connection:
        db.run(connection, "job_runs_forget", jobs=list(jobs))
        last = {job: ran_at for job, _, ran_at, _ in db.run(connection, "job_runs").fetchall()}
        timezone = db.run(connection, "deployment").fetchall()[0][0]
    return ZoneInfo(timezone), last
