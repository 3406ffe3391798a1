"""Stage 4 with a queue in front: rows are published instead of written, and their verdict is `queued`."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from tracking.errors import Problem
from tracking.ingest.group import GroupCommit
from tracking.queues.broker import ERRORS, said
from tracking.queues.message import empty, messages
from tracking.vocabulary import QUEUED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kombu.connection import Connection

    from tracking.ingest.writer import Verdict, Write
    from tracking.provenance.grants import Grant
    from tracking.queues.broker import Broker

log = structlog.get_logger(__name__)

CONNECTIONS = 4
"""Of each API process to the broker. A source's requests share a message while they wait, so more would wait, too."""
WAIT_FOR_BROKER = 6.0
"""Seconds that a message is sent again while the broker is away: a restart takes some."""
BETWEEN_TRIES = 1.0
NOBODY = "nobody"
"""The source of a message without events."""
_QUEUED: Verdict = {"verdict": QUEUED}


class Publisher:
    """Gives each sender a `Write` that publishes. Requests of one source that wait at the same time share a message."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._idle: list[Connection] = []
        self._groups: dict[str, GroupCommit] = {}
        self._gave_up_at: float | None = None

    def of(self, grant: Grant) -> Write:
        """What writes the events of a request. One with a proof is a message by itself: the drain settles whether the
        proof was used before.
        """
        source = grant.source_name
        if grant.single_use_id is not None:
            return partial(self._publish, source, single_use_id=grant.single_use_id)
        group = self._groups.get(source)
        if group is None:
            group = self._groups[source] = GroupCommit(partial(self._publish, source))
        return group.write

    def _publish(
        self, source: str, rows: Sequence[bytes], rejected: Sequence[bytes], single_use_id: bytes | None = None
    ) -> list[Verdict]:
        """Returns once the broker has confirmed all. Raises `Problem` 503 if it does not in time; some of the rows may
        be queued then, and are duplicates when they come again.
        """
        self._send(source, messages(source, datetime.now(UTC), rows, rejected, single_use_id))
        return [_QUEUED] * len(rows)

    def _send(self, source: str, bodies: Iterable[bytes]) -> None:
        until, pause = time.monotonic() + (WAIT_FOR_BROKER if self._gave_up_at is None else 0), 0.05
        for body in bodies:
            while True:
                if self._gave_up_at is not None and time.monotonic() < self._gave_up_at + BETWEEN_TRIES:
                    raise _away()  # one in a while tries, and the others do not wait for it
                try:
                    with self._connection() as connection:
                        self._broker.publish(connection, self._broker.main, body, group=source)
                    self._gave_up_at = None
                    break
                except ERRORS as error:
                    if time.monotonic() > until:
                        self._give_up(error)
                        raise _away() from error
                    log.warning("publishing again", error=type(error).__name__)
                time.sleep(pause)
                pause = min(2 * pause, 1.0)

    def _give_up(self, error: Exception) -> None:
        self._gave_up_at = time.monotonic()
        log.error("the queue is away", said=said(error, self._broker.address))

    def check(self) -> None:
        """Raises `Problem` 503 if the broker cannot take messages now. If the last one failed, an empty one tells."""
        if self._gave_up_at is not None:
            self._send(NOBODY, [empty(NOBODY, datetime.now(UTC))])
            return
        try:
            with self._connection() as connection:
                self._broker.depth(connection, self._broker.main)
        except ERRORS as error:
            raise _away() from error

    def close(self) -> None:
        """Closes the connections."""
        while self._idle:
            _drop(self._idle.pop())

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection of its own. One with which something failed is not used again."""
        if not self._room.acquire(timeout=WAIT_FOR_BROKER):
            raise TimeoutError("all connections to the broker are in use")
        try:
            connection = self._idle.pop() if self._idle else self._broker.connection()
            try:
                if not connection.connected:
                    self._broker.declare(connection)
                yield connection
            except BaseException:  # a request that is ended leaves half an answer behind, too
                _drop(connection)
                raise
            self._idle.append(connection)
        finally:
            self._room.release()


def _away() -> Problem:
    return Problem(503, "queue-unavailable", "The queue cannot be reached; send the same again.", retry_after=2)


def _drop(connection: Connection) -> None:
    """Without a word to the broker, which may not answer."""
    with suppress(Exception):
        connection.collect()
