"""Dead letters: messages that no drain could write. They are listed, sent again, or thrown away."""

from __future__ import annotations

import time
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from kombu.messaging import Consumer

from tracking.queues.broker import body_of
from tracking.queues.message import MessageError, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kombu.connection import Connection
    from kombu.message import Message as Delivery

    from tracking.queues.broker import Broker

QUIET_SECONDS = 3.0
"""Without another message for so long, there are no more."""


class Letter(NamedTuple):
    """A dead letter. If it cannot be read, `source`, `accepted_at` and `events` are empty, and `id` is of its bytes."""

    id: str
    source: str
    accepted_at: str
    events: int | None
    reason: str
    at: str
    """When it was put aside."""


def letters(broker: Broker, most: int) -> list[Letter]:
    """The dead letters, `most` of them at most; they stay where they are. Raises one of `broker.ERRORS`."""
    with broker.connected() as connection, _taken(broker, connection, most) as taken:
        return [_letter(delivery) for delivery in taken]


def resend(broker: Broker, only: frozenset[str], most: int) -> Iterator[Letter]:
    """Puts dead letters, or only those with these ids, back into the queue, and yields each once that is done.

    Raises one of `broker.ERRORS`; then the others stay dead letters.
    """
    with broker.connected() as connection, _taken(broker, connection, most) as taken:
        for delivery in taken:
            letter = _letter(delivery)
            if only and letter.id not in only:
                continue
            broker.publish(connection, broker.main, body_of(delivery), group=letter.source or "unknown")
            delivery.ack()
            yield letter


def discard(broker: Broker, only: frozenset[str], most: int) -> Iterator[Letter]:
    """Throws dead letters with these ids away, and yields each once it is gone. Raises one of `broker.ERRORS`."""
    with broker.connected() as connection, _taken(broker, connection, most) as taken:
        for delivery in taken:
            letter = _letter(delivery)
            if letter.id in only:
                delivery.ack()
                yield letter


@contextmanager
def _taken(broker: Broker, connection: Connection, most: int) -> Iterator[list[Delivery]]:
    """Dead letters in hand; those that are not acknowledged go back when the connection closes."""
    taken: list[Delivery] = []
    # Amazon SQS counts about, and not at all what somebody looked at a moment ago
    waiting = most if broker.is_sqs else min(most, broker.depth(connection, broker.dead))
    consumer = Consumer(
        connection.default_channel,
        queues=[broker.dead],
        on_message=taken.append,
        auto_declare=False,
        prefetch_count=most,
    )
    consumer.consume()
    until = time.monotonic() + QUIET_SECONDS
    while len(taken) < waiting and time.monotonic() < until:
        before = len(taken)
        try:
            connection.drain_events(timeout=0.2)
        except TimeoutError:
            continue
        if len(taken) > before:
            until = time.monotonic() + QUIET_SECONDS
    yield taken


def _letter(delivery: Delivery) -> Letter:
    headers = delivery.headers or {}
    reason = str(headers.get("reason") or "delivered too often: each time its drain died, or lost the database")
    at = str(headers.get("at", ""))
    try:
        message = read(body_of(delivery))
    except MessageError:
        return Letter(f"unread-{blake2b(body_of(delivery), digest_size=6).hexdigest()}", "", "", None, reason, at)
    events = len(message.rows) + len(message.rejected)
    return Letter(str(message.id), message.source, message.accepted_at.isoformat(), events, reason, at)
