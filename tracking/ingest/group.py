"""Group commit: requests that wait at the same time share one statement and one commit.

There is no writer thread. Whoever gets a turn writes everything that waits, its own rows among it, and those who
waited find theirs done. At rest a request is written at once; under load the groups grow by themselves, as large as
what arrives during one commit.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from tracking.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.writer import Verdict, Write

MAX_GROUP = 2_000
"""Rows in one statement: about 20 ms of work. One request may have more by itself."""
MAX_WAITING = 20_000
"""Rows that may wait in one process: a second or two of the database's work."""
PATIENCE = 15.0
"""Seconds after which a request gives up waiting for its turn."""


class Ticket:
    """What one request has to write, and what became of it."""

    __slots__ = ("done", "error", "refused", "rows", "verdicts")

    def __init__(self, rows: Sequence[bytes], refused: Sequence[bytes]) -> None:
        self.rows = rows
        self.refused = refused
        self.verdicts: list[Verdict] = []
        self.error: BaseException | None = None
        self.done = False


class GroupCommit:
    def __init__(self, write: Write, *, writers: int = 1) -> None:
        self._write = write
        self._turns = threading.Semaphore(writers)
        self._lock = threading.Lock()  # of the two below
        self._queue: deque[Ticket] = deque()
        self._waiting = 0

    def write(self, rows: Sequence[bytes], refused: Sequence[bytes] = ()) -> list[Verdict]:
        """See `Write`. Raises `Problem` 503 where too much waits already, or the turn does not come in time."""
        ticket = Ticket(rows, refused)
        with self._lock:
            if self._waiting > MAX_WAITING:
                raise Problem(
                    503, "busy", "More events wait to be written than can be soon; send again.", retry_after=1
                )
            self._queue.append(ticket)
            self._waiting += len(rows)
        until = time.monotonic() + PATIENCE
        while not ticket.done:
            if not self._turns.acquire(timeout=max(0.0, until - time.monotonic())):
                self._give_up(ticket)
            try:
                if not ticket.done:
                    self._commit(self._take())
            finally:
                self._turns.release()
        if ticket.error is not None:
            raise ticket.error
        return ticket.verdicts

    def _take(self) -> list[Ticket]:
        """The tickets of the next group, oldest first."""
        taken: list[Ticket] = []
        size = 0
        with self._lock:
            while self._queue and (not taken or size + len(self._queue[0].rows) <= MAX_GROUP):
                taken.append(self._queue.popleft())
                size += len(taken[-1].rows)
            self._waiting -= size
        return taken

    def _commit(self, tickets: list[Ticket]) -> None:
        try:
            written = iter(
                self._write(
                    [row for ticket in tickets for row in ticket.rows],
                    [refused for ticket in tickets for refused in ticket.refused],
                )
            )
            for ticket in tickets:
                ticket.verdicts = list(islice(written, len(ticket.rows)))
        except Exception as error:  # noqa: BLE001 - each of them answers with it
            for ticket in tickets:
                ticket.error = error
        finally:
            for ticket in tickets:
                ticket.done = True

    def _give_up(self, ticket: Ticket) -> None:
        with self._lock, suppress(ValueError):  # not there: it is being written, and sent again it will be a duplicate
            self._queue.remove(ticket)
            self._waiting -= len(ticket.rows)
        raise Problem(503, "busy", "The database does not keep up; send the same events again.", retry_after=2)
