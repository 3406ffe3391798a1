"""Stage 4: rows are written once. What this returns is committed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import psycopg
import sqlalchemy.exc
import structlog

from tracking import db
from tracking.ingest.decode import Refusal
from tracking.ingest.kept import refused_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from tracking.ingest.kept import Kept

log = structlog.get_logger(__name__)

Verdict = dict[str, str]
"""As the reply has it: `verdict`, and for a rejected event `field` and `reason`."""

VERDICTS: dict[str, Verdict] = {
    verdict: {"verdict": verdict} for verdict in ("accepted", "repeat", "bot", "own", "duplicate", "conflict")
}
"""One shared object for each: 500 events do not make 500 of them."""

HOPELESS = (psycopg.errors.QueryCanceled, psycopg.errors.DiskFull)
"""What a second attempt in a moment does not mend."""

PATIENCE = 6.0
"""Seconds for which a database that went away is waited for: the embedded engine is back within three."""


class Write(Protocol):
    """Writes rows and refusals, as JSON objects, and gives the rows' verdicts in order, once all is committed."""

    def __call__(self, rows: Sequence[bytes], refused: Sequence[bytes]) -> list[Verdict]: ...


def settle(write: Write, source: str, events: Sequence[bytes | Refusal], kept: Kept | None = None) -> list[Verdict]:
    """The verdict of each event, row or refusal, in order, once all that is to be kept of them is committed.

    Without `kept`, every refusal is: who imports a file has it on disk already.
    """
    refused = [event for event in events if isinstance(event, Refusal)]
    if not refused:
        return write(events, ())  # type: ignore[arg-type]  # all are rows
    rows = [event for event in events if isinstance(event, bytes)]
    refusals = kept.rows(source, refused) if kept else [refused_row(source, refusal) for refusal in refused]
    written = iter(write(rows, refusals))
    return [next(written) if isinstance(event, bytes) else rejected(event.field, event.reason) for event in events]


def rejected(field: str, reason: str) -> Verdict:
    return {"verdict": "rejected", "field": field, "reason": reason}


class Writer:
    """Writes batches by one statement each, which is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._statement = db.query("ingest")

    def write(self, rows: Sequence[bytes], refused: Sequence[bytes] = ()) -> list[Verdict]:
        """See `Write`. A row that the database refuses is rejected by itself; its neighbours are written.

        Writing is idempotent, so after a deadlock or a connection that was lost, even at the commit, it is simply
        done again. Raises `sqlalchemy.exc.OperationalError` or `InternalError` where the database stays unable to.
        """
        try:
            return self._write_patiently(rows, refused)
        except (
            sqlalchemy.exc.DataError,
            sqlalchemy.exc.IntegrityError,
        ) as error:  # a row is at fault, not the database
            if len(rows) > 1:
                half = len(rows) // 2
                return self.write(rows[:half], refused) + self.write(rows[half:])
            if not rows:
                raise
            return [self._refuse(rows[0], refused, error)]

    def _write_patiently(self, rows: Sequence[bytes], refused: Sequence[bytes]) -> list[Verdict]:
        parameters = (_array(rows), _array(refused))
        until, pause = time.monotonic() + PATIENCE, 0.05
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
        verdicts = [VERDICTS["accepted"]] * len(rows)
        for nth, outcome in exceptions:
            verdicts[nth - 1] = VERDICTS[outcome]
        return verdicts

    def _execute(self, parameters: tuple[str, str]) -> Sequence[Any]:
        with self._engine.connect() as connection:
            try:
                return connection.exec_driver_sql(self._statement, parameters).all()
            except sqlalchemy.exc.InternalError:
                connection.invalidate()  # a demoted server stays read-only: find the new one
                raise

    def _refuse(self, row: bytes, refused: Sequence[bytes], error: sqlalchemy.exc.DBAPIError) -> Verdict:
        reason = f"the database cannot store it: {str(error.orig).partition(chr(10))[0]}"
        log.error("a row was refused by the database", error=type(error.orig).__name__)
        sent: dict[str, Any] = msgspec.json.decode(row)
        kept = refused_row(sent["s"], Refusal("", reason, sent["n"], row.decode()))
        self._write_patiently((), [*refused, kept])
        return rejected("", reason)


def _array(objects: Sequence[bytes]) -> str:
    return (b"[" + b",".join(objects) + b"]").decode()
