"""TimescaleDB's policies, run by us where nothing else runs them: the embedded engine has no background workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import URL


def policies(url: URL) -> list[tuple[int, str, timedelta]]:
    """(job id, name, interval) of each policy."""
    with db.connect(url) as connection:
        rows = connection.execute(db.query("policy_jobs")).fetchall()
    return [(job_id, name, every) for job_id, name, every in rows]


def run(url: URL, job_id: int) -> None:
    """Runs one policy now, outside a transaction, as its procedure demands.

    A policy does only what is due, so running one early or twice is harmless.
    """
    with db.connect(url) as connection:
        connection.execute(f"call run_job({job_id:d})")  # CALL takes no parameters here
