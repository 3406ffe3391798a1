"""Measures what the live refresh costs: `python -m bench.refresh --help`. Needs DATABASE_URL, a native TimescaleDB.

Some days of events on 20,000 receivers, counted until an hour ago; the reporting timezone is one where it is evening.
Before each refresh the last quarter of an hour changes, and so do some others, by twenty batches of late events. Each
aggregate is refreshed in three ways, in turn.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from psycopg import ClientCursor
from rich.console import Console
from rich.table import Table

from bench.database import fresh
from bench.stats import CREATORS, NAMES, RECEIVERS, timed
from tracking import db, environment
from tracking.aggregates import refresh

if TYPE_CHECKING:
    from sqlalchemy import URL

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
CALL = "call refresh_continuous_aggregate(%(aggregate)s, %(since)s::timestamptz, %(until)s::timestamptz, force => {})"
WAYS = {
    "only changes": [CALL.format("false")],
    "changes, then all": [CALL.format("false"), CALL.format("true")],
    "as the jobs do": [db.query("aggregate_refresh")],
}
CASES: dict[str, tuple[str, tuple[int, ...]]] = {
    "quarters: nothing is late": ("event_counts_15min", ()),
    "quarters: late events of today": ("event_counts_15min", (0,)),
    "quarters: of yesterday and today": ("event_counts_15min", (0, 1)),
    "counts by the day: of yesterday": ("event_counts_daily", (1,)),
    "counts by the day: of five days ago": ("event_counts_daily", (5,)),
    "activity by the day: of yesterday": ("activity_daily", (1,)),
    "activity by the day: of five days ago": ("activity_daily", (5,)),
}
"""An aggregate, and how many days before today the late events happened."""
FILL = f"""
    insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
      select %(since)s + random() * (%(until)s - %(since)s), gen_random_uuid(),
             (array['web', 'web', 'ios'])[1 + floor(random() * 3)::int], 'user-' || floor(random() * {CREATORS})::int,
             'job', floor(power(random(), 3) * {RECEIVERS})::int::text,
             ({NAMES})[1 + floor(random() * 8)::int]
        from generate_series(1, %(events)s) as n
    order by 1
"""


def evening() -> timezone:
    """Where it is between six and seven now; sets it as the reporting timezone."""
    ahead = (18 - datetime.now(UTC).hour) % 24
    ahead -= 24 if ahead > 14 else 0
    os.environ["REPORTING_TIMEZONE"] = f"Etc/GMT{-ahead:+d}"
    return timezone(timedelta(hours=ahead))


class Live:
    """A database that counted what happened until an hour ago."""

    def __init__(self, url: URL, zone: timezone, events: int, days: int, console: Console) -> None:
        self._url = url
        self._connection = db.connect(url, cursor_factory=ClientCursor)
        self._rng = random.Random(5)
        now = datetime.now(zone)
        self._midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with console.status("filling") as status:
            for day in range(days, -1, -1):
                since = self._midnight - day * DAY
                until = min(since + DAY, now)
                status.update(f"filling: {day} days ago")
                self._happen(since, until, int(events * ((until - since) / DAY)))
            status.update("refreshing the aggregates")
            refresh.catch_up(url)
            self._connection.execute("vacuum analyze")

    def close(self) -> None:
        self._connection.close()

    def _happen(self, since: datetime, until: datetime, events: int) -> None:
        self._connection.execute(FILL, {"since": since, "until": until, "events": events})

    def arrive(self, days: tuple[int, ...]) -> None:
        """Twenty batches of each of these days, of five minutes each, and some in the last quarter that is counted."""
        ended = datetime.now(UTC) - timedelta(hours=1)
        ended -= timedelta(minutes=ended.minute % 15, seconds=ended.second, microseconds=ended.microsecond)
        self._happen(ended - QUARTER, ended, 30)
        for day in days:
            for _ in range(20):
                since = self._midnight - day * DAY + self._rng.random() * (16 if day == 0 else 23) * timedelta(hours=1)
                self._happen(since, since + timedelta(minutes=5), 5)

    def spend(self, way: list[str], aggregate: str) -> float:
        """Milliseconds to refresh, in this way, what is due. Afterwards nothing is due of any aggregate."""
        spans = refresh.due(self._url, [aggregate])
        spent = sum(timed(partial(self._call, call, span)) for span in spans for call in way)
        refresh.catch_up(self._url)
        return spent

    def _call(self, call: str, span: refresh.Span) -> None:
        self._connection.execute(call, span._asdict() | {"aggregate": f"tracking.{span.aggregate}"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=333_000, help="events a day")
    parser.add_argument("--days", type=int, default=30, help="days before today, at least 6")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    console, zone = Console(), evening()
    spent: dict[tuple[str, str], list[float]] = {(case, way): [] for case in CASES for way in WAYS}
    with fresh("footfall_bench_refresh"):
        live = Live(db.owner_url(environment.load()), zone, options.events, options.days, console)
        for number in range(options.rounds):
            for case, (aggregate, days) in CASES.items():
                for way in sorted(WAYS, key=lambda way: (list(WAYS).index(way) + number) % len(WAYS)):
                    live.arrive(days)
                    spent[case, way].append(live.spend(WAYS[way], aggregate))
        live.close()
    table = Table("due", *WAYS, title=f"{options.events:,} events a day; milliseconds, medians of {options.rounds}")
    for case in CASES:
        table.add_row(case, *(f"{statistics.median(spent[case, way]):.0f}" for way in WAYS))
    console.print(table)


if __name__ == "__main__":
    main()
