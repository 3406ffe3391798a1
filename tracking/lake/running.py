"""A run: the days that are due, oldest first. One that cannot be written does not keep the others out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tracking import db
from tracking.lake import days, notes, tables, writing
from tracking.lake.errors import LakeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import psycopg

    from tracking.lake.notes import Written
    from tracking.settings import Settings

    Connection = psycopg.Connection[Any]


class Watch(Protocol):
    """Is told how a run goes on."""

    def due(self, events: int) -> None:
        """So many events are to be read."""

    def read(self, events: int) -> None:
        """So many more were."""


class _Unwatched:
    def due(self, events: int) -> None:
        pass

    def read(self, events: int) -> None:
        pass


UNWATCHED = _Unwatched()


def write_due(settings: Settings, watch: Watch = UNWATCHED) -> list[Written]:
    """Writes each closed day that the lake does not have wholly.

    Raises `LakeError`, at the end if it is about single days.
    """
    with db.connect(db.owner_url(settings)) as connection, tables.written(settings) as lake:
        notes.catch_up(connection, lake)
        wanted = writing.due(connection, lake)
        watch.due(sum(booked(connection, day) for day in wanted))
        again = writing.outdated(connection)
        return _each(wanted, lambda day: writing.write(connection, lake, day, watch.read, again=day in again))


def write_again(settings: Settings, day: date, watch: Watch) -> Written | None:
    """Writes one closed day, whether the lake has it or not. Raises `LakeError`."""
    with db.connect(db.owner_url(settings)) as connection, tables.written(settings) as lake:
        if not writing.is_closed(connection, day):
            raise LakeError(f"{day}: no events arrived on that day (UTC) that the ledger has, or it is not over yet")
        watch.due(booked(connection, day))
        return writing.write(connection, lake, day, watch.read, again=True)


def adopt(settings: Settings) -> list[str]:
    """As `tables.adopt`; the database notes what the lake has."""
    adopted = tables.adopt(settings)
    with db.connect(db.owner_url(settings)) as connection, tables.read(settings) as lake:
        if lake is not None:
            notes.catch_up(connection, lake)
    return adopted


def booked(connection: Connection, day: date) -> int:
    """The stored events that arrived on a day, by the ledger."""
    since, until = days.bounds(day)
    ((events,),) = db.run(connection, "lake_day", since=since, until=until).fetchall()
    return int(events)


def _each(wanted: list[date], write: Callable[[date], Written | None]) -> list[Written]:
    written, faults = [], []
    for day in wanted:
        try:
            one = write(day)
        except LakeError as error:
            faults.append(str(error))
        else:
            written += [one] if one else []
    if faults:
        more = f" (so it is with {len(faults) - 1} more)" if faults[1:] else ""
        raise LakeError(f"{faults[0]}{more}; written: {len(written)} of {len(wanted)} days")
    return written
