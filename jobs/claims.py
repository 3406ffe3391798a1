"""A run is claimed in the database before any work is done, so no two processes run a job at once.

The row of the run is the claim. Its process moves `alive_until` ahead while it works; once that has passed, another
may close the row and claim a run of its own. Decision 1 says why it is a row, and no advisory lock.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import structlog

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import URL

log = structlog.get_logger("jobs")

ALIVE, BEAT = 30.0, 10.0
"""Seconds after which a run without a sign of life is lost, and between two signs."""

ATTEMPTS, PAUSE = 5, 15 * 60
"""Of a daily job that fails: how often it is tried for one time, and seconds between two attempts."""

INSTANCE = f"{socket.gethostname()}:{os.getpid()}"


class Ended(NamedTuple):
    outcome: str
    rows: int | None = None
    error: str | None = None


def take(url: URL, job: str, due: datetime | None, *, asked: bool) -> int | None:
    """The number of a run that is this process's now, or None.

    `asked`: a person wants it now. Failures before do not matter then; and if it was done for its due time, this is
    a run for no time.
    """
    with db.connect(url) as connection:
        for due_at in (due, None) if asked and due else (due,):
            with connection.transaction():
                db.run(connection, "job_break_off", job=job)
                row = db.run(
                    connection, "job_claim", job=job, due_at=due_at, instance=INSTANCE, seconds=ALIVE,
                    asked=asked, attempts=ATTEMPTS, pause=PAUSE,
                ).fetchone()  # fmt: skip
            if row is not None:
                return int(row[0])
    return None


@contextmanager
def alive(url: URL, run: int) -> Iterator[None]:
    """Gives signs of life during a `with` block."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            try:
                with db.connect(url) as connection:
                    if db.run(connection, "job_alive", run=run, seconds=ALIVE).fetchone() is None:
                        return
            except psycopg.Error as error:
                log.warning("cannot say that a job still runs", error=type(error).__name__)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def end(url: URL, run: int, job: str, ended: Ended) -> None:
    """Records how the run ended; without a database it is broken off, in the eyes of all others."""
    try:
        with db.connect(url) as connection:
            row = db.run(connection, "job_end", run=run, **ended._asdict()).fetchone()
        if row is None:
            log.warning("a job ran on after others held it for lost", job=job, outcome=ended.outcome)
    except psycopg.Error as error:
        log.warning("could not record how a job ended", job=job, error=type(error).__name__)
