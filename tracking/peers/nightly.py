"""Each night: counts receivers that came of age, and holds each against similar ones.

A number at an age is counted once, the night after the receiver reached it, and never again: whoever sends late events
to another's receiver cannot watch its number move from band to band.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracking import db
from tracking.peers import AGES, STEPS
from tracking.peers.advice import advice
from tracking.peers.cohorts import Field, Row, at_least, measured
from tracking.steps import of_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import psycopg
    from sqlalchemy import URL

    from tracking.peers.cohorts import Compared
    from tracking.settings import Settings

KEPT = timedelta(days=730)
"""Older receivers are no measure for today's."""
MOST = 5_000
"""Receivers that one statement writes."""


def run(settings: Settings) -> int:
    """The night's work; returns the number of receivers that were compared."""
    return write(db.owner_url(settings), settings.peers_by, settings.peers_steps)


def write(url: URL, by: Sequence[str], steps: Sequence[str], now: datetime | None = None) -> int:
    """Counts and compares until the last midnight of the reporting timezone, once a day; broken off, nothing changes.

    `by`: attributes that make cohorts; `steps`: as in `STEPS`. Returns the number of receivers that were compared.
    """
    with db.connect(url) as connection, connection.transaction():
        ((timezone, *_),) = db.run(connection, "deployment").fetchall()
        today = (now or datetime.now(UTC)).astimezone(ZoneInfo(timezone)).date()
        counted_on, counted = db.run(connection, "peers_begin").fetchall()[0]
        if counted_on == today:
            return 0
        if counted != list(steps):
            db.run(connection, "peers_forget")
        _count(connection, timezone, today, by, steps)
        compared = 0
        for age in AGES:
            found = db.run(connection, "peers_of_age", age=age)
            rows = [Row(kind, id_, owner, tuple(has), tuple(numbers)) for kind, id_, owner, has, numbers in found]
            latest = set(db.run(connection, "peers_at_age", age=age))
            compared += _write(connection, _compared(rows, latest, by, age))
        db.run(connection, "peers_end", day=today, steps=list(steps))
    return compared


def _count(
    connection: psycopg.Connection[Any], timezone: str, today: date, by: Sequence[str], steps: Sequence[str]
) -> None:
    patterns = {step: of_step(name) for step, name in zip(STEPS, steps, strict=True)}
    db.run(connection, "peers_seen", timezone=timezone, today=today, oldest=today - KEPT)
    db.run(connection, "peers_count", timezone=timezone, today=today, ages=list(AGES), **patterns)
    db.run(connection, "peers_describe", by=list(by))


def _compared(
    rows: Sequence[Row], latest: set[tuple[str, str]], by: Sequence[str], age: int
) -> Iterator[tuple[str, str, str]]:
    """(type, id, comparison) of the receivers whose latest age this is, and for which there is a cohort."""
    field = Field(rows)
    for row in rows:
        found = field.compare(row) if row[:2] in latest else None
        if found is not None:
            told = comparison(row, found, by, age)
            yield row.receiver_type, row.receiver_id, json.dumps(told)


def comparison(row: Row, found: Compared, by: Sequence[str], age: int) -> dict[str, Any]:
    """All that is ever told of a receiver beside others."""
    return {
        "age": age,
        "by": list(by[: found.shares]),
        "receivers": at_least(found.quartiles[STEPS[0]].receivers),
        "measures": measured(row, found),
        "advice": advice(row, found.quartiles),
    }


def _write(connection: psycopg.Connection[Any], compared: Iterator[tuple[str, str, str]]) -> int:
    some = list(compared)
    for first in range(0, len(some), MOST):
        types, ids, comparisons = (list(each) for each in zip(*some[first : first + MOST], strict=True))
        db.run(connection, "peers_compare", types=types, ids=ids, comparisons=comparisons)
    return len(some)
