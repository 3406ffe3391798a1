"""A replica that counts are read from, as long as it answers and is not far behind the primary."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy.exc
import structlog

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from tracking.settings import Settings

log = structlog.get_logger(__name__)

SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""All numbers of one answer are true at one moment."""

BEHIND = 60.0
"""Seconds that a replica may be behind the primary: as old as a cached answer may be."""
PASSED_OVER = 5.0
"""Seconds for which a replica that was found away is not asked. Then one question tries it, and no other meanwhile."""
SILENT = {
    "connect_timeout": 2,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""Parameters of libpq: a host that is gone without a word is given up within 15 seconds, not within hours."""
CONFLICT = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
"""The replica ended this one query, as it kept it from replaying (PostgreSQL manual: "Handling Query Conflicts")."""
ASKERS = (psycopg.errors.QueryCanceled, psycopg.DataError)
"""Errors that the question brings along: the primary would not answer it, either."""


class Elsewhere(Exception):  # noqa: N818 - a way to go, no fault
    """The replica does not answer this question: ask the primary."""


class Replica:
    """The replica of one API process, for all threads."""

    def __init__(self, engine: Engine, behind: float = BEHIND, passed_over: float = PASSED_OVER) -> None:
        self._engine = engine
        self._behind = behind
        self._passed_over = passed_over
        self._changing = threading.Lock()
        self._away: str | None = None
        self._tried_at = float("-inf")

    def is_asked(self) -> bool:
        """Whether the next question goes there; if it was away, a single one in a while does."""
        with self._changing:
            now = time.monotonic()
            if self._away is not None and now < self._tried_at + self._passed_over:
                return False
            self._tried_at = now
            return True

    @contextmanager
    def connected(self) -> Iterator[tuple[Connection, datetime]]:
        """A connection for one snapshot, and the moment before which everything that was committed is in it.

        Raises `Elsewhere` if the replica is away, too far behind, or does not let a query end.
        """
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                as_of = self._state(connection)
                connection.rollback()  # the next statement takes the snapshot
                connection.execution_options(**SNAPSHOT)
                yield connection, as_of
        except sqlalchemy.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            if isinstance(cause, ASKERS):
                raise
            said = str(cause).strip().partition("\n")[0]
            if isinstance(cause, CONFLICT):
                log.info("asked the primary", error=type(cause).__name__, said=said)
            else:
                self._found(f"{type(cause).__name__}: {said}")
            raise Elsewhere from error

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    def _state(self, connection: Connection) -> datetime:
        replica, as_of, seconds = db.run(connection, "replica_state").one()
        away = passed_over(replica, seconds, self._behind)
        self._found(away)
        if away is not None:
            raise Elsewhere
        return as_of  # type: ignore[no-any-return]

    def _found(self, away: str | None) -> None:
        with self._changing:
            before, self._away = self._away, away
        if away is not None and before is None:
            log.warning("the primary answers for the replica", because=away)
        elif away is None and before is not None:
            log.info("the replica answers again")


def passed_over(is_replica: bool, seconds: float | None, most: float = BEHIND) -> str | None:
    """Why a server that is so many seconds behind is passed over; None if it is not."""
    if not is_replica:
        return "it is no replica, or is one no more"
    if seconds is None:
        return "it has replayed nothing since its start"
    return f"it is {seconds:.0f} seconds behind, and may be {most:.0f}" if seconds > most else None


def of(settings: Settings) -> Replica | None:
    """The replica that the API reads from, if there is one. It does not connect yet."""
    if (url := db.api_replica_url(settings)) is None:
        return None
    timeout = settings.statement_timeout_ms
    engine = db.engine(url, pool_size=settings.questions_at_once, statement_timeout_ms=timeout, connecting=SILENT)
    return Replica(engine)
