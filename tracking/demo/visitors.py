"""Who visits while the demo runs: the same kind of traffic as of the month before, at the moment, by the Python client.

A process of its own, as a platform's backend is one. It knows the API's address and the sources' credentials, no more.
"""

from __future__ import annotations

import heapq
import json
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from footfall import Client

from tracking.demo import CREDENTIALS
from tracking.demo.cast import assemble
from tracking.demo.traffic import visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tracking.demo.traffic import Event

A_VISIT = 6.0
"""Seconds from one visit to the next, in the mean; a visit has a dozen events within some minutes."""
YOURS = "job:42"
"""Nobody else acts on it while the demo runs: whoever tries things out sees what became of them."""


def happening(seed: int) -> Iterator[tuple[float, Event]]:
    """Events without end: seconds from the beginning, never less than before, and the event."""
    rng, cast = Random(f"{seed}/{time.time_ns()}"), assemble(seed)
    waiting: list[tuple[int, int, Event]] = []
    number, start = count(), 0.0
    while True:
        seen = set()
        for _, at, event in visit(rng, int(start * 1000), cast):
            if event["receiver"] != YOURS and event["id"] not in seen:  # the client retries by itself
                seen.add(event["id"])
                heapq.heappush(waiting, (at, next(number), event))
        start += rng.expovariate(1 / A_VISIT)
        while waiting and waiting[0][0] <= start * 1000:
            at, _, event = heapq.heappop(waiting)
            yield at / 1000, event


def main() -> None:
    """Sends them as they happen, until SIGTERM."""
    url, seed = sys.argv[1], int(sys.argv[2])
    credentials: Mapping[str, str] = json.loads(os.environ[CREDENTIALS])
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    begun = time.monotonic()
    with ExitStack() as stack:
        clients = {source: stack.enter_context(Client(url, credential)) for source, credential in credentials.items()}
        for at, event in happening(seed):
            if over.wait(max(0.0, begun + at - time.monotonic())):
                return
            clients[event["source"]].track(
                event["name"], event["receiver"], creator=event["creator"], properties=event["properties"],
                context=event["context"],
            )  # fmt: skip


if __name__ == "__main__":
    main()
