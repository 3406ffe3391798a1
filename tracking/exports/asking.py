"""Short reads for an export: each on a connection of its own, and tried again while the database is away."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import psycopg
import sqlalchemy.exc
import structlog

from tracking.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from tracking.stats.questions import Counts

log = structlog.get_logger(__name__)

T = TypeVar("T")

TO_BEGIN, TO_GO_ON = 2.0, 30.0
"""Seconds for which a read is tried again: before the answer has begun, and then. An answer that was begun can only
break off.
"""
AWAY = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InternalError, sqlalchemy.exc.InterfaceError)


@contextmanager
def in_turn(counts: Counts, account: str) -> Iterator[Connection]:
    """A connection for one read of the API's: an export is one of those who ask, and takes its turn among them."""
    with counts.turns.turn(account), counts.engine.connect() as connection:
        yield connection


class Asking:
    """Reads by connections that `opening` gives. `patience`: seconds for which one read is tried again."""

    def __init__(self, opening: Callable[[], AbstractContextManager[Connection]], patience: float = TO_BEGIN) -> None:
        self._opening = opening
        self.patience = patience

    def __call__(self, read: Callable[[Connection], T]) -> T:
        """What it read. Raises what the last try raised."""
        until, pause = time.monotonic() + self.patience, 0.05
        while True:
            try:
                with self._opening() as connection:
                    return read(connection)
            except Problem as problem:
                if problem.retry_after is None or time.monotonic() > until:
                    raise
            except AWAY as error:
                if isinstance(error.orig, psycopg.errors.QueryCanceled) or time.monotonic() > until:
                    raise
                log.warning("reading again", error=type(error.orig).__name__)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
