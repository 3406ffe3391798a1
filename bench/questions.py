"""Measures how long marketing waits: `python -m bench.questions --help`. Needs DATABASE_URL, a native TimescaleDB.

Thirty days of events as in bench.stats, and a ledger whose lines have twenty events each. Each question of
docs/questions.sql is asked over and over on one connection, with the settings of a login that `python -m tracking bi
grant` makes; the customer is one of a hundred.
"""

from __future__ import annotations

import argparse
import re
import statistics
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from rich.console import Console
from rich.table import Table

from bench.database import fresh
from bench.stats import fill, timed
from tracking import db, environment
from tracking.aggregates import refresh
from tracking.bi import visitors

if TYPE_CHECKING:
    from psycopg import Connection

QUESTIONS = Path(__file__).resolve().parent.parent / "docs" / "questions.sql"
BOUND_MS = 200
AS_A_LOGIN_HAS_IT = "-c jit=off -c work_mem=32MB -c role=marketing"
LEDGER = """
    insert into tracking.ingest_ledger (received_at, source, name, verdict, events, occurred_from, occurred_to, late)
      select start + interval '1 hour' * (batch * 20.0 / events), source, name, 'accepted', 20, start, start, 0
        from tracking.activity_hourly, generate_series(0, events / 20 - 1) as batch
       where events >= 20
    order by 1
"""


def questions() -> dict[str, str]:
    """The statements of docs/questions.sql, by name."""
    parts = re.split(r"^-- question: (\S+)$", QUESTIONS.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def make(url: str, events: int, console: Console) -> None:
    fill(url, events, console)
    with console.status("counting visitors"):
        visitors.count(db.owner_url(environment.load()))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(LEDGER)
            refresh.catch_up(db.owner_url(environment.load()))
            connection.execute("vacuum analyze")


def median(connection: Connection[Any], statement: str, rounds: int) -> tuple[float, float, int]:
    """Median and longest milliseconds, and the number of rows."""
    rows = len(connection.execute(statement).fetchall())  # and what it reads is in memory
    took = [timed(partial(connection.execute, statement)) for _ in range(rounds)]
    return statistics.median(took), max(took), rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    console = Console()
    with fresh("footfall_bench_questions") as url:
        make(url, options.events, console)
        table = Table(title=f"{options.events:,} events, 30 days; milliseconds, medians of {options.rounds} rounds")
        for column in ("question", "rows", "median", "longest", f"below {BOUND_MS}"):
            table.add_column(column, justify="left" if column == "question" else "right")
        with psycopg.connect(url, autocommit=True, prepare_threshold=None, options=AS_A_LOGIN_HAS_IT) as connection:
            for name, statement in questions().items():
                took, longest, rows = median(connection, statement.replace("'acme'", "'owner-7'"), options.rounds)
                met = "met" if took < BOUND_MS else "missed"
                table.add_row(name, str(rows), f"{took:.0f}", f"{longest:.0f}", met)
        console.print(table)


if __name__ == "__main__":
    main()
