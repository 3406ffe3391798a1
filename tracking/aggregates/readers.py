"""Ends queries and transactions that `marketing` keeps open too long: it can lift its own statement_timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL

log = structlog.get_logger("jobs")

SECONDS = 60.0
"""Twice the role's own statement_timeout."""


def end_long(url: URL, seconds: float = SECONDS) -> None:
    """Cancels the query of each transaction older than `seconds`; ends the session if none runs, or it goes on."""
    with db.connect(url) as connection:
        for pid, role, state, _ in db.run(connection, "readers_end", seconds=seconds).fetchall():
            log.warning("a reader took too long", pid=pid, role=role, state=state)
