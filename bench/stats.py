"""Measures how fast counts come out: `python -m bench.stats --help`. Needs DATABASE_URL, a native TimescaleDB.

Thirty days of events on 20,000 receivers of 100 owners, as ingest and the policies leave them. Each endpoint is asked
in process (no socket), once per receiver or owner drawn at random; beside it the same answer by a plain statement over
the raw rows. What is kept after it took long is forgotten between questions, but for "busiest, again".
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.database import fresh
from tracking import db, environment
from tracking.aggregates import refresh
from tracking.app import create_app
from tracking.provenance import credentials, tokens
from tracking.stats.memo import Memo
from tracking.trails import keeping

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

RECEIVERS, OWNERS, CREATORS = 20_000, 100, 200_000
NAMES = "'{impression,impression,impression,impression,view,view,click,click__applicationCreated}'::text[]"
FILL = f"""
    insert into tracking.events (occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name)
      select at, at, gen_random_uuid(),
             (array['web', 'web', 'ios'])[1 + floor(random() * 3)::int], 'user-' || floor(random() * {CREATORS})::int,
             'job', floor(power(random(), 3) * {RECEIVERS})::int::text,
             ({NAMES})[1 + floor(random() * 8)::int]
        from (select now() - interval '2 hours' - (%(day)s + random()) * interval '1 day' as at
                from generate_series(1, %(events)s)) as moments
    order by 1
"""
DIMENSION = f"""
    insert into tracking.receivers (receiver_type, receiver_id, owner, title)
    select 'job', n::text, 'owner-' || n %% {OWNERS}, 'Job ' || n from generate_series(0, %(receivers)s - 1) as n
"""
RAW_ONE = """
    select count(*), count(distinct creator) from tracking.events
     where excluded is null and receiver_type = 'job' and receiver_id = %s and occurred_at >= %s
"""
RAW_OWNER = """
    select count(*), count(distinct creator) from tracking.events
      join tracking.receivers using (receiver_type, receiver_id)
     where excluded is null and owner = %s and occurred_at >= %s
"""
QUESTIONS: dict[str, dict[str, Any]] = {
    "summary, counts": {"path": "summary", "uniques": "false"},
    "summary, uniques": {"path": "summary", "compare": "none"},
    "timeseries by day, counts": {"path": "timeseries", "uniques": "false"},
    "timeseries by day, uniques": {"path": "timeseries"},
    "weeks of New York, uniques": {
        "path": "timeseries",
        "interval": "week",
        "timezone": "America/New_York",
    },
    "breakdown by name, counts": {"path": "breakdown", "uniques": "false"},
    "breakdown by name, uniques": {"path": "breakdown"},
    "top, counts": {"path": "top", "uniques": "false"},
    "top, uniques": {"path": "top"},
    "funnel": {"path": "funnel"},
}


def timed(run: Callable[[], Any]) -> float:
    """Milliseconds."""
    before = time.perf_counter()
    run()
    return (time.perf_counter() - before) * 1000


def p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def fill(url: str, events: int, console: Console, *, trails: bool = True) -> None:
    import psycopg  # noqa: PLC0415 - after the settings

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest,mint,stats}')")
        connection.execute(DIMENSION, {"receivers": RECEIVERS})
        with console.status("filling") as status:
            for day in range(30):
                status.update(f"filling day {day + 1} of 30")
                connection.execute(FILL, {"day": day, "events": events // 30})
            status.update("refreshing the aggregates")
            refresh.catch_up(db.owner_url(environment.load()))
            if trails:
                status.update("making trails")
                keeping.extend(db.owner_url(environment.load()))
                keeping.tidy(db.owner_url(environment.load()))
            connection.execute("vacuum analyze")


def ask(client: FlaskClient, token: str, question: dict[str, Any], receiver: str | None) -> None:
    query = {key: value for key, value in question.items() if key != "path"} | (
        {"receiver": receiver} if receiver else {}
    )
    response = client.get(
        f"/v1/stats/{question['path']}", query_string=query, headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200, response.text


def forget(app: Flask) -> None:
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, memo=Memo()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--draws", type=int, default=60, help="receivers, and owners")
    options = parser.parse_args()
    console = Console()
    with fresh("footfall_bench_stats") as url:
        fill(url, options.events, console)
        here = environment.load()
        app = create_app(here)
        client, credential = app.test_client(), credentials.derive(here.secret_keys[0], "web", 1)
        minted = [tokens.mint(credential, "stats", seconds=900, owner=f"owner-{n}") for n in range(OWNERS)]
        rng = random.Random(11)
        raw_one, raw_owner = raw(url, rng)
        table = Table(title=f'{options.events:,} events, 30 days; milliseconds; "x" is raw rows / API')
        for column in (
            "question",
            "any receiver p95",
            "x",
            "owner of 200 p95",
            "x",
            "busiest, first",
            "busiest, again",
        ):
            table.add_column(column, justify="left" if column == "question" else "right")
        for name, question in QUESTIONS.items():
            forget(app)
            first = timed(partial(ask, client, minted[0], question, "job:0"))
            again = statistics.median(timed(partial(ask, client, minted[0], question, "job:0")) for _ in range(5))
            drawn = [rng.randrange(RECEIVERS) for _ in range(options.draws)]
            forget(app)
            one = [timed(partial(ask, client, minted[n % OWNERS], question, f"job:{n}")) for n in drawn]
            owners = rng.sample(range(OWNERS), min(OWNERS, options.draws))
            many = [timed(partial(ask, client, minted[n], question, None)) for n in owners]
            table.add_row(
                name, f"{p95(one):.0f}", f"{raw_one / statistics.median(one):.1f}", f"{p95(many):.0f}",
                f"{raw_owner / statistics.median(many):.1f}", f"{first:.0f}", f"{again:.0f}",
            )  # fmt: skip
        app.extensions["footfall"].close()
        console.print(table)
        console.print(f"raw rows, median: any receiver {raw_one:.0f} ms, an owner of 200 {raw_owner:.0f} ms")


def raw(url: str, rng: random.Random) -> tuple[float, float]:
    """Median milliseconds of counting events and creators of a receiver, and of an owner, by a plain statement."""
    import psycopg  # noqa: PLC0415

    since = datetime.now(UTC) - timedelta(days=30)
    with psycopg.connect(url, autocommit=True) as connection:
        one = [timed(partial(connection.execute, RAW_ONE, (str(rng.randrange(RECEIVERS)), since))) for _ in range(10)]
        owner = [
            timed(partial(connection.execute, RAW_OWNER, (f"owner-{rng.randrange(OWNERS)}", since))) for _ in range(5)
        ]
    return statistics.median(one), statistics.median(owner)


if __name__ == "__main__":
    main()
