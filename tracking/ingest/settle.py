"""Stage 4: each event of a request has its verdict, once all that is to be kept of them is committed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import structlog

from tracking.ingest.decode import Refusal
from tracking.ingest.kept import refused_row
from tracking.ingest.writer import UNFIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.kept import Kept
    from tracking.ingest.writer import Verdict, Write

log = structlog.get_logger(__name__)

MOST_TRIES = 64
"""Statements that are spent on telling what the database refuses from the rest: enough for three rows of 1,000."""

OF_TIME = (
    psycopg.errors.DatetimeFieldOverflow,
    psycopg.errors.InvalidDatetimeFormat,
    psycopg.errors.InvalidTimeZoneDisplacementValue,
)


def settle(
    write: Write, source: str, events: Sequence[bytes | Refusal], kept: Kept | None = None, alone: Write | None = None
) -> list[Verdict]:
    """The verdict of each event, row or refusal, in order, once all that is to be kept of them is committed.

    Without `kept`, every refusal is: who imports a file has it on disk already. `alone` writes where `write`, which may
    do so in company, was refused.
    """
    refused = [event for event in events if isinstance(event, Refusal)]
    rows = [event for event in events if isinstance(event, bytes)] if refused else events
    refusals = _kept(source, refused, kept) if refused else []
    try:
        written: Sequence[Verdict] = write(rows, refusals)  # type: ignore[arg-type]  # all are rows
    except UNFIT as error:
        alone = alone or write
        sifted = _sift(alone, rows, error)  # type: ignore[arg-type]
        unfit = [outcome for outcome in sifted if isinstance(outcome, Refusal)]
        alone((), refusals + _kept(source, unfit, kept))
        written = [rejected(outcome) if isinstance(outcome, Refusal) else outcome for outcome in sifted]
    if not refused:
        return list(written)
    verdicts = iter(written)
    return [rejected(event) if isinstance(event, Refusal) else next(verdicts) for event in events]


def rejected(refusal: Refusal) -> Verdict:
    return {"verdict": "rejected", "field": refusal.field, "reason": refusal.reason}


def _kept(source: str, refused: Sequence[Refusal], kept: Kept | None) -> list[bytes]:
    return kept.rows(source, refused) if kept else [refused_row(source, refusal) for refusal in refused]


def _sift(write: Write, rows: Sequence[bytes], error: Any) -> list[Verdict | Refusal]:
    """Writes the rows that can be, of some that the database refused as a whole; nothing is booked of the others.

    What is refused is halved, the largest part first. What is left after so many tries is refused together.
    """
    outcomes: dict[int, Verdict | Refusal] = {}
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
    refused = sum(isinstance(outcome, Refusal) for outcome in outcomes.values())
    log.error("rows were refused by the database", error=type(error.orig).__name__, rows=refused, tries=tries)
    return [outcomes[place] for place in range(len(rows))]


def _unfit(row: bytes, error: Any) -> Refusal:
    field = "occurred_at" if isinstance(error.orig, OF_TIME) else ""
    reason = f"the database cannot store it: {str(error.orig).partition(chr(10))[0]}"
    return Refusal(field, reason, msgspec.json.decode(row)["n"], row.decode())
