"""Stage 4: rows are written once. What this returns is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import sqlalchemy.exc

from tracking import db
from tracking.ingest.decode import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

ATTEMPTS = 3

ACCEPTED: dict[str, str] = {"verdict": "accepted"}
DUPLICATE: dict[str, str] = {"verdict": "duplicate"}


class Writer:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # one statement is its own transaction
        self._statement = db.query("ingest")

    def settle(self, events: Sequence[bytes | Refusal]) -> list[dict[str, str]]:
        """The verdict of each event, in order, once every row among them is committed."""
        written = iter(self.write([event for event in events if isinstance(event, bytes)]))
        return [
            next(written)
            if isinstance(event, bytes)
            else {"verdict": "rejected", "field": event.field, "reason": event.reason}
            for event in events
        ]

    def write(self, rows: Sequence[bytes]) -> list[dict[str, str]]:
        """The verdict of each row, in order, once all are committed.

        Writing is idempotent, so a deadlock or a connection that was lost, even at the commit, is simply tried again.
        """
        if not rows:
            return []
        batch = (b"[" + b",".join(rows) + b"]").decode()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._engine.connect() as connection:
                    there = connection.exec_driver_sql(self._statement, (batch,)).scalars().all()
            except sqlalchemy.exc.OperationalError as error:
                lost = error.connection_invalidated or isinstance(error.orig, psycopg.errors.DeadlockDetected)
                if not lost or attempt == ATTEMPTS:
                    raise
            else:
                break
        verdicts = [ACCEPTED] * len(rows)
        for position in there:
            verdicts[position - 1] = DUPLICATE
        return verdicts
