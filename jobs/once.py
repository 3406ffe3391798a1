"""`python -m jobs --once NAME`: one run of one job, now, beside whoever leads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from jobs import runs
from jobs.schedule import JOBS

if TYPE_CHECKING:
    from tracking.schedule import Job
    from tracking.settings import Settings


def is_job(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Job | None:
    if value is None:
        return None
    for job in JOBS:
        if job.name == value:
            return job
    raise click.BadParameter(f"no job {value[:100]!r}; there are: {', '.join(sorted(job.name for job in JOBS))}")


def once(settings: Settings, job: Job) -> bool:
    """Runs the job, says in a line how it ended, and returns whether it went well.

    Raises `click.ClickException` if it runs elsewhere, and `psycopg.Error` without a database.
    """
    timezone = runs.register(settings, JOBS)
    began = time.monotonic()
    ended = runs.run(settings, job, timezone, asked=True)
    if ended is None:
        raise click.ClickException(f"{job.name} runs elsewhere at the moment; see python -m tracking jobs")
    said = f"{job.name}: {ended.outcome} after {time.monotonic() - began:.1f} s"
    if ended.rows is not None:
        said += f", {ended.rows:,} rows"
    click.echo(f"{said}: {ended.error}" if ended.error else said)
    return ended.outcome == "ok"
