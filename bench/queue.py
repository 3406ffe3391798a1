"""Measures what a backlog does to readers: `python -m bench.queue --help`. Needs DATABASE_URL, a native TimescaleDB,
and QUEUE_URL, a queue that may be used up.

Thirty days of events, and then an hour's backlog in the queue. Questions to the stats API are timed before a drain
starts, and while it writes the backlog.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.database import PLAIN, WINDOWED, batch, fresh
from bench.stats import OWNERS, QUESTIONS, RECEIVERS, ask, fill, forget, p95, timed
from tracking import environment
from tracking.app import create_app
from tracking.provenance import credentials, tokens
from tracking.queues import broker
from tracking.queues.publish import Publisher

if TYPE_CHECKING:
    from tracking.queues.broker import Broker
    from tracking.settings import Settings

ASKED = ("summary, counts", "summary, uniques", "timeseries by day, uniques")
REQUEST = 20
"""Events of one request, and so of one message where nobody waits beside it."""


def publish(queue: Broker, events: int) -> float:
    """Events a second that one sender brings into the queue, one request after the other."""
    rows: list[Any] = msgspec.json.decode(batch(20_000, PLAIN, random.Random(3)), type=list[msgspec.Raw])
    windowed: list[Any] = msgspec.json.decode(batch(20_000, WINDOWED, random.Random(4)), type=list[msgspec.Raw])
    del rows[10_000:], windowed[10_000:]
    publisher = Publisher(queue)
    write = publisher.of(SimpleNamespace(source_name="web", single_use_id=None))  # type: ignore[arg-type]
    began = time.perf_counter()
    for nth in range(events // REQUEST):
        kind, at = (rows, windowed)[nth % 2], (nth // 2 * REQUEST) % 10_000
        again = str(nth // 1_000).encode().zfill(4)
        write([_renewed(bytes(row), again) for row in kind[at : at + REQUEST]], [])
    took = time.perf_counter() - began
    publisher.close()
    return events / took


def _renewed(row: bytes, again: bytes) -> bytes:
    """The row under another id: the first four digits are the round."""
    head, mark, tail = row.partition(b'"i":"')
    return head + mark + again + tail[4:]


def waiting(queue: Broker) -> int:
    with queue.connected() as connection:
        return queue.depth(connection, queue.main)


def asked(settings: Settings, seconds: float, still: Any = lambda: True) -> dict[str, list[float]]:
    """Milliseconds of each question, of receivers and of owners, asked in turn."""
    app = create_app(settings)
    client, credential = app.test_client(), credentials.derive(settings.secret_keys[0], "web", 1)
    minted = [tokens.mint(credential, "stats", seconds=9_000, owner=f"owner-{n}") for n in range(OWNERS)]
    found: dict[str, list[float]] = {}
    rng, end = random.Random(5), time.monotonic() + seconds
    while time.monotonic() < end and still():
        forget(app)
        for name in ASKED:
            n = rng.randrange(RECEIVERS)
            for whose, receiver in (("a receiver", f"job:{n}"), ("an owner of 200", None)):
                took = timed(partial(ask, client, minted[n % OWNERS], QUESTIONS[name], receiver))
                found.setdefault(f"{name}, {whose}", []).append(took)
    app.extensions["footfall"].close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=3_000_000, help="stored before")
    parser.add_argument("--backlog", type=int, default=300_000, help="an hour of 5,000 a minute")
    options = parser.parse_args()
    console = Console()
    with fresh("footfall_bench_queue") as url:
        fill(url, options.events, console)
        here = environment.load()
        queue = broker.of(here)
        console.print(f"published: {publish(queue, options.backlog):,.0f} events/s by one sender")
        before = asked(here, 30)
        with subprocess.Popen([sys.executable, "-m", "jobs.drain"]) as drain:
            began = time.monotonic()
            during = asked(here, 600, lambda: waiting(queue) > 0)
            took = time.monotonic() - began
            drain.terminate()
        table = Table(title=f"{options.events:,} events, and {options.backlog:,} that wait; milliseconds, p95")
        for column in ("question", "before", "while it is drained"):
            table.add_column(column, justify="left" if column == "question" else "right")
        for name, figures in before.items():
            table.add_row(name, f"{p95(figures):.0f}", f"{p95(during[name]):.0f} ({len(during[name])} asked)")
        console.print(table)
        console.print(f"drained in {took:.0f} s: {options.backlog / took:,.0f} events/s by one drain")


if __name__ == "__main__":
    main()
