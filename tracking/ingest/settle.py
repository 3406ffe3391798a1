"""Stage 4: gives each event of a request its verdict, once everything that is kept of them is committed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import structlog

from tracking.ingest.decode import Rejection
from tracking.ingest.kept import rejected_row
from tracking.ingest.rows import Booked
from tracking.ingest.writer import UNFIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.kept import Kept
    from tracking.ingest.writer import Verdict, Write

log = structlog.get_logger(__name__)

MOST_TRIES = 64
"""Statements that are spent on telling what the database refuses from the rest: enough for three rows of 1,000."""

_booked = msgspec.json.Decoder(Booked).decode

OF_TIME = (
    psycopg.errors.DatetimeFieldOverflow,
    psycopg.errors.InvalidDatetimeFormat,
    psycopg.errors.InvalidTimeZoneDisplacementValue,
)


def settle(
    write: Write,
    source: str,
    events: Sequence[bytes | Rejection],
    kept: Kept | None = None,
    alone: Write | None = None,
    creator: str | None = None,
) -> list[Verdict]:
    """The verdict of each event, row or rejection, in order, once all that is to be kept of them is committed.

    `kept` bounds how many rejections are kept; without it, all are. `alone` writes what the database refused in
    company; without it, `write` does. `creator` is that of a client token.
    """
    rejections = [event for event in events if isinstance(event, Rejection)]
    rows = [event for event in events if isinstance(event, bytes)] if rejections else events
    rejected = _kept(source, rejections, kept, creator) if rejections else []
    try:
        written: Sequence[Verdict] = write(rows, rejected)  # type: ignore[arg-type]  # all are rows
    except UNFIT as error:
        alone = alone or write
        sifted = _sift(alone, rows, error)  # type: ignore[arg-type]
        unfit = [outcome for outcome in sifted if isinstance(outcome, Rejection)]
        alone((), rejected + _kept(source, unfit, kept, creator))
        written = [_verdict(outcome) if isinstance(outcome, Rejection) else outcome for outcome in sifted]
    if not rejections:
        return list(written)
    verdicts = iter(written)
    return [_verdict(event) if isinstance(event, Rejection) else next(verdicts) for event in events]


def _verdict(rejection: Rejection) -> Verdict:
    return {"verdict": "rejected", "field": rejection.field, "reason": rejection.reason}


def _kept(source: str, rejections: Sequence[Rejection], kept: Kept | None, creator: str | None) -> list[bytes]:
    if kept:
        return kept.rows(source, rejections, creator)
    return [rejected_row(source, rejection, creator) for rejection in rejections]


def _sift(write: Write, rows: Sequence[bytes], error: Any) -> list[Verdict | Rejection]:
    """Writes the rows that can be, of some that the database refused as a whole; nothing is booked of the others.

    What is refused is halved, the largest part first. What is left after so many tries is refused together.
    """
    outcomes: dict[int, Verdict | Rejection] = {}
    parts = deque([(range(len(rows)), error)])
    tries = 0
    while parts:
        part, error = parts.popleft()
        if len(part) <= 1 or tries >= MOST_TRIES:
            outcomes |= {place: _unfit(rows[place], error) for place in part}
            continue
        middle = len(part) // 2
        for half in (part[:middle], part[middle:]):
            tries += 1
            try:
                outcomes |= zip(half, write(rows[half.start : half.stop], ()), strict=True)
            except UNFIT as why:
                parts.append((half, why))
    unfit = sum(isinstance(outcome, Rejection) for outcome in outcomes.values())
    log.error("rows were refused by the database", error=type(error.orig).__name__, rows=unfit, tries=tries)
    return [outcomes[place] for place in range(len(rows))]


def _unfit(row: bytes, error: Any) -> Rejection:
    field = "occurred_at" if isinstance(error.orig, OF_TIME) else ""
    reason = f"the database cannot store it: {str(error.orig).partition(chr(10))[0]}"
    return Rejection(field, reason, _booked(row).name, row.decode(), "database")
