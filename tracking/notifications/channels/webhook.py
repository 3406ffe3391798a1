"""Webhooks: signed batches of events by POST, as Standard Webhooks and CloudEvents have them."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING

from marshmallow import ValidationError

from tracking.notifications import cloudevents, destination, exchange, signing
from tracking.notifications.letters import Frozen, Message, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import time

    from tracking.notifications.letters import Letter
    from tracking.settings import Settings

GONE = 410
BUSY = frozenset({429, 502, 503, 504})
"""Answers that may say when to come again."""
MAX_WAIT = 86_400
MAX_ANSWER = 200
USER_AGENT = "Footfall-Webhooks/1"


class Webhook:
    """Tells a platform's own server, which passes it on to people in its own way."""

    def __init__(self, settings: Settings) -> None:
        self._keys, self._deployment, self._local = settings.secret_keys, settings.deployment, settings.local_webhooks
        self._source = f"footfall/{settings.deployment}"
        self._tls = ssl.create_default_context()
        self._tls.set_alpn_protocols(["http/1.1"])

    def freeze(self, letters: Sequence[Letter]) -> Iterator[Frozen]:
        """Batches for each address; what is in one batch expires at the same time, and has the same quiet hours."""
        groups: dict[tuple[str, datetime, tuple[tuple[time, time], ...], str], list[Letter]] = {}
        for letter in letters:
            key = (letter.address, letter.expires_at, letter.quiet, letter.own_timezone if letter.quiet else "")
            groups.setdefault(key, []).append(letter)
        now = datetime.now(UTC)
        for (address, *_), group in groups.items():
            people = (
                [cloudevents.encoded(item, letter, self._source, now) for item in letter.items] for letter in group
            )
            for batch in cloudevents.batches(people):
                ids = tuple(event.id for event in batch)
                digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
                yield Frozen(Message(f"msg_{digest[:32]}", address, cloudevents.joined(batch)), ids)

    def send(self, message: Message, hand_over: Callable[[], None]) -> Outcome:
        """Whoever gets an event twice knows it by its id: what had no answer is sent again."""
        now = datetime.now(UTC)
        secrets = signing.secrets(self._keys, self._deployment, message.address)
        headers = {
            "Content-Type": cloudevents.CONTENT_TYPE,
            "User-Agent": USER_AGENT,
            **signing.headers(message.id, message.body, secrets, now),
        }
        handed = False

        def hand() -> None:
            nonlocal handed
            hand_over()
            handed = True

        try:
            target = destination.parse(message.address, local=self._local)
            answer = exchange.post(target, message.body, headers, local=self._local, tls=self._tls, hand_over=hand)
        except (ValidationError, destination.RefusedError, OSError, HTTPException) as error:
            return Outcome("unknown" if handed else "again", _reason(error)[:MAX_ANSWER])
        return _outcome(answer, now)


def _outcome(answer: exchange.Answer, now: datetime) -> Outcome:
    said = str(answer.status)
    if 200 <= answer.status < 300:
        return Outcome("sent", said)
    if answer.status == GONE:
        return Outcome("gone", said)
    if 300 <= answer.status < 400:
        return Outcome("again", f"{said} redirect: not followed")
    return Outcome("again", said, _seconds(answer.retry_after, now) if answer.status in BUSY else None)


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Seconds to wait, from the header Retry-After (RFC 9110, 10.2.3): a number of them, or a date."""
    text = (retry_after or "").strip()
    if re.fullmatch("[0-9]+", text):
        return min(float(text), MAX_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), MAX_WAIT)


def _reason(error: Exception) -> str:
    """For people; no address that they did not write themselves."""
    match error:
        case ValidationError():
            return f"the URL is refused: {'; '.join(map(str, error.messages))}"
        case destination.RefusedError():
            return str(error)
        case TimeoutError():
            return f"no answer within {exchange.SECONDS} s"
        case socket.gaierror():
            return "the name of the host cannot be looked up"
        case ssl.SSLCertVerificationError():
            return f"TLS: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS: {(error.reason or 'failed').lower().replace('_', ' ')}"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionError():
            return "the connection broke before an answer came"
        case OSError():
            return f"no connection: {error.strerror or 'failed'}"
        case _:
            return "the answer is not HTTP"
