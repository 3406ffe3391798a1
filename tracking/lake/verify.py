"""Compares, day by day: the lake's events, the lake's ledger, and the ledger of the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tracking import db
from tracking.lake import days, tables
from tracking.vocabulary import STORED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import psycopg
    from pyiceberg.table import Table

    from tracking.settings import Settings

    Connection = psycopg.Connection[Any]

ByDay = dict["date", Counter[str]]
"""Events by day of arrival and verdict."""


class Verified(NamedTuple):
    days: int
    events: int
    faults: list[str]
    """A sentence each; none: all is as it should be."""


def verify(settings: Settings, read: Callable[[int, int], object]) -> Verified:
    """Reads all days of arrival, and all verdicts, of the lake. `read` is told how many rows of how many are read.

    Raises `LakeError`, also for a file that is not there or is broken.
    """
    with db.connect(db.owner_url(settings)) as connection, tables.read(settings) as lake:
        if lake is None:
            return Verified(0, 0, [])
        events = _by_day(lake.events, "excluded", None, read)
        ledger = _by_day(lake.ledger, "verdict", "events", read)
        whole, missing = days.whole(lake.events), days.missing(lake.events)
        faults = [f"{day}: the lake has rows of a day that it does not list" for day in sorted(events.keys() - whole)]
        for day in sorted(whole):
            has, says = events.get(day, Counter()), ledger.get(day, Counter())
            faults += [f"{day}: {fault}" for fault in _of_lake(has, says, missing.get(day, 0))]
            faults += [f"{day}: {fault}" for fault in _of_database(says, _booked(connection, day))]
        return Verified(len(whole), sum(counts.total() for counts in events.values()), faults)


def _by_day(table: Table, verdict: str, number: str | None, read: Callable[[int, int], object]) -> ByDay:
    """The events by day of arrival and verdict; each row is one, or as many as it has in the column `number`."""
    found: ByDay = defaultdict(Counter)
    columns = ("received_at", verdict, *([number] if number else []))
    scan = table.scan(selected_fields=columns)
    total = sum(task.file.record_count for task in scan.plan_files())
    for batch in scan.to_arrow_batch_reader():
        arrived = pc.floor_temporal(batch.column("received_at"), unit="day")
        numbers = batch.column(number) if number else pa.array([1] * len(batch))
        counts = pa.table({"day": arrived, "verdict": batch.column(verdict), "events": numbers})
        for row in counts.group_by(["day", "verdict"]).aggregate([("events", "sum")]).to_pylist():
            found[row["day"].date()][row["verdict"] or "accepted"] += row["events_sum"]
        read(len(batch), total)
    return found


def _of_lake(has: Counter[str], says: Counter[str], missing: int) -> list[str]:
    """Whether the lake's events are those of the lake's ledger, but for those that were dropped before."""
    lacks = sum(says[verdict] - has[verdict] for verdict in STORED)
    more = any(has[verdict] > says[verdict] for verdict in has)
    if lacks == missing and not more:
        return []
    stored = sum(says[verdict] for verdict in STORED)
    return [f"the lake has {has.total():,} events and its ledger {stored:,}, of which {missing:,} were dropped before"]


def _of_database(says: Counter[str], booked: Counter[str]) -> list[str]:
    """Whether the lake's ledger is that of the database, if this still knows the day."""
    if not booked or booked == says:
        return []
    return [f"the lake's ledger has {says.total():,} events and the database's {booked.total():,}"]


def _booked(connection: Connection, day: date) -> Counter[str]:
    since, until = days.bounds(day)
    return Counter(dict(db.run(connection, "lake_verdicts", since=since, until=until).fetchall()))
