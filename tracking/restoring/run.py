"""Puts the rows of an origin back, batch by batch; each batch is a transaction, with the place after it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tracking import db, deployment
from tracking.catalogue.windows import Windows
from tracking.ingest.writer import UNFIT
from tracking.restoring import Unrestorable
from tracking.restoring.rows import Rules, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection, Engine

    from tracking.restoring import Origin

SOURCE = "(restore)"
"""Under this name a restore keeps its place among the imports; no source can be called so."""


@dataclass(slots=True)
class Tally:
    """Counts the rows so far: put back now, there already, and left out because their time was dropped here; and the
    events that left no row, as far as they were booked now.
    """

    restored: int = 0
    there: int = 0
    left_out: int = 0
    booked: int = 0


def restore(engine: Engine, origin: Origin, tell: Callable[[str], None], advance: Callable[[int], None]) -> Tally:
    """Puts all rows back that are not there yet. It calls `advance` with each place that it reaches.

    An interrupted restore goes on where it stopped. Raises `Unrestorable` at the first row at fault: of its batch
    nothing is stored, the batches before it are.
    """
    key = {"source": SOURCE, "fingerprint": origin.key}
    rules = _rules(engine)
    tally, after = _resume(engine, key)
    if after:
        tell(f"going on after {after:,} of {origin.size:,}")
    for part in origin.parts(after):
        rows, left_out = checked(part, rules)
        last = part.first + part.rows.num_rows - 1
        with _refused(f"{part.file}: rows {part.first:,} to {last:,}"), engine.begin() as connection:
            _write(connection, rows, rules, tally)
            tally.left_out += left_out
            counts = json.dumps(asdict(tally))
            db.run(connection, "import_advance", file=origin.name, lines=part.place, counts=counts, **key)
        advance(part.place)
    with engine.begin() as connection:
        db.run(connection, "import_finish", **key)
    return tally


def book(engine: Engine, lines: Iterable[bytes], where: str) -> int:
    """Books events that left no row, as far as the ledger lacks them; returns their number. `lines`: JSON arrays."""
    booked = 0
    for batch in lines:
        with _refused(where), engine.begin() as connection:
            booked += db.run(connection, "restore_ledger", lines=batch.decode()).scalar_one()
    return booked


@contextmanager
def _refused(where: str) -> Iterator[None]:
    try:
        yield
    except UNFIT as error:
        reason = str(error.orig).partition("\n")[0]
        raise Unrestorable(f"{where}: the database refused them: {reason}") from None


def _write(connection: Connection, rows: list[bytes], rules: Rules, tally: Tally) -> None:
    if not rows:
        return
    batch = (b"[" + b",".join(rows) + b"]").decode()
    new: int = db.run(connection, "restore", batch=batch, remembered=rules.remembered).scalar_one()
    tally.restored += new
    tally.there += len(rows) - new


def _rules(engine: Engine) -> Rules:
    made = deployment.read(engine)
    windows = Windows(engine).current()
    with engine.begin() as connection:
        remembered = db.run(connection, "restore_begin").scalar_one()
    oldest = made.oldest_imported()
    why = f"in {made.timezone.key} events are taken from {oldest:%Y-%m-%d} on"
    if made.retention_days:
        why = (
            f"RETENTION_DAYS={made.retention_days} is about to drop it. Run `python -m tracking migrate` with "
            "RETENTION_DAYS=0, restore, and then migrate with the old value: the counts stay"
        )
    return Rules(made.dropped_until, oldest, why, remembered, windows)


def _resume(engine: Engine, key: dict[str, str]) -> tuple[Tally, int]:
    with engine.connect() as connection:
        row = db.run(connection, "import_progress", **key).one_or_none()
    return (Tally(), 0) if row is None else (Tally(**row.counts), row.lines)
