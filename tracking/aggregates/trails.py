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
        return blurred + pack(connection, datetime.now(UTC).date())


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
