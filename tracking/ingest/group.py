"""Group commit: requests that wait at the same time share one statement and one commit.

There is no writer thread. The first to come leads: it writes all that waits, its own rows among it, wakes those whose
rows these are, and hands the lead to the first of those who came meanwhile. At rest a request is written at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from tracking.errors import Problem
from tracking.ingest.writer import UNFIT
from tracking.telemetry.series import COMMIT_ROWS, COMMIT_SECONDS, COMMIT_WAIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.writer import Verdict, Write

MAX_GROUP = 2_000
"""Rows in one statement: about 20 ms of work. One request may have more by itself."""
MAX_WAITING = 20_000
"""Rows that may wait in one process: a second or two of the database's work."""
LINGER = 0.001
"""Seconds that a leader waits before it writes, if the last group had company: a commit costs as much as 70 rows, so
under load it pays to let those in that are being read just now."""
ENOUGH = 100
"""Rows with which a leader does not wait."""
WAIT_FOR_COMMIT = 15.0
"""Seconds that a request waits to be written; after that it is refused, unwritten."""


class Ticket:
    """The rows of one request, and the result: nothing yet, verdicts, or an error."""

    __slots__ = ("_bell", "error", "leads", "rejected", "rows", "since", "verdicts")

    def __init__(self, rows: Sequence[bytes], rejected: Sequence[bytes]) -> None:
        self.rows = rows
        self.rejected = rejected
        self.since = time.monotonic()
        self.leads = False
        self.verdicts: list[Verdict] | None = None
        self.error: Exception | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self) -> None:
        """Waits until a leader wakes it. A leader's own time is bounded."""
        self._bell.acquire()

    def wake(self) -> None:
        """Ends the wait."""
        self._bell.release()

    @property
    def is_settled(self) -> bool:
        """Whether it has its verdicts or an error."""
        return self.verdicts is not None or self.error is not None

    def result(self) -> list[Verdict]:
        """The verdicts. Raises the ticket's error, or `Problem` 503 if it has neither."""
        if self.error is not None:
            raise self.error
        if self.verdicts is None:  # its leader was ended in the middle: perhaps its rows are committed, perhaps not
            raise Problem(503, "interrupted", "Writing was interrupted; send the same events again.", retry_after=1)
        return self.verdicts


class GroupCommit:
    def __init__(self, write: Write) -> None:
        self._write = write
        self._lock = threading.Lock()  # guards all fields below
        self._queue: deque[Ticket] = deque()
        self._waiting = 0
        self._led = False
        self._in_company = False
        self._apart = threading.Lock()

    @property
    def waiting(self) -> int:
        """Number of rows that wait for their turn."""
        return self._waiting

    def write(self, rows: Sequence[bytes], rejected: Sequence[bytes] = ()) -> list[Verdict]:
        """See `Write`. Raises one of `UNFIT` if the database refuses these rows. Raises `Problem` 503 if too much
        waits already, the turn does not come in time, the database took too long over these rows, or the leader that
        wrote them was ended in the middle.
        """
        ticket = Ticket(rows, rejected)
        with self._lock:
            if self._waiting > MAX_WAITING:
                raise Problem(
                    503, "busy", "More events wait to be written than can be soon; send again.", retry_after=1
                )
            self._queue.append(ticket)
            self._waiting += len(rows)
            ticket.leads = not self._led
            self._led = True
        try:
            if not ticket.leads:
                ticket.wait()
            if ticket.leads:
                self._lead(ticket)
        finally:
            if (
                not ticket.is_settled
            ):  # this request was ended while it waited, lingered or wrote, or just before it led
                self._withdraw(ticket)
        return ticket.result()

    def alone(self, rows: Sequence[bytes], rejected: Sequence[bytes] = ()) -> list[Verdict]:
        """See `Write`. By a statement of its own, while others lead: for what may be refused. One at a time, so that
        there are connections left.
        """
        with self._apart:
            return self._write(rows, rejected)

    def _lead(self, ticket: Ticket) -> None:
        """Writes the next group, which begins with the leader's own ticket."""
        if self._in_company and self._waiting < ENOUGH:
            time.sleep(LINGER)
        group = self._take()
        begun = time.monotonic()
        try:
            self._commit(group)
        finally:
            COMMIT_ROWS.add((), sum(len(ticket.rows) for ticket in group))
            COMMIT_WAIT.add((), begun - group[0].since)
            COMMIT_SECONDS.add((), time.monotonic() - begun)
            with self._lock:
                self._in_company = len(group) > 1
                self._hand_on(ticket)
            for follower in group[1:]:
                follower.wake()

    def _hand_on(self, leader: Ticket) -> None:
        leader.leads = False
        self._led = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].wake()

    def _withdraw(self, ticket: Ticket) -> None:
        """Takes back the rows of a request that was ended, and lets the next one lead."""
        with self._lock:
            if ticket in self._queue:
                self._queue.remove(ticket)
                self._waiting -= len(ticket.rows)
            if ticket.leads:
                self._hand_on(ticket)

    def _take(self) -> list[Ticket]:
        taken: list[Ticket] = []
        size = 0
        with self._lock:
            while self._queue and (not taken or size + len(self._queue[0].rows) <= MAX_GROUP):
                taken.append(self._queue.popleft())
                size += len(taken[-1].rows)
            self._waiting -= size
        return taken

    def _commit(self, group: list[Ticket]) -> None:
        """Each ticket of the group has its verdicts or an error afterwards."""
        if time.monotonic() - group[0].since > WAIT_FOR_COMMIT:  # of all that are left, this one has waited longest
            late = Problem(503, "busy", "The database does not keep up; send the same events again.", retry_after=2)
            for ticket in group:
                ticket.error = late
            return
        try:
            written = iter(
                self._write(
                    [row for ticket in group for row in ticket.rows],
                    [one for ticket in group for one in ticket.rejected],
                )
            )
            for ticket in group:
                ticket.verdicts = list(islice(written, len(ticket.rows)))
        except Exception as error:  # noqa: BLE001 - each of them answers with it
            if _took_too_long(error):
                self._commit_each(group, error)
            elif isinstance(error, UNFIT) and len(group) > 1:  # until the ticket at fault is alone
                middle = len(group) // 2
                self._commit(group[:middle])
                self._commit(group[middle:])
            else:
                for ticket in group:
                    ticket.error = error

    def _commit_each(self, group: list[Ticket], error: Exception) -> None:
        """Writes each ticket by itself: one of them takes too long, and the others must not pay for it."""
        if len(group) > 1:
            for ticket in sorted(
                group, key=lambda ticket: len(ticket.rows)
            ):  # large ones, which are likely at fault, come last
                self._commit([ticket])
            return
        group[0].error = Problem(
            503,
            "too-slow",
            "The database took too long over these events; nothing of them was stored. Send fewer at once.",
            retry_after=5,
        )
        group[0].error.__cause__ = error


def _took_too_long(error: Exception) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled)
