"""Sends what was frozen: several workers side by side, each message by whoever claimed it."""

from __future__ import annotations

import os
import random
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import structlog

from tracking import db, deployment
from tracking.notifications.channels import configured
from tracking.notifications.letters import Message, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.notifications.freezing import Freezer
    from tracking.notifications.letters import Sender
    from tracking.settings import Settings

log = structlog.get_logger("jobs")

WORKERS = 4
"""Attempts at once, for each channel."""
PAGES = 20
"""Pages of the outbox that are frozen before what was frozen is sent."""
ROUNDS = 100
"""Of freezing and sending in one run of the job; the next run is seconds later."""
LEASE = 180.0
"""Seconds for which a worker has a message to itself: more than an attempt takes."""
FIRST_DELAY, LONGEST_DELAY = 10.0, 3600.0
"""Seconds until the second attempt, and at most until each later one."""


class Claim(NamedTuple):
    """A message that this worker may send, and the number of the attempt."""

    message: Message
    attempt: int
    at_least_once: bool


class LostClaimError(Exception):
    """Another worker has the message: this one was away for too long."""


def send(settings: Settings) -> int:
    """Freezes and sends all that is due; returns the number of messages that arrived."""
    engine = db.engine(db.owner_url(settings), pool_size=WORKERS)
    try:
        decided = deployment.read(engine)
        freezers = configured(settings)
        sent = 0
        for _ in range(ROUNDS):
            settle(engine)
            frozen = sum(_freeze_some(engine, decided, freezer) for freezer in freezers)
            sent += sum(send_all(engine, freezer.name, freezer.channel) for freezer in freezers)
            if not frozen:
                break
        return sent
    finally:
        engine.dispose()


def settle(engine: Engine) -> None:
    """Puts on record what will not be sent: too late, stopped, or nobody knows what became of it."""
    with engine.begin() as connection:
        db.run(connection, "turns_lock")
        db.run(connection, "messages_lost")
        db.run(connection, "messages_thaw")
    with engine.begin() as connection:
        db.run(connection, "turns_lock")
        now = db.run(connection, "now").scalar_one()
        db.run(connection, "outbox_readdress", now=now)
        db.run(connection, "outbox_settle", now=now)


def _freeze_some(engine: Engine, decided: Deployment, freezer: Freezer) -> int:
    """Makes the next messages, not all: who waits longest is not kept waiting for the rest. Returns how many people."""
    pages = (freezer.freeze(engine, decided) for _ in range(PAGES))
    return sum(takewhile(bool, pages))


def send_all(engine: Engine, name: str, sender: Sender) -> int:
    """Sends what is due through the channel of this name; returns the number of messages that arrived."""
    with engine.begin() as connection:
        due: int = db.run(connection, "messages_due", channel=name, limit=WORKERS).scalar_one()
    if not due:
        return 0
    with ThreadPoolExecutor(due) as pool:
        return sum(pool.map(Worker.work, [Worker(engine, name, sender) for _ in range(due)]))


@dataclass(slots=True)
class Worker:
    """Sends the messages of a channel, one at a time."""

    engine: Engine
    name: str
    channel: Sender
    holder: str = ""

    def __post_init__(self) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def work(self) -> int:
        """Sends until nothing is due; returns how many messages arrived."""
        sent = 0
        while claim := self.claim():
            try:
                outcome = self.channel.send(claim.message, self._hand_over(claim))
            except LostClaimError:
                log.warning("another worker took over", message=claim.message.id)
                continue
            self._answered(claim, outcome)
            sent += outcome.state == "sent"
        return sent

    def claim(self) -> Claim | None:
        """The message that waits longest, for LEASE seconds."""
        with self.engine.begin() as connection:
            row = db.run(
                connection, "messages_claim", channel=self.name, holder=self.holder, seconds=LEASE
            ).one_or_none()
        if row is None:
            return None
        return Claim(Message(row.message, row.address, bytes(row.body)), row.attempts, row.at_least_once)

    def _hand_over(self, claim: Claim) -> Callable[[], None]:
        def note() -> None:
            with self.engine.begin() as connection:
                held = db.run(
                    connection, "messages_hand_over",
                    message=claim.message.id, attempt=claim.attempt, holder=self.holder, seconds=LEASE,
                ).one_or_none()  # fmt: skip
            if held is None:
                raise LostClaimError

        return note

    def _answered(self, claim: Claim, outcome: Outcome) -> None:
        state = _state(outcome, at_least_once=claim.at_least_once)
        with self.engine.begin() as connection:
            db.run(
                connection, "messages_answered",
                message=claim.message.id, attempt=claim.attempt, outcome=outcome.state, answer=outcome.answer,
                state=state, delay=_delay(claim.attempt, outcome) if state == "waiting" else 0.0,
            )  # fmt: skip
        if state != "sent":
            log.warning("not sent", message=claim.message.id, answer=outcome.answer, state=state)


def _state(outcome: Outcome, *, at_least_once: bool) -> str:
    """What a message is after an attempt."""
    if outcome.state in {"again", "gone"} or (outcome.state == "unknown" and at_least_once):
        return "waiting"
    return outcome.state


def _delay(attempt: int, outcome: Outcome) -> float:
    """Seconds until the next attempt: twice as long each time, or as the other side asks; not all at the same time."""
    backoff = min(FIRST_DELAY * 2.0 ** min(attempt - 1, 20), LONGEST_DELAY)
    return max(backoff * random.uniform(0.5, 1.5), outcome.retry_after or 0.0)  # noqa: S311 - no secret
