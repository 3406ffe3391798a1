"""Notes what arrived, and counts the people of weeks, months and owners' days again where something changed.

First the database notes which days were told otherwise before, and what is due (sql/functions/note_arrivals.sql). Then
that is counted from the trails, whole periods at a time, so that it may be broken off and done twice. At the end a day
that is over gets a tally, one a run, so that no late event waits for it. Each is a transaction of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from tracking import db
from tracking.trails import grouped
from tracking.trails.grouped import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Connection

    from tracking.trails.grouped import Part

STEP = 100_000
"""Events that are noted in one transaction, or as many more as one commit stored."""
RECEIVERS, OWNERS = 500, 200
"""So many are counted in one transaction."""
ATTEMPTS = 10
"""A mark made meanwhile makes the count fail: what was taken as due is counted with all that had happened by then."""


def count(url: URL) -> int:
    """Notes all that arrived until now, and counts what is due; returns how many periods of receivers and owners."""
    note(url)
    engine = db.engine(url)
    try:
        counted = sum(_until_done(engine, batch) for batch in (_periods, _owner_days))
        with engine.connect() as connection, connection.begin():
            db.run(connection, "tally_ended_day")
        return counted
    finally:
        engine.dispose()


def note(url: URL, step: int = STEP) -> int:
    """Notes all that arrived until now; returns the number of restatements."""
    written: int = 0
    with db.connect(url) as connection:
        db.run(connection, "note_holes")
        ((settled,),) = db.run(connection, "settled_until").fetchall()
        while True:
            ((reach,),) = db.run(connection, "arrivals_reach", most=step).fetchall()
            ((restated,),) = db.run(connection, "arrivals_note", reach=reach).fetchall()
            written += restated
            if reach >= settled:
                return written


def _until_done(engine: Any, batch: Callable[[Connection], int]) -> int:
    done, attempts = 0, 0
    while True:
        try:
            with engine.connect().execution_options(**SNAPSHOT) as connection, connection.begin():
                counted = batch(connection)
        except OperationalError as error:  # marked anew while it was counted
            attempts += 1
            if getattr(error.orig, "sqlstate", None) != "40001" or attempts == ATTEMPTS:
                raise
            continue
        if not counted:
            return done
        done += counted
        attempts = 0


def _periods(connection: Connection) -> int:
    """Counts some receivers of a week or month that is due; returns how many, none if nothing is due."""
    due = db.run(connection, "periods_take", most=RECEIVERS).all()
    if due:
        receivers = [(row.receiver_type, row.receiver_id) for row in due]
        parts = grouped.count(connection, due[0].since, due[0].until, receivers, list(range(len(receivers))))
        db.run(
            connection, "periods_put", grain=due[0].grain, start=due[0].start,
            types=[type_ for type_, _ in receivers], ids=[id_ for _, id_ in receivers],
            found_types=[receivers[part.group][0] for part in parts],
            found_ids=[receivers[part.group][1] for part in parts],
            **_columns(parts),
        )  # fmt: skip
    return len(due)


def _owner_days(connection: Connection) -> int:
    """Counts some owners of a day that is due; returns how many, none if nothing is due."""
    due = db.run(connection, "owner_days_take", most=OWNERS).all()
    if due:
        owners = [row.owner for row in due]
        number = {owner: place for place, owner in enumerate(owners)}
        theirs = db.run(connection, "owners_receivers", owners=owners).all()
        parts = grouped.count(
            connection, due[0].since, due[0].until,
            [(row.receiver_type, row.receiver_id) for row in theirs], [number[row.owner] for row in theirs],
        )  # fmt: skip
        db.run(
            connection, "owner_days_put", day=due[0].day, owners=owners,
            found=[owners[part.group] for part in parts], **_columns(parts),
        )  # fmt: skip
    return len(due)


def _columns(parts: list[Part]) -> dict[str, list[Any]]:
    return {
        "names": [part.name for part in parts],
        "events": [part.events for part in parts],
        "creators": [part.creators for part in parts],
    }
