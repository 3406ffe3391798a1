"""What trails hold once there are ten times as many events: models, made from the trails of a world by themselves.

The raw events stay as they are. No question reads them, but for what is not in the trails yet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg

from bench.stats import CREATORS, OWNERS, RECEIVERS
from tracking.trails import keeping, packing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMES = 10
PLACES = 200
MONTH = timedelta(days=30)
ROWS = """
    select place, timed, since, until, events, people, kinds, quarters, times
      from bench_trails
     where place between %s and %s
"""
KEEP = "create table bench_trails as table tracking.trails; create index on bench_trails (place)"
EMPTY = "truncate tracking.trails"
MORE_PEOPLE = f"update tracking.trails_state set people = greatest(people, {TIMES * CREATORS})"
MORE_RECEIVERS = f"""
    insert into tracking.receivers (receiver_type, receiver_id, owner, title)
    select 'job', n::text, 'owner-' || mod(n, {OWNERS}) + n / {RECEIVERS} * {OWNERS}, 'Job ' || n
      from generate_series({RECEIVERS}, {TIMES * RECEIVERS} - 1) as n
"""
MORE_PLACES = f"""
    insert into tracking.places (receiver_type, receiver_id, place) overriding system value
    select receiver_type, receiver_id::int + n * {RECEIVERS}, place + n * highest
      from (select *, max(place) over () as highest from tracking.places where receiver_id::int < {RECEIVERS}) as own
     cross join generate_series(1, {TIMES} - 1) as n
"""


def keep(url: str) -> None:
    """The trails as they are, from which each model is made."""
    with psycopg.connect(url) as connection:
        connection.execute(KEEP)


def months(row: keeping.Stretch, highest: int) -> Iterator[keeping.Stretch]:
    """The platform is ten months old."""
    del highest
    for n in range(TIMES):
        yield _of_others(row, n)._replace(since=row.since - n * MONTH, until=row.until - n * MONTH)


def receivers(row: keeping.Stretch, highest: int) -> Iterator[keeping.Stretch]:
    """It has ten times the receivers, of ten times the owners, and ten times the people."""
    for n in range(TIMES):
        yield _of_others(row, n)._replace(place=row.place + n * highest)


def people(row: keeping.Stretch, highest: int) -> Iterator[keeping.Stretch]:
    """The same receivers and owners have ten times the events, of ten times the people."""
    del highest
    events = row.read()
    each = events._replace(
        people=np.concatenate([events.people + n * CREATORS for n in range(TIMES)]),
        kinds=np.tile(events.kinds, TIMES),
        times=np.tile(events.times, TIMES),
    )
    yield row._replace(events=row.events * TIMES, **_columns(row, each))


MODELS: dict[str, Callable[[keeping.Stretch, int], Iterator[keeping.Stretch]]] = {
    "ten months": months,
    "ten times the receivers": receivers,
    "ten times the events of each receiver": people,
}


def make(url: str, model: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(EMPTY)
        connection.execute(MORE_PEOPLE)
        ((highest,),) = connection.execute("select max(place) from bench_trails").fetchall()
        if MODELS[model] is receivers:
            connection.execute(MORE_RECEIVERS)
            connection.execute(MORE_PLACES)
        for first in range(1, highest + 1, PLACES):
            rows = connection.execute(ROWS, (first, first + PLACES - 1), binary=True).fetchall()
            stretches = (keeping.Stretch(*row) for row in rows)
            keeping.put(connection, [made for row in stretches for made in MODELS[model](row, highest)])
        connection.execute("vacuum analyze tracking.trails, tracking.places, tracking.receivers")


def _of_others(row: keeping.Stretch, number: int) -> keeping.Stretch:
    """The same, done by other people."""
    if not number:
        return row
    if row.quarters is None:
        people = np.frombuffer(row.people, ">u4") + np.uint32(number * CREATORS)
        return row._replace(people=people.astype(">u4").tobytes())
    people = packing.numbers([row.people], [row.events]) + np.uint32(number * CREATORS)
    return row._replace(people=packing.narrow(people))


def _columns(row: keeping.Stretch, events: packing.Events) -> dict[str, Any]:
    if row.quarters is not None:
        return packing.pack(events, row.since)._asdict()
    numbers = {"people": events.people, "kinds": events.kinds}
    sent = {key: column.astype(">u4").tobytes() for key, column in numbers.items()}
    return sent | {"times": events.times.astype(">i8").tobytes()}
