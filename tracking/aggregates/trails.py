"""Keeps the trails: who did what, when, receiver by receiver (sql/functions/extend_trails.sql).

Each of these jobs may be broken off at any time: its whole transactions stay, and the next run does the rest.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from tracking import db

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import URL

STEP = 1_000_000
"""Events of one transaction, or as many more as one commit stored."""
PLACES = 5_000
"""Receivers whose rows are joined in one transaction."""
ROWS = 1_000
"""Rows that are blurred in one transaction."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


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
    """Blurs rows whose raw events are gone, and joins rows of the same receiver; returns the number of rows."""
    with db.connect(url) as connection:
        ((timezone, _, _, _, dropped_until),) = db.run(connection, "deployment").fetchall()
        blurred = 0 if dropped_until is None else blur(connection, dropped_until, ZoneInfo(timezone))
        today = datetime.now(UTC).date()
        check(connection, today)
        return blurred + pack(connection, today)


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
    for since, until, places in db.run(connection, "trails_unpacked", today=today).fetchall():
        for first in range(1, places + 1, PLACES):
            ((rows,),) = db.run(
                connection, "trails_pack",
                first_day=since, last_day=until, first_place=first, last_place=first + PLACES - 1,
            ).fetchall()  # fmt: skip
            joined += rows
    return joined


def blur(connection: psycopg.Connection[Any], dropped_until: datetime, timezone: ZoneInfo) -> int:
    """Takes the time of day out of the rows whose raw events are gone; returns the number of rows.

    Their day (of the reporting timezone) and their order stay.
    """
    blurred = 0
    db.run(connection, "trails_blur_begin", dropped_until=dropped_until)
    while rows := db.run(connection, "trails_timed", dropped_until=dropped_until, rows=ROWS).fetchall():
        with connection.transaction():
            for place, since, until, times in rows:
                days = [since + n * DAY for n in range(-1, (until - since).days + 2)]
                midnights = [datetime.combine(day, time(), timezone).astimezone(UTC) for day in days]
                db.run(connection, "trails_blur", place=place, since=since, times=without_time(times, midnights))
        blurred += len(rows)
    return blurred


def without_time(times: bytes, midnights: list[datetime]) -> bytes:
    """The column of times where each is its day's midnight, and a microsecond more for each earlier moment of its row.

    So two of one moment stay at one moment. `midnights`: ascending; the first is not after any of the times.
    """
    starts = np.array([(midnight - EPOCH) // INSTANT for midnight in midnights], np.int64)
    moments, place = np.unique(np.frombuffer(times, ">i8"), return_inverse=True)
    begins = starts[np.searchsorted(starts, moments, side="right") - 1]
    return (begins + np.arange(len(moments)))[place].astype(">i8").tobytes()
