"""The client: a bounded queue, and a thread that empties it."""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from footfall import sending
from footfall.credential import Credential
from footfall.events import written
from footfall.waiting import least, pause

log = logging.getLogger("footfall")

AT_THE_END = 5.0
"""Seconds that the end of the program waits at most for what is not sent yet."""
MOST_IN_A_REQUEST = 500
A_DAY = 86_400
"""Seconds that an argument may be at most."""
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
        whole = isinstance(batch, int) and isinstance(most, int)
        if not (
            whole and 1 <= batch <= MOST_IN_A_REQUEST and most >= 1 and 0 <= every <= A_DAY and 0 < timeout <= A_DAY
        ):
            raise ValueError(
                f"expected batch of 1 to {MOST_IN_A_REQUEST} and most of 1 or more, both int; every of 0 to {A_DAY}, "
                f"and timeout above 0 to {A_DAY}"
            )
        self._url = sending.address(url)
        self._credential = Credential(token)
        self._report = report
        self._most, self._batch, self._every, self._timeout = most, batch, every, timeout
        self.after_fork()
        _clients.add(self)

    def after_fork(self) -> None:
        """Begins anew in a forked child, with nothing that waits: the parent sends that. Python's own forks call it."""
        self._queue: deque[str] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._bell: queue.SimpleQueue[Client | None] = queue.SimpleQueue()
        self._sending = 0
        self._urgent = self._closed = False
        self._asked, self._failures = 0, 0
        self._said: dict[str, float] = {}
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
        except Exception as error:  # noqa: BLE001 - a mapping of the app's can raise anything
            log.error("event %.100r cannot be sent: %s", name, error)  # noqa: TRY400 - no traceback of ours in their log
            return False
        with self._changed:
            if self._closed or len(self._queue) + self._sending >= self._most:
                self.verdicts["dropped"] += 1
                why = "the client is closed" if self._closed else f"{self._most} wait already"
                self._say("events are dropped: %s; %d so far", why, self.verdicts["dropped"])
                return False
            self._queue.append(event)
            self._ring()
            if len(self._queue) == self._batch:
                self._changed.notify_all()
        return True

    def flush(self, seconds: float = 30.0) -> bool:
        """Sends what waits without delay; True once everything is answered, False if that takes longer.

        A wait between two tries ends, except the one that the server asked for with `Retry-After`.
        """
        self._hurry()
        return self._answered(seconds)

    def close(self, seconds: float = AT_THE_END) -> bool:
        """As `flush`, with one try even before `Retry-After`; afterwards nothing more is taken."""
        self._end()
        done = self._answered(seconds)
        if not done:
            log.error("%d events are not sent at the end", len(self._queue) + self._sending)
        return done

    def _hurry(self) -> None:
        with self._changed:
            self._asked += 1
            self._urgent = bool(self._queue)
            if self._queue:
                self._ring()
            self._changed.notify_all()

    def _end(self) -> None:
        with self._changed:
            self._closed = True
            self._failures = 0  # there is no later: the waits begin at a second again
            self._hurry()
            self._bell.put(None)

    def _answered(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._sending, seconds)

    def _ring(self) -> None:
        """Hands this client, which has events, to its thread."""
        alive = self._thread is not None and self._thread.is_alive()
        if len(self._queue) == 1 or not alive:
            self._bell.put(self)
        if not alive:
            bell = self._bell
            gone = weakref.ref(self, lambda _: bell.put(None))
            self._thread = threading.Thread(target=_serve, args=(bell, gone), name="footfall", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:
                self._say("no thread can be started, events wait: %s", error)

    def _say(self, text: str, *values: object) -> None:
        now = time.monotonic()
        if now >= self._said.get(text, 0.0):
            self._said[text] = now + SAY_EVERY
            log.error(text, *values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _empty(self) -> None:
        """Sends until the queue is empty."""
        while batch := self._next():
            try:
                self._deliver(batch)
            finally:
                with self._changed:
                    self._sending = 0
                    if not self._queue:
                        self._urgent = False
                    self._changed.notify_all()

    def _next(self) -> list[str]:
        """The events of the next request, which waits for others; none if none waits."""
        with self._changed:
            if self._queue:
                self._changed.wait_for(lambda: self._urgent or len(self._queue) >= self._batch, self._every)
            batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            self._sending = len(batch)
            return batch

    def _deliver(self, events: Sequence[str]) -> None:
        """Sends these events until they are answered, or refused for good."""
        renewed = False
        while True:
            asked, closed = self._asked, self._closed
            answer = self._ask(events)
            if answer.status == 200:
                self._failures = 0
                self._note(events, answer.verdicts)
                return
            if answer.status == 401 and not renewed and self._credential.forget():
                renewed = True
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
                renewed = False  # a token may expire in an outage
                self._wait(len(events), answer, asked, closed)

    def _wait(self, events: int, answer: sending.Answer, asked: int, closed: bool) -> None:
        """Waits for the next try; a `flush` or a `close` since this one began (`asked`, `closed`) is heeded, too."""
        with self._changed:
            self._failures += 1
            wished = least(answer.retry_after)
            wait = max(wished, pause(self._failures))
        log.warning("%d events wait %.0f s at most: %s", events, wait, answer.says)
        with self._changed:
            self._changed.wait_for(lambda: self._closed and not closed, wished)
            self._changed.wait_for(lambda: self._asked > asked, wait - wished)

    def _ask(self, events: Sequence[str]) -> sending.Answer:
        try:
            token = self._credential.known()
        except ValueError as error:
            return sending.Answer(0, says=str(error))
        return sending.send(self._url, token, events, self._timeout)

    def _note(self, events: Sequence[str], verdicts: Sequence[Mapping[str, str]]) -> None:
        for event, verdict in zip(events, verdicts, strict=True):
            self.verdicts[verdict["verdict"]] += 1
            if verdict["verdict"] in NOTABLE:
                sent = json.loads(event)
                log.warning(
                    "%s: %s %s; event %r on %r, id %s",
                    verdict["verdict"],
                    verdict.get("field", "id"),
                    verdict.get("reason", "is another event's"),
                    sent["name"],
                    sent["receiver"],
                    sent["id"],
                )
            if self._report:
                try:
                    self._report(event, verdict)
                except BaseException:
                    log.exception("the function that is told the verdicts failed")


def _serve(bell: queue.SimpleQueue[Client | None], _gone: weakref.ref[Client]) -> None:
    """The thread: empties each client that comes out of `bell`, until None does, because it is closed or `_gone`.

    While it waits it holds no reference to the client, so that one without any other ends. One that has events is in
    the bell. `SimpleQueue.put` is safe where `_gone` calls it: while memory is freed, in the middle of anything.
    """
    for client in iter(bell.get, None):
        client._empty()  # noqa: SLF001 - the client's own thread
        del client


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    until = time.monotonic() + AT_THE_END
    for client in list(_clients):
        client._end()  # noqa: SLF001 - none waits for another
    for client in list(_clients):
        client.close(max(0.0, until - time.monotonic()))


def _begin_anew() -> None:
    for client in list(_clients):
        client.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
