"""Measures how fast people are told: `python -m bench.tell --help`. Needs DATABASE_URL, a native TimescaleDB.

"Yesterday", the last day of the last week, has ten million views of 100,000 profiles, the day before half as many, and
the day before that a tenth. Read is what a daily rule has to tell of all profiles, page by page from the daily counts,
as the job does; beside it the same from the raw rows, by one statement. Then the job fills the outbox, and freezes it
into messages of a webhook.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as midnight
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from rich.console import Console
from rich.table import Table

from bench.database import fresh
from tracking import db, deployment, environment
from tracking.aggregates import refresh
from tracking.notifications import asking, filling, rules, timing
from tracking.notifications.asking import Due
from tracking.notifications.channels import configured
from tracking.notifications.rules import Rule
from tracking.trails import keeping
from tracking.trails.grouped import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import Engine

    from tracking.deployment import Deployment

PROFILES = 100_000
UTC_ZONE = ZoneInfo("UTC")
FILL = """
    insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
      select %(day)s::timestamptz + random() * interval '23 hours 59 minutes', gen_random_uuid(), 'web',
             'user-' || floor(random() * 1000000)::int, 'profile', (n %% %(profiles)s)::text, 'view'
        from generate_series(1, %(events)s) as n
    order by 1
"""
SECOND_NAME = """
    insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
      select %(day)s::timestamptz + random() * interval '23 hours 59 minutes', gen_random_uuid(), 'web',
             'user-' || floor(random() * 1000000)::int, 'profile', (n * 10)::text, 'view__photo'
        from generate_series(0, %(profiles)s / 10 - 1) as n
"""
DIMENSION = """
    insert into tracking.receivers (receiver_type, receiver_id, owner, title)
    select 'profile', n::text, 'owner-' || n %% 100, 'Profile ' || n from generate_series(0, %(profiles)s - 1) as n;
"""
CONTACTS = """
    insert into tracking.contacts (receiver_type, receiver_id, email, timezone)
    select receiver_type, receiver_id, receiver_id || '@example.com',
           (array['Europe/Berlin', 'Europe/London', 'America/New_York', 'Asia/Tokyo'])[1 + receiver_id::int %% 4]
      from tracking.receivers
"""
RAW = """
      select receiver_id, count(distinct creator)
        from tracking.events
       where receiver_type = 'profile'
         and name = 'view'
         and excluded is null
         and occurred_at >= %s
         and occurred_at <  %s
    group by receiver_id
"""
COUNTS, RAW_ROWS = "yesterday, from the daily counts", "yesterday, from the raw rows"
HALF = "half the events, from the daily counts"
VIEWS = Rule(
    rule="profile-views", kind="daily", receiver_type="profile", names=("view",), measure="creators",
    channel="webhook", url="https://hooks.example.com/", timezone="local",
)  # fmt: skip


def seconds(run: Callable[[], Any]) -> float:
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def make(url: str, yesterday: date, events: int, console: Console) -> None:
    """Fills three days that differ in the events a profile. Yesterday a tenth of the profiles has a second name."""
    with psycopg.connect(url, autocommit=True) as connection, console.status("filling"):
        connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest}')")
        connection.execute(DIMENSION, {"profiles": PROFILES})
        connection.execute(CONTACTS, {})
        for back, count in enumerate((events, events // 2, events // 10)):
            day = datetime.combine(yesterday - timedelta(days=back), midnight(), UTC)
            connection.execute(FILL, {"day": day, "events": count, "profiles": PROFILES})
        connection.execute(SECOND_NAME, {"day": datetime.combine(yesterday, midnight(), UTC), "profiles": PROFILES})
        refresh.catch_up(db.owner_url(environment.load()), ["event_counts_daily"])
        keeping.extend(db.owner_url(environment.load()))
        connection.execute("vacuum analyze")


def read(engine: Engine, decided: Deployment, one: Due) -> int:
    """All pages, as the job reads them; the number of profiles or owners."""
    size = filling.OWNERS if one.rule.per == "owner" else filling.PAGE
    after, found = "", 0
    with engine.connect().execution_options(**SNAPSHOT) as connection:
        while page := asking.ask(connection, decided, one, after=after, page=size):
            after, found = page[-1].id, found + len(page)
    return found


def read_raw(engine: Engine, day: date) -> int:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with engine.connect() as connection:
        return len(connection.exec_driver_sql(RAW, (since, since + timedelta(days=1))).all())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="of yesterday")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    console = Console()
    yesterday = timing.closed_day("weekly", datetime.now(UTC), UTC_ZONE)
    with fresh("footfall_bench_tell") as url:
        make(url, yesterday, options.events, console)
        here = environment.load()
        engine = db.engine(db.owner_url(here), statement_timeout_ms=filling.LONGEST_MS)
        decided = deployment.read(engine)
        half, tenth = yesterday - timedelta(days=1), yesterday - timedelta(days=2)
        several = replace(VIEWS, names=("view", "view__*"))
        weekly = replace(VIEWS, kind="weekly", per="owner", measure="events")
        ways: dict[str, Callable[[], Any]] = {
            COUNTS: partial(read, engine, decided, Due(VIEWS, yesterday)),
            RAW_ROWS: partial(read_raw, engine, yesterday),
            HALF: partial(read, engine, decided, Due(VIEWS, half)),
            "half the events, from the raw rows": partial(read_raw, engine, half),
            "a tenth, from the daily counts": partial(read, engine, decided, Due(VIEWS, tenth)),
            "a tenth, from the raw rows": partial(read_raw, engine, tenth),
            "yesterday, compared with the day before": partial(
                read, engine, decided, Due(replace(VIEWS, compares=True), yesterday)
            ),
            "yesterday, people of several names": partial(read, engine, decided, Due(several, yesterday)),
            "three days, a digest of 100 owners": partial(read, engine, decided, Due(weekly, yesterday)),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, run in ways.items():
                took[name].append(seconds(run))
        medians = {name: statistics.median(figures) for name, figures in took.items()}
        table = Table(title=f"{options.events:,} events, {PROFILES:,} profiles; medians of {options.rounds} rounds")
        for column in ("what is read", "s", "x"):
            table.add_column(column, justify="left" if column == "what is read" else "right")
        for name, figure in medians.items():
            table.add_row(name, f"{figure:.3f}", f"{figure / medians[COUNTS]:.2f}")
        console.print(table)
        console.print(f"raw rows / counts: {medians[RAW_ROWS] / medians[COUNTS]:.1f}")
        console.print(f"twice the events a profile: {medians[COUNTS] / medians[HALF]:.3f}")
        digest = Due(replace(weekly, measure="creators"), yesterday)
        console.print(f"a digest of people, once: {seconds(partial(read, engine, decided, digest)):.1f} s")
        with engine.begin() as connection:
            rules.add(connection, replace(VIEWS, first_day=yesterday))
        moment = timing.end_of(yesterday, decided.timezone) + timedelta(hours=2)
        console.print(f"filling {PROFILES:,} rows: {seconds(lambda: filling.fill(here, moment)):.1f} s")
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'"
            )
            connection.exec_driver_sql(
                "update tracking.notification_rules set quiet_from = '00:00', quiet_until = '00:00'"
            )
        (freezer,) = [one for one in configured(here) if one.name == "webhook"]
        frozen = 0

        def freeze() -> None:
            nonlocal frozen
            while people := freezer.freeze(engine, decided):
                frozen += people

        took_freezing = seconds(freeze)
        console.print(
            f"freezing {frozen:,} people's rows: {took_freezing:.1f} s, {frozen / took_freezing:,.0f} a second"
        )
        engine.dispose()


if __name__ == "__main__":
    main()
