"""Leadership: of several jobs processes, one works.

A row with an expiry, instead of an advisory lock: it is the same behind a pooler and on the embedded engine, where
all connections share one session. A holder that stalls past the expiry may overlap with its successor for a moment;
so each run is claimed, too (jobs/claims.py).
"""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import Engine

SECONDS = 30


class Lease:
    """A name in the database that one process at a time holds, for SECONDS."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def take(self) -> bool:
        """Takes or extends the lease; False while another holds it."""
        with self._engine.begin() as connection:
            taken = db.run(connection, "lease_take", name=self._name, holder=self.holder, seconds=SECONDS).one_or_none()
        return taken is not None

    def release(self) -> None:
        """Gives the lease up, if it is this process's."""
        with self._engine.begin() as connection:
            db.run(connection, "lease_release", name=self._name, holder=self.holder)
