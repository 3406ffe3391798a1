"""The client: a bounded queue, and a thread that empties it."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from footfall import sending
from footfall.events import written
from footfall.waiting import pause

log = logging.getLogger("footfall")

AT_THE_END = 5.0
"""Seconds that the end of the program waits at most for what is not sent yet."""
MOST_IN_A_REQUEST = 500
SAY_EVERY = 60.0
NOTABLE = {"rejected", "conflict"}

Report = Callable[[str, Mapping[str, str]], object]


class Client:
    """Sends the events of one source. Safe in threads, and after a fork."""

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str],
        *,
        report: Report | None = None,
        most: int = 10_000,
        batch: int = 100,
        every: float = 1.0,
        timeout: float = 10.0,
    ) -> None:
        """`token`: a credential, a client token, or a function that returns one and is asked again when it expires.

        `report` is told each event, as JSON, with its verdict. `most` events wait, `batch` go in one request, and an
        event waits `every` seconds for others. Raises ValueError for an argument that cannot be meant.
        """
        if not (1 <= batch <= MOST_IN_A_REQUEST and most >= 1 and every >= 0 and timeout > 0):
            raise ValueError(
                f"expected batch of 1 to {MOST_IN_A_REQUEST}, most of 1 or more, every and timeout above 0"
            )
        self._url = sending.address(url)
        self._token = token
        self._report = report
        self._most, self._batch, self._every, self._timeout = most, batch, every, timeout
        self.after_fork()
        _clients.add(self)

    def after_fork(self) -> None:
        """Begins anew in a forked child, with nothing that waits: the parent sends that. Python's own forks call it."""
        self._queue: deque[str] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._known_token = ""
        self._sending = 0
        self._urgent = self._closed = False
        self._failures, self._said_dropped = 0, 0.0
        self.verdicts: Counter[str] = Counter()
        """Events by what became of them: a verdict of the API, `dropped` by a full queue, `refused` with a request."""

    def track(
        self,
        name: str,
        receiver: str,
        *,
        creator: str | None = None,
        properties: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        occurred_at: datetime | None = None,
    ) -> bool:
        """Takes an event that happened now, or at `occurred_at`; False if it was dropped, and the log says why.

        `creator` is who did it, with a credential; a client token names its own. `receiver` is TYPE:ID, as in job:42.
        """
        try:
            event = written(name, receiver, creator, occurred_at, properties, context)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            log.error("event %r cannot be sent: %s", name, error)  # noqa: TRY400 - no traceback of ours in their log
            return False
        with self._changed:
            if self._closed or len(self._queue) + self._sending >= self._most:
                self._drop()
                return False
            self._queue.append(event)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="footfall", daemon=True)
                self._thread.start()
            if len(self._queue) in {1, self._batch}:
                self._changed.notify_all()
        return True

    def flush(self, seconds: float = 30.0) -> bool:
        """Sends what waits without delay; True once everything is answered, False if that takes longer."""
        with self._changed:
            self._urgent = bool(self._queue)
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._queue and not self._sending, seconds)

    def close(self, seconds: float = AT_THE_END) -> bool:
        """As `flush`; afterwards nothing more is taken."""
        with self._changed:
            self._closed = True
        done = self.flush(seconds)
        if not done:
            log.error("%d events are not sent at the end", len(self._queue) + self._sending)
        return done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drop(self) -> None:
        self.verdicts["dropped"] += 1
        if time.monotonic() - self._said_dropped >= SAY_EVERY or not self._said_dropped:
            self._said_dropped = time.monotonic()
            why = "the client is closed" if self._closed else f"{self._most} wait already"
            log.error("events are dropped: %s; %d so far", why, self.verdicts["dropped"])

    def _run(self) -> None:
        while batch := self._next():
            self._deliver(batch)
            with self._changed:
                self._sending = 0
                if not self._queue:
                    self._urgent = False
                self._changed.notify_all()

    def _next(self) -> list[str]:
        """The events of the next request, awaited; none once the client is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            self._changed.wait_for(lambda: self._urgent or len(self._queue) >= self._batch, self._every)
            batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            self._sending = len(batch)
            return batch

    def _deliver(self, events: Sequence[str]) -> None:
        """Sends these events until they are answered, or refused for good."""
        renewed = False
        while True:
            answer = self._ask(events)
            if answer.status == 200:
                self._failures = 0
                self._note(events, answer.verdicts)
                return
            if answer.status == 401 and callable(self._token) and not renewed:
                self._known_token, renewed = "", True
            elif answer.status == 413 and len(events) > 1:
                half = len(events) // 2
                self._deliver(events[:half])
                self._deliver(events[half:])
                return
            elif not answer.passes:
                log.error("%d events are refused and lost: %s", len(events), answer.says)
                self.verdicts["refused"] += len(events)
                return
            else:
                self._failures += 1
                wait = pause(self._failures, answer.retry_after)
                log.warning("%d events wait %.0f s: %s", len(events), wait, answer.says)
                time.sleep(wait)

    def _ask(self, events: Sequence[str]) -> sending.Answer:
        try:
            token = self._token if isinstance(self._token, str) else self._known_token or self._token()
        except Exception as error:  # noqa: BLE001 - whatever the app's function raises, the events wait
            return sending.Answer(0, says=f"the function that returns tokens raised {type(error).__name__}")
        self._known_token = token
        return sending.send(self._url, token, events, self._timeout)

    def _note(self, events: Sequence[str], verdicts: Sequence[Mapping[str, str]]) -> None:
        for event, verdict in zip(events, verdicts, strict=True):
            self.verdicts[verdict["verdict"]] += 1
            if verdict["verdict"] in NOTABLE:
                log.warning("%s: %s %s", verdict["verdict"], verdict.get("field", ""), verdict.get("reason", ""))
            if self._report:
                try:
                    self._report(event, verdict)
                except Exception:
                    log.exception("the function that is told the verdicts failed")


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    until = time.monotonic() + AT_THE_END
    for client in list(_clients):
        client.flush(0)  # none waits for another
    for client in list(_clients):
        client.close(max(0.0, until - time.monotonic()))


def _begin_anew() -> None:
    for client in list(_clients):
        client.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
