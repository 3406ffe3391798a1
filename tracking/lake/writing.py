"""Writes closed days of arrival to the lake: each once, whole, and as the ledger says, or not at all."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tracking import db
from tracking.exports import arrivals
from tracking.lake import days, notes, publish, reading
from tracking.lake.errors import LakeError
from tracking.lake.notes import Written
from tracking.lake.schemas import EVENTS, LEDGER
from tracking.lake.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import psycopg
    from pyiceberg.table import Table

    from tracking.lake.reading import Counts
    from tracking.lake.schemas import TableOf
    from tracking.lake.tables import Lake

    Connection = psycopg.Connection[Any]


LONGEST = 12 * 3600.0
"""Seconds from a day's first file to its publication: what no snapshot names is removed after a day (expiry.py)."""


class Filled(NamedTuple):
    """A day's files, which nobody sees yet."""

    ledger: Sink
    events: Sink
    booked: int
    missing: int


def due(connection: Connection, lake: Lake) -> list[date]:
    """The days of arrival that are over, and that the lake does not have, or not wholly any more; oldest first."""
    return closed(connection, days.whole(lake.events) - outdated(connection))


def outdated(connection: Connection) -> set[date]:
    """The days that the lake has, and of which rows were put back since."""
    return {day for (day,) in db.run(connection, "lake_outdated").fetchall()}


def is_closed(connection: Connection, day: date) -> bool:
    """Whether events arrived on this day, and no more can."""
    return day in closed(connection, set())


def write(
    connection: Connection, lake: Lake, day: date, read: Callable[[int], object], *, again: bool = False
) -> Written | None:
    """Writes one closed day. None if the lake has it by now, since another process was quicker.

    `again`: it is written in any case, in place of what the lake has of it.
    `read` is told how many events more were read. Raises `LakeError` for a day that is not as the ledger says, or would
    take rows away, and the faults of storage as they are (`tables.written` tells them); the lake is then as it was.
    The ledger is published first: a day that has its events has all.
    """
    began = time.monotonic()
    for table in lake:
        table.refresh()
    if day in days.whole(lake.events) and not again:
        return None
    _missing(day, *reading.off(connection, day), reading.gone(connection, day))  # before hours of reading in vain
    with _discarded(Sink(lake.ledger, LEDGER), Sink(lake.events, EVENTS)) as (to_ledger, to_events):
        filled = _filled(connection, day, to_ledger, to_events, read)
        _check_not_less(lake, day, to_events.rows)
        if time.monotonic() - began > LONGEST:
            raise LakeError(
                f"{day} took more than {LONGEST / 3600:.0f} hours to read, and its files may be gone; run it again"
            )
    _published(lake.ledger, LEDGER, day, filled.ledger, 0)  # if another process was quicker: with the same lines
    if not _published(lake.events, EVENTS, day, filled.events, filled.missing):
        return None
    written = Written(day, filled.events.rows, filled.booked, filled.missing)
    notes.note(connection, written, days.snapshot_of(lake.events, day))
    return written


def closed(connection: Connection, but: set[date]) -> list[date]:
    """The days of arrival that are over, except these."""
    until = arrivals.settled_until(connection)
    return [day for (day,) in db.run(connection, "lake_due", done=sorted(but), until=until).fetchall()]


def _filled(connection: Connection, day: date, ledger: Sink, events: Sink, read: Callable[[int], object]) -> Filled:
    booked = reading.ledger(connection, day, ledger)
    stored = reading.events(connection, day, events, read)
    missing = _missing(day, booked, stored, reading.gone(connection, day))
    ledger.finish()
    events.finish()
    return Filled(ledger, events, booked.total(), missing)


def _missing(day: date, booked: Counts, stored: Counts, gone: Counts) -> int:
    """How many booked events are not stored any more, since retention dropped them. Raises `LakeError` for any other
    difference.
    """
    for key in sorted(booked.keys() | stored.keys()):
        if not booked[key] - gone[key] <= stored[key] <= booked[key]:
            source, name, verdict = key
            raise LakeError(
                f"{day} is not in the lake: of {source}, {name}, {verdict}, the ledger has {booked[key]:,} events and "
                f"{stored[key]:,} are stored; find out why: python -m tracking ledger"
            )
    return booked.total() - stored.total()


def _check_not_less(lake: Lake, day: date, rows: int) -> None:
    has = days.rows_of(lake.events, day)
    if rows < has:
        raise LakeError(
            f"{day} stays as it is: the lake has {has:,} events of it and the database only {rows:,}, since the others "
            "were dropped or erased"
        )


def _published(table: Table, of: TableOf, day: date, sink: Sink, lacks: int) -> bool:
    """Publishes the day, or takes the files away if it is certain that no snapshot names them."""
    try:
        published = publish.replace(table, of, day, sink.files, lacks)
    except publish.CONFLICTS:
        sink.discard()
        raise
    if not published:
        sink.discard()
    return published


@contextmanager
def _discarded(*sinks: Sink) -> Iterator[tuple[Sink, ...]]:
    """Takes the files away if the block fails."""
    try:
        yield sinks
    except BaseException:
        for sink in sinks:
            sink.discard()
        raise
