"""Measures the cost of identity within source and creator: `python -m bench.identity --help`.

The API's statement on two databases that differ in nothing but the unique key and the places that name it: as it is,
and with (occurred_at, event_id) alone. The CPU time of the two sessions is compared, batch by batch in turn.
Needs DATABASE_URL, of a server on this machine: the CPU time is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from bench.database import PLAIN, WINDOWED, batch, fresh
from tracking import db

TICK = os.sysconf("SC_CLK_TCK")
KEY = "unique (occurred_at, event_id, source, creator)"
NARROWED = {
    "partition by t, i, s, c order": "partition by t, i order",
    """order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do nothing
        returning occurred_at, event_id, source, creator""": """order by t, i
        on conflict (occurred_at, event_id) do nothing
        returning occurred_at, event_id""",
    "(occurred_at, event_id, source, creator, 1) = (t, i, s, c, copy)": "(occurred_at, event_id, 1) = (t, i, copy)",
}


def narrow(dsn: str) -> None:
    """Makes identity (occurred_at, event_id) in that database. Stops if the statement has changed since."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        constraints = (
            "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'tracking.events'::regclass"
        )
        (key,) = [name for name, says in connection.execute(constraints) if says.lower() == KEY]
        connection.execute(
            sql.SQL(
                "alter table tracking.events drop constraint {0}, add constraint {0} unique (occurred_at, event_id)"
            ).format(sql.Identifier(key))
        )
        ((body,),) = connection.execute("select pg_get_functiondef('tracking.ingest(jsonb, jsonb)'::regprocedure)")
        for now, then in NARROWED.items():
            if body.count(now) != 1:
                raise SystemExit(f"tracking.ingest has not once: {now}")
            body = body.replace(now, then)
        connection.execute(body)


def cpu(connection: psycopg.Connection) -> int:
    """Clock ticks that the session's process has used."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def compare(dsns: list[str], size: int, name: str, batches: int, rounds: int) -> float:
    """CPU of the first database's session / of the second's, the median of the rounds."""
    statement, ratios = db.query("ingest"), []
    for number in range(rounds + 1):
        sessions = [psycopg.connect(dsn, autocommit=True, prepare_threshold=None) for dsn in dsns]
        for session in sessions:
            session.execute("truncate tracking.events, tracking.recent_actions, tracking.ingest_ledger")
            session.execute(
                statement, {"batch": batch(size, name, random.Random()), "rejected": "[]"}
            )  # what a session does once
        start = [cpu(session) for session in sessions]
        for _ in range(batches):
            rows = batch(size, name, random.Random())
            for session in random.sample(sessions, len(sessions)):
                session.execute(statement, {"batch": rows, "rejected": "[]"})
        used = [cpu(session) - before for session, before in zip(sessions, start, strict=True)]
        for session in sessions:
            session.close()
        if number:  # the first only warms up
            ratios.append(used[0] / used[1])
            print(f"{size} {name}: {used[0] / TICK:.2f} s / {used[1] / TICK:.2f} s = {ratios[-1]:.3f}", file=sys.stderr)
    return statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="the medians count (default 7)")
    parser.add_argument("--events", type=int, default=100_000, help="of each round (default 100,000)")
    options = parser.parse_args()
    with fresh("footfall_identity") as whole, fresh("footfall_narrow") as narrowed:
        narrow(narrowed)
        for size, name in ((500, PLAIN), (500, WINDOWED), (1, PLAIN)):
            batches = options.events // size if size > 1 else options.events // 10
            ratio = compare([whole, narrowed], size, name, batches, options.rounds)
            print(f"rows a batch {size:>4}, {name:<14} {ratio:.3f}")


if __name__ == "__main__":
    main()
