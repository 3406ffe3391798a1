"""Measures the bytes that events and counts take: `python -m bench.keep --help`. Needs DATABASE_URL, a native
TimescaleDB.

Events on 20,000 receivers of 100 owners, old enough to be final, in two databases: one as the policies leave it; in the
other the counts stay rows. Says how many bytes an event takes for good, and asks both the same questions in turn.
"""

from __future__ import annotations

import argparse
import random
import statistics
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.database import fresh
from bench.stats import DIMENSION, FILL, OWNERS, RECEIVERS, ask, p95, timed
from tracking import db, environment
from tracking.aggregates import columnstore, policies, refresh
from tracking.app import create_app
from tracking.provenance import credentials, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.settings import Settings

TARGET = 65
"""Bytes an event, at most."""
AGE = 50
"""Days since the newest event: the chunks of its counts, too, are due for compression."""
OLD = FILL.replace("now() - interval '2 hours'", f"now() - interval '{AGE} days'")
SIZES = """
    select name, table_bytes + toast_bytes, index_bytes
      from (select 'events' as name, 'tracking.events'::regclass as hypertable
             union all
            select view_name,
                   format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass
              from timescaledb_information.continuous_aggregates
             where view_schema = 'tracking') as kept
     cross join lateral (select sum(table_bytes) as table_bytes, sum(toast_bytes) as toast_bytes,
                                sum(index_bytes) as index_bytes
                           from hypertable_detailed_size(hypertable)) as size
order by name <> 'events', 2 desc
"""
QUESTIONS = {
    "summary": {"path": "summary", "compare": "none"},
    "by day": {"path": "timeseries"},
    "by day of Kolkata": {"path": "timeseries", "timezone": "Asia/Kolkata"},
    "by name": {"path": "breakdown"},
    "by source": {"path": "breakdown", "by": "source"},
    "top": {"path": "top"},
}


@contextmanager
def kept(name: str, events: int, days: int, *, counts: bool, console: Console) -> Iterator[Settings]:
    """Settings of a new database with the same events each time, compressed; `counts`: their counts, too."""
    with fresh(name), console.status(name) as status:
        url = db.owner_url(environment.load())
        with db.connect(url) as connection:
            connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest,mint,stats}')")
            connection.execute(DIMENSION, {"receivers": RECEIVERS})
            connection.execute("select setseed(0.5)")
            for day in range(days):
                status.update(f"{name}: filling day {day + 1} of {days}")
                connection.execute(OLD, {"day": day, "events": events // days})
            status.update(f"{name}: refreshing the aggregates")
            refresh.catch_up(url)
            status.update(f"{name}: compressing")
            policies.run_all(url)
            if counts:
                columnstore.compress(url)
            connection.execute("vacuum analyze")
        status.stop()
        yield environment.load()


def weigh(here: Settings, events: int, what: str, console: Console) -> float:
    """Prints how many bytes an event takes, and in what; returns how many in all."""
    with db.connect(db.owner_url(here)) as connection:
        weights = connection.execute(SIZES).fetchall()
    weights.append(("all", sum(rows for _, rows, _ in weights), sum(indexes for _, _, indexes in weights)))
    table = Table("bytes an event", title=f"{events:,} events, {what}")
    for column in ("rows", "indexes", "together"):
        table.add_column(column, justify="right")
    for name, rows, indexes in weights:
        table.add_row(name, *(f"{float(figure) / events:.1f}" for figure in (rows, indexes, rows + indexes)))
    console.print(table)
    return float(weights[-1][1] + weights[-1][2]) / events


def compare(databases: list[Settings], days: int, draws: int, console: Console) -> None:
    """Prints how long the counts of the whole period take: of the first database as rows, of the second compressed."""
    clients = [create_app(here).test_client() for here in databases]
    credential = credentials.derive(databases[0].secret_keys[0], "web", 1)
    minted = [tokens.mint(credential, "stats", seconds=900, owner=f"owner-{number}") for number in range(OWNERS)]
    last = datetime.now(UTC).date() - timedelta(days=AGE)
    period = {"from": str(last - timedelta(days=days)), "to": str(last), "uniques": "false"}
    rng = random.Random(33)
    table = Table("milliseconds: rows, compressed", title=f"counts of {days} days")
    for column in ("a receiver, median", "p95", "an owner of 200, median", "p95"):
        table.add_column(column, justify="right")
    for name, question in QUESTIONS.items():
        cells = []
        for receivers in ([f"job:{rng.randrange(RECEIVERS)}" for _ in range(draws)], [None] * draws):
            figures: tuple[list[float], list[float]] = ([], [])
            for receiver in receivers:
                number = rng.randrange(OWNERS) if receiver is None else int(receiver.removeprefix("job:")) % OWNERS
                for client, spent in zip(clients, figures, strict=True):
                    spent.append(timed(partial(ask, client, minted[number], question | period, receiver)))
            cells += [", ".join(f"{measure(spent):.0f}" for spent in figures) for measure in (statistics.median, p95)]
        table.add_row(name, *cells)
    for client in clients:
        client.application.extensions["footfall"].close()
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--draws", type=int, default=60, help="receivers, and owners")
    options = parser.parse_args()
    console = Console()
    prepare = partial(kept, events=options.events, days=options.days, console=console)
    with (
        prepare("footfall_rows", counts=False) as rows,
        prepare("footfall_keep", counts=True) as keep,
    ):
        weigh(rows, options.events, "their counts as rows", console)
        total = weigh(keep, options.events, "all compressed", console)
        console.print(f"all: {total:.1f}   target < {TARGET}   {'met' if total < TARGET else 'MISSED'}\n")
        compare([rows, keep], options.days, options.draws, console)


if __name__ == "__main__":
    main()
