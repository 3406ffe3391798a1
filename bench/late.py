"""Measures what a late event costs until it is counted everywhere: `python -m bench.late --help`.

Needs DATABASE_URL, a native TimescaleDB. Some days of events on 20,000 receivers of 100 owners; the reporting timezone
is one where it is evening. Before each run of `count late events` some events of today arrive, and some of days that
are over, of receivers drawn as all others are. Afterwards the views of marketing are held against the raw rows. Beside
it, what a refresh of the same days costs, which comes later. Then the same, where yesterday had ten times the events.
CPU: of the database and the job together, which other work on the machine changes less.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from psycopg import ClientCursor
from rich.console import Console
from rich.table import Table

from bench.cpu import parent, used
from bench.database import fresh
from bench.refresh import DAY, FILL, evening
from bench.stats import DIMENSION, RECEIVERS
from tracking import db, environment
from tracking.aggregates import facts, refresh
from tracking.trails import keeping

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timezone

    from sqlalchemy import URL

OF_TODAY = 115
CASES: dict[str, tuple[int, tuple[int, ...]]] = {
    "none": (0, ()),
    "one of yesterday": (1, (1,)),
    "one on each of three days": (1, (1, 2, 3)),
    "100 of yesterday": (100, (1,)),
    "100 on each of three days": (100, (1, 2, 3)),
}
"""How many events, and how many days before today they happened."""
BOOKED = """
    insert into tracking.ingest_ledger (source, name, verdict, events, occurred_from, occurred_to)
    values ('web', 'view', 'accepted', %(events)s, %(since)s, %(until)s)
"""
NOTED = """
    update tracking.noted_arrivals set until = tracking.settled_until();
    delete from tracking.tallied
"""
"""As if all had been noted before: then a run counts only what it has to."""
VIEWS = ("fact_daily", "fact_hourly", "fact_activity_daily", "fact_activity_hourly")
SHOWN = "select sum(events)::bigint from analytics.{} where time >= %(since)s and time < %(until)s"
STORED = """
    select count(*) from tracking.events
     where excluded is null and occurred_at >= %(since)s and occurred_at < %(until)s
"""


class Spent(NamedTuple):
    """Seconds on the clock, and of CPU."""

    wall: float
    cpu: float

    def __add__(self, other: Spent) -> Spent:  # type: ignore[override]
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


class Live:
    """A database whose events are counted, and some that come late."""

    def __init__(self, url: URL, zone: timezone, console: Console) -> None:
        self._url = url
        self._console = console
        self._connection = db.connect(url, cursor_factory=ClientCursor)
        self._now = datetime.now(zone)
        self._midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)

    def fill(self, events: int, days: int) -> None:
        self._connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest,mint,stats}')")
        self._connection.execute(DIMENSION, {"receivers": RECEIVERS})
        with self._console.status("filling"):
            for day in range(days, -1, -1):
                since = self._midnight - day * DAY
                until = min(since + DAY, self._now)
                self._happen(since, until, int(events * ((until - since) / DAY)))
        self._settle()

    def crowd(self, events: int) -> None:
        """So many more happened yesterday."""
        with self._console.status("filling yesterday"):
            self._happen(self._midnight - DAY, self._midnight, events)
        self._settle()

    def _settle(self) -> None:
        with self._console.status("refreshing the aggregates, making trails"):
            refresh.catch_up(self._url)
            keeping.extend(self._url)
            keeping.tidy(self._url)
            time.sleep(1.1)  # what arrived in the last second is not settled
            self._connection.execute(NOTED)
            self._connection.execute("vacuum analyze")

    def close(self) -> None:
        self._connection.close()

    def _happen(self, since: datetime, until: datetime, events: int) -> None:
        self._connection.execute(FILL, {"since": since, "until": until, "events": events})

    def arrive(self, events: int, days: tuple[int, ...]) -> None:
        now = datetime.now(self._midnight.tzinfo)
        spans = [(now - timedelta(minutes=1), now, OF_TODAY)]
        spans += [(self._midnight - day * DAY, self._midnight - (day - 1) * DAY, events) for day in days]
        for since, until, number in spans:
            with self._connection.transaction():
                self._happen(since, until, number)
                self._connection.execute(BOOKED, {"since": since, "until": until, "events": number})
        time.sleep(1.1)

    def prepare(self) -> list[Spent]:
        """What each day that is over costs, once, so that no late event waits for it; the newest first."""
        made: list[bool] = []
        spent = []
        while not made or made[-1]:
            spent.append(self._timed(lambda: made.append(self._prepare())))
        return spent[:-1]

    def _prepare(self) -> bool:
        ((made,),) = db.run(self._connection, "tally_ended_day").fetchall()
        return bool(made)

    def _timed(self, run: Callable[[], object]) -> Spent:
        cpu, wall = self._cpu(), time.perf_counter()
        run()
        return Spent(time.perf_counter() - wall, self._cpu() - cpu)

    def _cpu(self) -> float:
        return time.process_time() + used(parent(self._connection.info.backend_pid))

    def count(self, days: tuple[int, ...]) -> tuple[Spent, Spent]:
        """Until all views have what arrived, and until what is due is counted, too."""
        noted = self._timed(lambda: facts.note(self._url))
        for day in days:
            since, until = self._midnight - day * DAY, self._midnight - (day - 1) * DAY
            span = {"since": since, "until": until}
            stored = self._connection.execute(STORED, span).fetchone()
            for view in VIEWS:
                shown = self._connection.execute(SHOWN.format(view), span).fetchone()
                assert shown == stored, f"{view} has {shown} of {stored} events of {since.date()}"
        return noted, noted + self._timed(lambda: facts.count(self._url))

    def refresh(self) -> Spent:
        return self._timed(lambda: refresh.catch_up(self._url))


def told(figures: list[Spent]) -> str:
    wall, cpu = zip(*figures, strict=True)
    return f"{statistics.median(wall):.1f} / {max(wall):.1f} ({statistics.median(cpu):.1f})"


def table_of(live: Live, title: str, rounds: int) -> Table:
    prepared = live.prepare()
    spent: dict[str, list[tuple[Spent, Spent, Spent]]] = {case: [] for case in CASES}
    for _ in range(rounds):
        for case, (events, days) in CASES.items():
            live.arrive(events, days)
            spent[case].append((*live.count(days), live.refresh()))
    table = Table("late events", "in all views", "all counted", "a refresh")
    table.title = f"{title}; seconds, of {rounds} runs: median / longest (CPU)"
    for case, figures in spent.items():
        table.add_row(case, *(told(list(column)) for column in zip(*figures, strict=True)))
    table.caption = f"the tally of yesterday, and of the days before: {', '.join(told([one]) for one in prepared)}"
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=333_000, help="events a day")
    parser.add_argument("--days", type=int, default=30, help="days before today, at least 3")
    parser.add_argument("--busy", type=int, default=3_333_000, help="events of yesterday, in the second table")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    console, zone = Console(), evening()
    with fresh("footfall_bench_late"):
        live = Live(db.owner_url(environment.load()), zone, console)
        live.fill(options.events, options.days)
        console.print(table_of(live, f"{options.events:,} events a day", options.rounds))
        live.crowd(options.busy - options.events)
        console.print(table_of(live, f"{options.busy:,} events yesterday", options.rounds))
        live.close()


if __name__ == "__main__":
    main()
