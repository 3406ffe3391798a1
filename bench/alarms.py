"""Measures the alarms: `python -m bench.alarms --help`. Needs DATABASE_URL, a native TimescaleDB.

A simulated world of 90 days (bench/arrivals.py): its ledger is judged for each minute, by the function that the job
calls, in the first weeks with nothing to compare with. From the 24th day on, sixty trackers break, one at a time, where
30 events an hour are usual. A fault is found if an incident opened in its series, or in its whole source, at most 15
minutes after it began. An incident of which no fault is the cause is a false alarm. Takes some minutes a world.
"""

from __future__ import annotations

import argparse
import os
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from rich.console import Console
from rich.table import Table

from bench.arrivals import DAY, INSERT, SOURCES, START, Fault, World
from bench.database import fresh

if TYPE_CHECKING:
    from datetime import datetime

WITHIN, AFTER = timedelta(minutes=15), timedelta(hours=2)
"""A fault is to be found within the one; until so long after its end it may be the cause of an incident."""
JUDGED_FROM = 8
"""The first day on which shares are judged; counts of actions are from the 22nd on."""
WEEK = timedelta(weeks=1)


class Opened(NamedTuple):
    at: datetime
    source: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Score:
    """Minutes until each fault was found (None: it was not), and the incidents without a fault."""

    faults: list[tuple[Fault, float | None]]
    false: list[Opened]
    weeks: float

    @property
    def found(self) -> int:
        return sum(1 for _, minutes in self.faults if minutes is not None and minutes <= WITHIN / timedelta(minutes=1))


def simulate(world: World, connection: psycopg.Connection) -> Score:
    """Books the world's days and lets the alarms judge each; raises what the database raises."""
    for source in SOURCES:
        connection.execute("insert into tracking.sources (name) values (%s) on conflict do nothing", (source,))
    connection.execute("select tracking.watch(%s, %s)", (START, START))
    with ProcessPoolExecutor(os.cpu_count()) as makers:
        for day, lines in enumerate(makers.map(world.lines, range(world.days))):
            connection.execute(INSERT, (lines,))
            end = START + (day + 1) * DAY
            connection.execute("select tracking.watch(%s, %s)", (end, end))
    rows = connection.execute(
        "select opened_at, source, name, kind from tracking.incidents order by incident"
    ).fetchall()
    return scored(world, [Opened(*row) for row in rows])


def scored(world: World, incidents: list[Opened]) -> Score:
    caused: set[Opened] = set()
    faults: list[tuple[Fault, float | None]] = []
    for fault in world.faults:
        mine = [one for one in incidents if _causes(fault, one)]
        caused.update(mine)
        first = min((one.at for one in mine), default=None)
        faults.append((fault, None if first is None else (first - fault.start) / timedelta(minutes=1)))
    false = [one for one in incidents if one not in caused]
    return Score(faults, false, (world.days - JUDGED_FROM) * DAY / WEEK)


def _causes(fault: Fault, incident: Opened) -> bool:
    return (
        fault.start <= incident.at <= fault.end + AFTER
        and incident.source in {"*", fault.source}
        and (fault.name is None or incident.kind == "ratio" or incident.name in {"*", fault.name})
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.alarms", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="worlds to simulate (1 2)")
    given = parser.parse_args()
    console = Console()
    for seed in given.seeds:
        world = World(seed)
        with (
            fresh("footfall_alarms") as url,
            psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection,
        ):
            score = simulate(world, connection)
        table = Table(title=f"world {seed}: {score.found} of {len(score.faults)} faults found within 15 minutes")
        for column in ("fault", "faults", "found in time", "minutes, median", "minutes, longest"):
            table.add_column(column)
        for kind in sorted({fault.kind for fault, _ in score.faults}):
            took = [minutes for fault, minutes in score.faults if fault.kind == kind]
            known = [minutes for minutes in took if minutes is not None]
            in_time = sum(1 for minutes in known if minutes <= WITHIN / timedelta(minutes=1))
            longest = f"{max(known):.0f}" if len(known) == len(took) else "never"
            table.add_row(
                kind, str(len(took)), str(in_time), f"{statistics.median(known):.0f}" if known else "", longest
            )
        console.print(table)
        console.print(f"{len(score.false)} false alarms in {score.weeks:.1f} weeks")
        for one in score.false:
            console.print(f"  {one.at:%Y-%m-%d %H:%M} {one.source} {one.name} {one.kind}", highlight=False)
        for fault, minutes in score.faults:
            if minutes is None or minutes > WITHIN / timedelta(minutes=1):
                rate = world.rate(fault.source, fault.name or next(iter(SOURCES[fault.source])), fault.start)
                when = "never" if minutes is None else f"after {minutes:.0f} minutes"
                said = f"  late: {fault.kind}, {fault.source} {fault.name or '*'}, {rate:.0f} an hour: {when}"
                console.print(said, highlight=False)


if __name__ == "__main__":
    main()
