"""Drops raw events after RETENTION_DAYS, once they are counted and in the trails; counts and trails stay."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

from tracking import db

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import URL

WAIT_FOR_CHUNKS = 60.0
"""Seconds to wait for refreshes and questions that hold the oldest chunks."""


def drop_raw_events(url: URL) -> datetime | None:
    """Drops raw events that are due; returns the time before which they may be gone now, or None if none were due.

    Raises `psycopg.errors.LockNotAvailable` where others held those chunks all the time.
    """
    given_up = time.monotonic() + WAIT_FOR_CHUNKS
    with db.connect(url) as connection:
        while True:
            try:
                row = db.run(connection, "raw_events_drop").fetchone()
                return row[0] if row else None
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                if time.monotonic() > given_up:
                    raise
                time.sleep(0.5)
