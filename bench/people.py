"""Measures how fast people are counted from trails, and from raw events: `python -m bench.people --help`.

Needs DATABASE_URL, a native TimescaleDB on this machine. Each question is asked in process (no socket), of receivers
and owners drawn at random, from raw events and from trails; nothing that was counted is kept. Wall is what they wait.
CPU: of the database and the API together, which other work on the machine changes less.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import time
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from bench import tenfold
from bench.cpu import used
from bench.database import fresh
from bench.stats import OWNERS, RECEIVERS, ask, fill, forget, p95, timed
from tracking import db, environment
from tracking.app import create_app
from tracking.provenance import credentials, tokens
from tracking.trails import columns, packing
from tracking.trails import keeping as jobs

if TYPE_CHECKING:
    from flask import Flask

BUSIEST = "job:0"
PLACE = "select place from tracking.places where (receiver_type, receiver_id) = ('job', '0')"
ROWS = f"""
    select place, timed, since, until, events, people, kinds, quarters, times
      from tracking.trails
     where place = ({PLACE})
"""
SIZE = """
    select pg_total_relation_size('tracking.trails') + pg_total_relation_size('tracking.people')
         + pg_total_relation_size('tracking.places'), sum(events)
      from tracking.trails
"""
BACKENDS = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
RETURNING = {"path": "summary", "compare": "none", "returning": "true"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "summary": {"path": "summary", "compare": "none"},
    "summary, compared": {"path": "summary"},
    "by day": {"path": "timeseries", "compare": "none"},
    "weeks of New York": {"path": "timeseries", "interval": "week", "timezone": "America/New_York", "compare": "none"},
    "by name": {"path": "breakdown"},
    "by source": {"path": "breakdown", "by": "source"},
    "top": {"path": "top"},
    "overlap": {"path": "overlap", "name": "view", "and_name": "click"},
    "who came back": RETURNING,
    "funnel": {"path": "funnel"},
}
A_YEAR: dict[str, dict[str, Any]] = {
    "summary": {"path": "summary", "compare": "none"},
    "by month": {"path": "timeseries", "interval": "month", "compare": "none"},
    "by day": {"path": "timeseries", "compare": "none"},
    "one name": {"path": "summary", "compare": "none", "name": "view"},
    "by name": {"path": "breakdown"},
    "overlap": {"path": "overlap", "name": "view", "and_name": "click"},
    "who came back": RETURNING,
    "funnel": {"path": "funnel"},
}


class Measured(NamedTuple):
    wall: list[float]
    cpu: float

    def __str__(self) -> str:
        return f"{statistics.median(self.wall):.0f} / {p95(self.wall):.0f} ({self.cpu:.0f})"


class Bench:
    """An app over a database, and its tokens."""

    def __init__(self, url: str) -> None:
        here = environment.load()
        gc.set_threshold(50_000)  # as deploy/gunicorn.conf.py
        self._database = psycopg.connect(url, autocommit=True)
        self._app: Flask = create_app(here)
        credential = credentials.derive(here.secret_keys[0], "web", 1)
        tokens_ = [tokens.mint(credential, "stats", seconds=7200, owner=f"owner-{n}") for n in range(OWNERS)]
        self.tokens: list[str] = tokens_

    def close(self) -> None:
        self._app.extensions["footfall"].close()
        self._database.close()

    def ask(self, asked: list[tuple[str, str | None]], question: dict[str, Any], *, from_trails: bool) -> Measured:
        """Asks for each (token, receiver)."""
        client = self._app.test_client()
        state = columns.state if from_trails else (lambda _: None)
        wall = []
        with mock.patch.object(columns, "state", state):
            before = self._cpu()
            for token, receiver in asked:
                forget(self._app)
                wall.append(timed(partial(ask, client, token, question, receiver)))
        return Measured(wall, (self._cpu() - before) / len(asked))

    def _cpu(self) -> float:
        backends = [pid for (pid,) in self._database.execute(BACKENDS)]
        return 1000 * (time.process_time() + sum(used(pid) for pid in backends))


def table_of_questions(bench: Bench, draws: int, title: str, *, raw: bool = True) -> Table:
    """`raw`: whether they are counted from raw events, too."""
    ways = {"raw": False, "trails": True} if raw else {"trails": True}
    table = Table(title=f"{title}; ms: median / p95 (CPU)")
    for column in ("question", *(f"{who}: {way}" for who in WHO for way in ways)):
        table.add_column(column)
    rng = random.Random(11)
    receivers = [rng.randrange(RECEIVERS) for _ in range(draws)]
    owners = rng.sample(range(OWNERS), min(OWNERS, draws))
    asked: list[list[tuple[str, str | None]]] = [
        [(bench.tokens[n % OWNERS], f"job:{n}") for n in receivers],
        [(bench.tokens[n], None) for n in owners],
        [(bench.tokens[0], BUSIEST)] * max(2, draws // 8),
    ]
    for name, question in QUESTIONS.items():
        cells = [str(bench.ask(each, question, from_trails=way)) for each in asked for way in ways.values()]
        table.add_row(name, *cells)
    return table


WHO = ("any receiver", "an owner of 200", "the busiest")


def table_of_a_year(bench: Bench, events: int, draws: int) -> Table:
    table = Table(title=f"a year of the busiest receiver, {events:,} events, from trails; ms: median / p95 (CPU)")
    table.add_column("question")
    table.add_column("trails")
    since = str((datetime.now(UTC) - timedelta(days=364)).date())
    for name, question in A_YEAR.items():
        asked: list[tuple[str, str | None]] = [(bench.tokens[0], BUSIEST)] * max(
            2, draws if name != "funnel" else draws // 8
        )
        table.add_row(name, str(bench.ask(asked, question | {"from": since}, from_trails=True)))
    return table


def make_a_year(url: str) -> int:
    """Eleven months before the busiest receiver's trails, as busy as these. Returns its events of the year."""
    with psycopg.connect(url) as connection:
        rows = [jobs.Stretch(*row) for row in connection.execute(ROWS, binary=True)]
        events = packing.Events(*(np.concatenate(column) for column in zip(*(row.read() for row in rows), strict=True)))
        first, made = min(row.since for row in rows).replace(day=1), []
        for _ in range(11):
            until, first = first, (first - timedelta(days=1)).replace(day=1)
            long = monthrange(first.year, first.month)[1] * 86_400_000_000
            begins = packing.first_quarter(first) * packing.QUARTER
            moved = events._replace(times=begins + (events.times - events.times.min()) % long)
            packed = packing.pack(moved, first)._asdict()
            made.append(rows[0]._replace(since=first, until=until, events=len(events.times), **packed))
        jobs.put(connection, made)
    return 12 * len(events.times)


def timed_jobs(url: str, console: Console) -> None:
    """Makes the trails of all events."""
    database = db.owner_url(environment.load())
    for name, job in {"extend trails": jobs.extend, "tidy trails": jobs.tidy}.items():
        took = timed(partial(job, database)) / 1000
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(f"{name}: {took:.0f} s; the process has used {highest:.0f} MB at most")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze tracking.trails")
        size, events = connection.execute(SIZE).fetchone() or (0, 1)
        console.print(f"{size / events:.1f} bytes an event, with people, places and indexes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--draws", type=int, default=60, help="receivers, and owners")
    parser.add_argument("--tenfold", action="store_true", help="also of models of ten times the events")
    options = parser.parse_args()
    console = Console()
    with fresh("footfall_bench_people") as url:
        fill(url, options.events, console, trails=False)
        timed_jobs(url, console)
        if options.tenfold:
            tenfold.keep(url)
        bench = Bench(url)
        console.print(table_of_questions(bench, options.draws, f"{options.events:,} events, 30 days"))
        console.print(table_of_a_year(bench, make_a_year(url), options.draws))
        for model in tenfold.MODELS if options.tenfold else ():
            tenfold.make(url, model)
            console.print(table_of_questions(bench, options.draws, model, raw=False))
        bench.close()


if __name__ == "__main__":
    main()
