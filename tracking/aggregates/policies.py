"""Runs TimescaleDB's policies, on both engines: the embedded one has no background workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def run_all(url: URL, prefix: str = "") -> list[str]:
    """Runs every policy that there is now, or those whose name begins so; returns their names.

    Each by itself, outside a transaction, as its procedure demands. A policy does only what is due, so running one
    early or twice is harmless. Raises `ExceptionGroup` of what failed, when all have had their turn.
    """
    failures: list[psycopg.Error] = []
    with db.connect(url) as connection:
        due = [row for row in db.run(connection, "policy_jobs").fetchall() if row[1].startswith(prefix)]
        for job_id, name in due:
            try:
                connection.execute(f"call run_job({job_id:d})")  # CALL takes no parameters here
            except psycopg.Error as error:
                error.add_note(name)
                failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(due)} policies failed: {failures[0]}", failures)
    return [name for _, name in due]
