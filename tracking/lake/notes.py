"""What the database notes of the lake, for people and for `doctor`; the lake itself says what it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.lake import days

if TYPE_CHECKING:
    from datetime import date

    import psycopg

    from tracking.lake.tables import Lake

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A day of arrival in the lake."""

    day: date
    events: int
    ledger_events: int
    """Stored events, by the ledger."""
    missing: int
    """Those of them whose raw rows had been dropped before the day was written."""


def note(connection: Connection, written: Written, snapshot: int | None) -> None:
    """Notes a day that the lake has."""
    db.run(
        connection,
        "lake_note",
        day=written.day,
        events=written.events,
        ledger_events=written.ledger_events,
        missing=written.missing,
        snapshot=snapshot,
    )


def catch_up(connection: Connection, lake: Lake) -> None:
    """Notes what a killed run, or another deployment before this one, left out; forgets what the lake does not have."""
    done = days.whole(lake.events)
    db.run(connection, "lake_forget", done=sorted(done))
    noted = {day for day, *_ in db.run(connection, "lake_noted").fetchall()}
    missing = days.missing(lake.events)
    for day in sorted(done - noted):
        events, lacks = days.rows_of(lake.events, day), missing.get(day, 0)
        note(connection, Written(day, events, events + lacks, lacks), days.snapshot_of(lake.events, day))
