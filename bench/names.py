"""Measures what many names of events cost: `python -m bench.names --help`. Needs DATABASE_URL, a native TimescaleDB.

The same events, with ten names and with ten thousand, all as likely. It counts rows and bytes, which other work on the
machine does not change.
"""

from __future__ import annotations

import argparse
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.database import fresh
from bench.keep import SIZES
from tracking import db, environment
from tracking.aggregates import AGGREGATES, refresh
from tracking.catalogue import seen
from tracking.ingest.bulk import Bulk, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

RECEIVERS, CREATORS, BATCH = 20_000, 50_000, 500
DAYS = 2
LEDGER = "select count(*) from tracking.ingest_ledger"


def events(many: int, names: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Of an action that the catalogue does not have, before today, on receivers of which some are busy."""
    newest = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(many):
        yield {
            "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "name": f"tap__button{rng.randrange(names)}",
            "receiver": f"job:{int(rng.random() ** 3 * RECEIVERS)}",
            "creator": f"user-{rng.randrange(CREATORS)}",
            "occurred_at": (newest - timedelta(days=DAYS) * rng.random()).isoformat(),
        }


def measured(many: int, names: int) -> dict[str, float]:
    """What is kept of so many events with so many names, in a new database."""
    with fresh("footfall_bench_names"):
        here, found = environment.load(), {}
        url = db.owner_url(here)
        with db.connect(url) as connection:
            connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest}')")
        engine, tally = db.engine(url), Tally()
        try:
            bulk, sent = Bulk(engine, here, "web"), list(events(many, names, random.Random(7)))
            for first in range(0, many, BATCH):
                bulk.write(sent[first : first + BATCH], tally)
            accepted = tally.counts["accepted"]
            refresh.catch_up(url)
            with db.connect(url) as connection:
                ((found["ledger, lines"],),) = connection.execute(LEDGER).fetchall()
                for aggregate in AGGREGATES:
                    ((found[f"{aggregate}, rows"],),) = connection.execute(
                        f"select count(*) from tracking.{aggregate}"
                    ).fetchall()
                weights = connection.execute(SIZES).fetchall()
            with engine.begin() as talking:
                answer = seen.report(talking)
            found["counts, bytes an event"] = (
                sum(float(rows + indexes) for name, rows, indexes in weights if name != "events") / accepted
            )
            found["catalogue, bytes of the answer"] = len(json.dumps(answer, default=str))
            found["catalogue, names shown"] = len(answer["unknown_names"])
            found["catalogue, names left out"] = answer["unknown_names_left_out"]
        finally:
            engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000, help="(default 200,000)")
    parser.add_argument("--names", type=int, nargs="+", default=[10, 1_000, 10_000], help="(default 10 1000 10000)")
    options = parser.parse_args()
    every = [measured(options.events, names) for names in options.names]
    table = Table("names", *(f"{names:,}" for names in options.names), title=f"{options.events:,} events")
    for what in every[0]:
        table.add_row(what, *(f"{one[what]:,.0f}" for one in every))
    Console().print(table)


if __name__ == "__main__":
    main()
