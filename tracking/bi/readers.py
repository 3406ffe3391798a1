"""Ends what a reader of `analytics` keeps running or open too long: it can lift its own statement_timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import structlog

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL

    from tracking.settings import Settings

log = structlog.get_logger("jobs")

SECONDS = 60.0
"""For a login that was made by hand. One that `bi grant` made has its own."""


class ReadersError(Exception):
    """A database whose readers could not be looked at; the message says which, and why."""


def end_long(settings: Settings, seconds: float = SECONDS) -> int:
    """The number of sessions that were cancelled or ended, on the primary and on the replica.

    The query of a transaction older than its login may have is cancelled; if none runs, or it goes on, the session is
    ended.
    Raises `ReadersError` for a database that did not answer; it looks at the other one all the same.
    """
    ended, failed = 0, []
    for name, url in (("DATABASE_URL", db.owner_url(settings)), ("READ_DATABASE_URL", db.replica_url(settings))):
        if url is None:
            continue
        try:
            ended += _end(url, seconds)
        except psycopg.Error as error:
            failed.append(f"{name}: {str(error).strip().partition(chr(10))[0]}")
    if failed:
        raise ReadersError(f"nobody watches the readers of {'; '.join(failed)}")
    return ended


def _end(url: URL, seconds: float) -> int:
    with db.connect(url) as connection:
        found = db.run(connection, "readers_end", seconds=seconds).fetchall()
    for pid, role, state, _ in found:
        log.warning("a reader took too long", pid=pid, role=role, state=state)
    return len(found)
