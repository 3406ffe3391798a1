"""Keeps the trails: who did what, when, receiver by receiver (sql/functions/extend_trails.sql).

Each of these jobs may be broken off at any time: its whole transactions stay, and the next run does the rest.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from tracking import db
from tracking.trails import packing

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import URL

STEP = 1_000_000
"""Events of one transaction, or as many more as one commit stored."""
PLACES = 500
"""Receivers whose rows are joined in one transaction."""
ROWS = 1_000
"""Rows that are blurred in one transaction."""
DAY = timedelta(days=1)


class TrailsDiffered(Exception):  # noqa: N818 - they are right again
    def __init__(self, first: date, last: date, lacking: int) -> None:
        says = f"lacked {lacking:,}" if lacking > 0 else f"had {-lacking:,} too many"
        super().__init__(
            f"the trails of {first} until before {last} (UTC) {says} of the raw events, and were made anew; was the "
            "database's clock set back?"
        )


def extend(url: URL, step: int = STEP) -> int:
    """Takes in all events that arrived until now; returns their number."""
    added: int = 0
    with db.connect(url) as connection:
        ((settled,),) = db.run(connection, "settled_until").fetchall()
        while True:
            ((reach,),) = db.run(connection, "trails_reach", most=step).fetchall()
            ((taken,),) = db.run(connection, "trails_extend", reach=reach).fetchall()
            added += taken
            if reach >= settled:
                return added


def tidy(url: URL) -> int:
    """Joins rows of the same receiver, and blurs rows whose raw events are gone; returns the number of rows."""
    with db.connect(url) as connection:
        ((timezone, _, _, _, dropped_until),) = db.run(connection, "deployment").fetchall()
        today = datetime.now(UTC).date()
        check(connection, today)
        joined = pack(connection, today)  # first: two rows of one day that are blurred apart forget their common order
        return joined + (0 if dropped_until is None else blur(connection, dropped_until, ZoneInfo(timezone)))


def check(connection: psycopg.Connection[Any], today: date) -> None:
    """Holds the days of the running week of the month against the raw events, and makes them anew if they differ.

    Raises `TrailsDiffered` after that: somebody should know why.
    """
    last = today - DAY
    first = last - DAY * ((last.day - 1) % 7)
    ((lacking,),) = db.run(connection, "trails_remake", first_day=first, last_day=today).fetchall()
    if lacking:
        raise TrailsDiffered(first, today, lacking)


def pack(connection: psycopg.Connection[Any], today: date) -> int:
    """Joins each receiver's rows of months that are over, and of weeks of the running one; returns their number."""
    joined = 0
    for first_day, last_day, places in db.run(connection, "trails_unpacked", today=today).fetchall():
        for first in range(1, places + 1, PLACES):
            with connection.transaction():
                db.run(connection, "trails_hold")
                taken = db.run_binary(
                    connection, "trails_take",
                    first_day=first_day, last_day=last_day, first_place=first, last_place=first + PLACES - 1,
                ).fetchall()  # fmt: skip
                put(connection, [_joined(rows) for rows in _by_receiver(taken)])
            joined += len(taken)
    return joined


class Stretch(NamedTuple):
    """A row of the trails."""

    place: int
    timed: bool
    since: date
    until: date
    events: int
    people: bytes
    kinds: bytes
    quarters: bytes | None
    times: bytes

    def read(self) -> packing.Events:
        if self.quarters is None:
            return packing.sent(self.people, self.kinds, self.times)
        packed = packing.Packed(self.people, self.kinds, self.quarters, self.times)
        return packing.unpack(packed, self.events, self.since)


def _by_receiver(taken: list[Any]) -> list[list[Stretch]]:
    rows = sorted((Stretch(*row) for row in taken), key=lambda row: row[:3])
    return [list(each) for _, each in groupby(rows, key=lambda row: row[:2])]


def _joined(rows: list[Stretch]) -> Stretch:
    """One row of several."""
    since, until = min(row.since for row in rows), max(row.until for row in rows)
    events = packing.Events(*(np.concatenate(column) for column in zip(*(row.read() for row in rows), strict=True)))
    return Stretch(rows[0].place, rows[0].timed, since, until, len(events.people), *packing.pack(events, since))


def put(connection: psycopg.Connection[Any], rows: list[Stretch]) -> None:
    """Adds rows."""
    if rows:
        columns = zip(Stretch._fields, map(list, zip(*rows, strict=True)), strict=True)
        db.run(connection, "trails_put", **dict(columns))


def blur(connection: psycopg.Connection[Any], dropped_until: datetime, timezone: ZoneInfo) -> int:
    """Takes the time of day out of the rows whose raw events are gone; returns the number of rows.

    Their day (of UTC, and of the reporting timezone) and their order stay.
    """
    blurred = 0
    db.run(connection, "trails_blur_begin", dropped_until=dropped_until)
    while rows := db.run_binary(connection, "trails_timed", dropped_until=dropped_until, rows=ROWS).fetchall():
        with connection.transaction():
            for row in (Stretch(*one) for one in rows):
                db.run(connection, "trails_blur", **_blurred(row, timezone)._asdict())
        blurred += len(rows)
    return blurred


def _blurred(row: Stretch, timezone: ZoneInfo) -> Stretch:
    days = [row.since + n * DAY for n in range((row.until - row.since).days + 2)]
    begins = {datetime.combine(day, time(), zone).astimezone(UTC) for day in days for zone in (timezone, UTC)}
    events = row.read()
    events = events._replace(times=without_time(events.times, sorted(begins)))
    if row.quarters is None:
        return row._replace(times=events.times.astype(">i8").tobytes())
    packed = packing.pack(events, row.since)
    return row._replace(quarters=packed.quarters, times=packed.times)


def without_time(times: packing.Column, begins: list[datetime]) -> packing.Column:
    """For each time the last of `begins` before it, and a microsecond more for each earlier moment of its row.

    So two of one moment stay at one moment. `begins`: ascending; the first is not after any of the times.
    """
    starts = np.array([(moment - packing.EPOCH) // packing.INSTANT for moment in begins], np.int64)
    moments, place = np.unique(times, return_inverse=True)
    return (starts[np.searchsorted(starts, moments, side="right") - 1] + np.arange(len(moments)))[place]
