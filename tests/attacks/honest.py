"""Honest senders beside an attack: none of them is refused or lost, and none waits long.

    with honest(server.url) as senders:
        ...                # the attack starts
        senders.go_on(300)  # until so many more events of theirs are answered

What is wrong is said at the end of the block. Their receivers are of the type `honest`, which `nothing_changes` leaves
out of its counts, and each event has one of its own, so that none is a repeat.
"""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from fixtures.cast import bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

SENDERS = 6
QUIET = 120
"""Events that are sent before the attack, to know how long they take without it."""
TIMES = 10
FLOOR = 0.05
"""Seconds that the quiet p95 is taken for at least: on a busy machine less is chance. An attack that works makes it seconds."""
PACE = 0.02


class Senders:
    """Six apps, each with a user and a connection of its own, that send event after event."""

    def __init__(self, url: str, source: str = "web") -> None:
        self._address = urlsplit(url).netloc
        self._credential = credentials.derive(KEY, source, 1)
        self._changed = threading.Condition()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        self._answered = [0] * SENDERS
        self.took: list[float] = []
        """Seconds of each answer."""
        self.said: Counter[str] = Counter()
        """`accepted`, or what came instead: another verdict, a status with its problem, an error."""

    def go_on(self, events: int, seconds: float = 30) -> None:
        """Returns when so many more were answered, of each sender its part: a worker that hangs holds up its own."""
        with self._changed:
            wanted = [count + events // SENDERS for count in self._answered]
            enough = self._changed.wait_for(lambda: all(map(int.__ge__, self._answered, wanted)), seconds)
        assert enough, f"honest senders stand still: {self._answered} answers after {seconds} s, not {wanted}"

    def _send(self, number: int) -> None:
        headers = bearer(tokens.mint(self._credential, "client", seconds=900, creator=f"honest-{number}"))
        connection = http.client.HTTPConnection(self._address, timeout=30)
        sent = 0
        while not self._ends.wait(PACE):
            sent += 1
            body = json.dumps({"events": [event(receiver=f"honest:{number}-{sent}")]})
            started = time.monotonic()
            try:
                connection.request("POST", "/v1/events", body, headers)
                response = connection.getresponse()
                answer = json.loads(response.read())
                ok = response.status == 200
                said = answer["verdicts"][0]["verdict"] if ok else f"{response.status} {answer['type']}"
            except (OSError, http.client.HTTPException, ValueError) as error:
                said = repr(error)
                connection.close()
            with self._changed:
                self.took.append(time.monotonic() - started)
                self._answered[number] += 1
                self.said[said] += 1
                self._changed.notify_all()
        connection.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


@contextmanager
def honest(url: str) -> Iterator[Senders]:
    """Measures them in quiet, then lets the block attack, then says whether they noticed."""
    senders = Senders(url)
    senders.start()
    try:
        senders.go_on(QUIET)
        before = len(senders.took)
        yield senders
    finally:
        senders.end()
    assert set(senders.said) == {"accepted"}, senders.said
    quiet, attacked = p95(senders.took[SENDERS:before]), p95(senders.took[before:])
    bound = TIMES * max(quiet, FLOOR)
    assert attacked < bound, f"p95 {attacked:.3f} s in the attack, {quiet:.3f} s in quiet"
