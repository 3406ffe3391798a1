"""Stage 4: writes rows once. All rows are committed when it returns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import sqlalchemy.exc
import structlog

from tracking import db
from tracking.vocabulary import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

log = structlog.get_logger(__name__)

Verdict = dict[str, str]
"""As the reply has it: `verdict`, for a rejected event `field` and `reason`, and perhaps a `warning`."""

SETTLED: dict[str, Verdict] = {verdict: {"verdict": verdict} for verdict in VERDICTS if verdict != "rejected"}
"""One shared object for each: 500 events do not make 500 of them."""

UNFIT = (sqlalchemy.exc.DataError, sqlalchemy.exc.IntegrityError)
"""Errors with which the database refuses a statement because one of its rows is at fault."""

HOPELESS = (psycopg.errors.QueryCanceled, psycopg.errors.DiskFull)
"""Errors that an immediate retry cannot fix."""

WAIT_FOR_DATABASE = 6.0
"""Seconds that a batch is tried again while the database is away: the embedded engine is back within three."""


class Write(Protocol):
    """Writes rows and rejections, as JSON objects, and gives the rows' verdicts in order, once all is committed."""

    def __call__(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]: ...


class Writer:
    """Writes batches by one statement each, which is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._statement = db.query("ingest")

    def write(self, rows: Sequence[bytes], rejected: Sequence[bytes] = ()) -> list[Verdict]:
        """See `Write`. Writes all, or nothing if it raises one of `UNFIT`.

        Writing is idempotent, so after a deadlock or a connection that was lost, even at the commit, it is simply
        done again. Raises `sqlalchemy.exc.OperationalError` or `InternalError` where the database stays unable to.
        """
        parameters = {"batch": _array(rows), "rejected": _array(rejected)}
        until, pause = time.monotonic() + WAIT_FOR_DATABASE, 0.05
        while True:
            try:
                exceptions = self._execute(parameters)
                break
            except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InternalError) as error:
                if isinstance(error.orig, HOPELESS) or time.monotonic() > until:
                    raise
                log.warning("writing again", error=type(error.orig).__name__, rows=len(rows))
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
        return verdicts_of(len(rows), exceptions)

    def _execute(self, parameters: dict[str, str]) -> Sequence[Any]:
        with self._engine.connect() as connection:
            try:
                return connection.exec_driver_sql(self._statement, parameters).all()
            except sqlalchemy.exc.InternalError:
                connection.invalidate()  # a demoted server stays read-only: find the new one
                raise


def verdicts_of(rows: int, exceptions: Sequence[Any]) -> list[Verdict]:
    """The verdicts of so many rows, of what the statement answers."""
    verdicts = [SETTLED["accepted"]] * rows
    for nth, outcome in exceptions:
        verdicts[nth - 1] = SETTLED[outcome]
    return verdicts


def _array(objects: Sequence[bytes]) -> str:
    return (b"[" + b",".join(objects) + b"]").decode()
