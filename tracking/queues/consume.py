"""The drain: takes messages off the queue and writes their rows, once each, by the writer that requests use, too."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import sqlalchemy.exc
import structlog
from kombu.messaging import Consumer

from tracking import db
from tracking.ingest.settle import settle
from tracking.ingest.writer import HOPELESS, WAIT_FOR_DATABASE, Verdict, verdicts_of
from tracking.queues.broker import ERRORS, body_of, said
from tracking.queues.message import Message, MessageError, read

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    import sqlalchemy
    from kombu.connection import Connection
    from kombu.message import Message as Delivery
    from sqlalchemy import Engine

    from tracking.queues.broker import Broker

log = structlog.get_logger(__name__)

IN_HAND = 100
"""Messages that one drain holds: what is delivered once more if it dies."""
MAX_ROWS = 2_000
"""Rows that are written in one transaction, unless one message has more."""
LINGER = 0.02
"""Seconds that a drain waits for more messages before it writes."""
SHARE = 0.3
"""Of its time that a drain writes at most: readers of the database keep the rest, however long the backlog is."""
HEARTBEAT = 60
PAUSE = 1.0
MAX_PAUSE = 60.0
"""Seconds between two tries while nothing could be written: each gives messages back, which counts as delivered."""
DATABASE_AWAY = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    sqlalchemy.exc.ProgrammingError,  # its schema is older than this version
)
"""With these no message can be written now, whatever is in it."""


class TooSlowError(Exception):
    """The statement took longer than STATEMENT_TIMEOUT_MS."""


class Taken(NamedTuple):
    """A message in hand."""

    delivery: Delivery
    message: Message


class Drain:
    """One drain; start as many as you like."""

    def __init__(self, broker: Broker, engine: Engine) -> None:
        self._broker = broker
        self._engine = engine
        self._delivered: deque[Delivery] = deque()
        self._has_written = False

    def run(self, stop: threading.Event) -> None:
        """Writes until told to stop. While the database is away, it takes nothing off the queue: a message that is
        given back counts as delivered, and after some deliveries it would be a dead letter.
        """
        pause = PAUSE
        while not stop.is_set():
            try:
                self._ping()
                with self._broker.connected(heartbeat=HEARTBEAT) as connection:
                    log.info("draining", queue=self._broker.main.name)
                    self._consume(connection, stop)
            except (*DATABASE_AWAY, TooSlowError) as error:
                log.warning("the database is away; nothing is taken off the queue", error=type(error).__name__)
            except ERRORS as error:
                log.warning("the queue is away", said=said(error, self._broker.address))
            pause = PAUSE if self._has_written else min(2 * pause, MAX_PAUSE)
            stop.wait(pause)

    def _ping(self) -> None:
        """Raises one of `DATABASE_AWAY` if nothing can be written: a server that only reads is away, too."""
        with self._engine.begin() as connection:
            db.run(connection, "queue_take", ids=[], times=[])

    def _consume(self, connection: Connection, stop: threading.Event) -> None:
        self._delivered.clear()
        self._has_written = False
        consumer = Consumer(
            connection.default_channel,
            queues=[self._broker.main],
            on_message=self._delivered.append,
            auto_declare=False,
            prefetch_count=IN_HAND,
        )
        consumer.consume()
        while not stop.is_set():
            self._gather(connection)
            began = time.monotonic()
            while self._delivered:
                self._write(connection, self._next())
            stop.wait((time.monotonic() - began) * (1 - SHARE) / SHARE)
            connection.heartbeat_check()

    def _gather(self, connection: Connection) -> None:
        """Waits for a message, and then a moment for more."""
        timeout = PAUSE
        while len(self._delivered) < IN_HAND:
            before = len(self._delivered)
            try:
                connection.drain_events(timeout=timeout)
            except TimeoutError:
                return
            if len(self._delivered) > before:
                if self._broker.is_sqs:  # which gave ten, and would make the next call wait
                    return
                timeout = LINGER

    def _next(self) -> list[Delivery]:
        """Messages with about so many rows as one transaction writes."""
        some, size = [], 0
        while self._delivered and size < MAX_ROWS * 200:
            some.append(self._delivered.popleft())
            size += len(some[-1].body)
        return some

    def _write(self, connection: Connection, deliveries: list[Delivery]) -> None:
        """Each of them is written, or a dead letter, and gone from the queue afterwards."""
        taken = []
        for delivery in deliveries:
            try:
                taken.append(Taken(delivery, read(body_of(delivery))))
            except MessageError as error:
                self._bury(connection, delivery, str(error))
        if not taken:
            return
        try:
            self._patiently(partial(self._settle, taken))
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is at fault, or all together take too long
            log.info("writing one by one", error=type(error).__name__, messages=len(taken))
            for one in taken:
                self._write_alone(connection, one)
        else:
            self._has_written = True
            for one in taken:
                one.delivery.ack()

    def _write_alone(self, connection: Connection, one: Taken) -> None:
        try:
            self._patiently(partial(self._settle_alone, one))
        except (*DATABASE_AWAY, TooSlowError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the messages behind it must not wait
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            self._bury(connection, one.delivery, f"it cannot be written: {reason}", one.message.source)
        else:
            one.delivery.ack()

    def _patiently(self, settle: Callable[[], None]) -> None:
        """Again and again for some seconds, while the database is away: writing is idempotent."""
        until, pause = time.monotonic() + WAIT_FOR_DATABASE, 0.05
        while True:
            try:
                return settle()
            except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InternalError) as error:
                if isinstance(error.orig, psycopg.errors.QueryCanceled):
                    raise TooSlowError from error
                if isinstance(error.orig, HOPELESS) or time.monotonic() > until:
                    raise
                log.warning("writing again", error=type(error.orig).__name__)
                self._engine.dispose()  # a demoted server stays read-only: find the new one
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _settle(self, taken: Sequence[Taken]) -> None:
        """Writes the rows of all messages that are not written yet, in one transaction."""
        with self._engine.begin() as connection:
            new = _claim(connection, [one.message for one in taken])
            rows = [bytes(row) for message in new for row in message.rows]
            rejected = [bytes(row) for message in new for row in message.rejected]
            if rows or rejected:
                _ingest(connection, rows, rejected)

    def _settle_alone(self, one: Taken) -> None:
        """The same, where the database refuses one of the rows: the others are written, and it is rejected."""
        message = one.message
        with self._engine.begin() as connection:
            if _claim(connection, [message]):
                rows = [bytes(row) for row in message.rows]
                rejected = [bytes(row) for row in message.rejected]
                write = partial(_ingest_part, connection)
                write((), rejected)
                settle(write, message.source, rows)

    def _bury(self, connection: Connection, delivery: Delivery, reason: str, source: str = "unknown") -> None:
        log.error("a message is put among the dead letters", reason=reason)
        self._broker.bury(connection, delivery, reason, group=source)


def _claim(connection: sqlalchemy.Connection, messages: Sequence[Message]) -> list[Message]:
    """Those that were not written before, each once."""
    mine = {message.id: message for message in messages}
    times = [message.accepted_at for message in mine.values()]
    new = set(db.run(connection, "queue_take", ids=list(mine), times=times).scalars())
    return [message for id_, message in mine.items() if id_ in new]


def _ingest(connection: sqlalchemy.Connection, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
    batch, refused = ((b"[" + b",".join(some) + b"]").decode() for some in (rows, rejected))
    return verdicts_of(len(rows), db.run(connection, "ingest", batch=batch, rejected=refused).all())


def _ingest_part(connection: sqlalchemy.Connection, rows: Sequence[bytes], rejected: Sequence[bytes]) -> list[Verdict]:
    """Within the transaction, which goes on if this part is refused."""
    with connection.begin_nested():
        return _ingest(connection, rows, rejected)
