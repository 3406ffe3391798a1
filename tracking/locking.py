"""Changes of the schema that keep no writer waiting: they ask for a lock for a second, give way, and ask again.

A statement that waits for a table stands before everybody who comes after it, writers of events among them.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracking.prerequisites import Connection

LOCK_TIMEOUT = "1s"
"""So long writers wait at most, and then go on."""
TRIES = 30
PAUSE = 2.0
"""Seconds between two tries, in which those who had to wait are served."""
HELD = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
"""The errors of a change whose locks others hold."""


def patiently(connection: Connection, change: Callable[[], None]) -> None:
    """Makes the change in a transaction of its own; again if others hold its locks. Raises the last try's error."""
    for left in reversed(range(TRIES)):
        with suppress(*(HELD if left else ())), connection.transaction():
            change()
            return
        time.sleep(PAUSE)


def holder(connection: Connection) -> str:
    """Who probably holds the lock, in words: the oldest transaction of another session; empty if there is none."""
    row = db.run(connection, "oldest_transaction").fetchone()
    if row is None:
        return ""
    pid, login, since = row
    return f"; {login} has had a transaction open since {since:%H:%M:%S%z}: end it (select pg_terminate_backend({pid}))"
