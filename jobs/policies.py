"""TimescaleDB's policies, run by the scheduler: the embedded engine has no background workers, and one way will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import URL


def policies(url: URL) -> dict[str, timedelta]:
    """How often each policy wants to run, by its name."""
    with db.connect(url) as connection:
        return {name: every for _, name, every in connection.execute(db.query("policy_jobs")).fetchall()}


def run(url: URL, policy: str) -> None:
    """Runs one policy now, outside a transaction, as its procedure demands. By its name: `migrate` gives it a new id.

    A policy does only what is due, so running one early or twice is harmless. Raises `LookupError`: there is none.
    """
    with db.connect(url) as connection:
        for job_id, name, _ in connection.execute(db.query("policy_jobs")).fetchall():
            if name == policy:
                connection.execute(f"call run_job({job_id:d})")  # CALL takes no parameters here
                return
    raise LookupError(f"there is no {policy}; restart the scheduler after a change of settings")
