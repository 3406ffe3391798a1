"""Footfall's own format: `{"events": [...]}`, answered by counts and verdicts."""

from __future__ import annotations

import json
import math
from types import NoneType
from typing import TYPE_CHECKING, Any

import msgspec

from tracking.errors import Problem
from tracking.ingest.decode import counted, decode_one
from tracking.ingest.schemas import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tracking.ingest.decode import Rejection
    from tracking.ingest.schemas import Event
    from tracking.ingest.writer import Verdict

_BATCH = msgspec.json.Decoder(Batch)


def decode(body: bytes, max_events: int) -> tuple[int, Iterable[Event | Rejection]]:
    """See `Dialect`. The reasons of rejections are found while you iterate."""
    if b"\\u0000" not in body:  # valid JSON, but PostgreSQL cannot store it
        try:
            events = _BATCH.decode(body).events
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # find out what is wrong with which
        else:
            return counted(len(events), max_events), events
    sent = _envelope(body)
    return counted(len(sent), max_events), map(decode_one, sent)


def reply(verdicts: Sequence[Verdict]) -> bytes:
    """See `Dialect`."""
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
    return msgspec.json.encode({"counts": counts, "verdicts": verdicts})


def problem(members: dict[str, Any]) -> dict[str, Any]:
    """See `Dialect`."""
    return members


def _envelope(body: bytes) -> list[Any]:
    """The raw events of a body that the fast decoder refused, read leniently enough to tell the good from the bad."""
    try:
        sent = json.loads(body.decode(), parse_int=_bounded_int)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem(400, "invalid-json", f"The body is not JSON in UTF-8{where}.") from None
    if not isinstance(sent, dict) or sent.keys() - {"events", "token"}:
        raise Problem(400, "invalid-envelope", 'The body must be {"events": [...]} and nothing else.')
    if not isinstance(sent.get("events"), list) or not isinstance(sent.get("token"), (str, NoneType)):
        raise Problem(400, "invalid-envelope", 'The body must be {"events": [...]} and nothing else.')
    events: list[Any] = sent["events"]
    return events


def _bounded_int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads, as the fast decoder has it
        return math.inf
