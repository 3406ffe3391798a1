"""Footfall's own format: `{"events": [...]}`, answered by counts and verdicts."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

import msgspec

from tracking.errors import Problem
from tracking.ingest.decode import UNSTORABLE, Decoded, counted, decode_one, parsed
from tracking.ingest.schemas import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.writer import Verdict
    from tracking.provenance.grants import Grant

_BATCH = msgspec.json.Decoder(Batch)


def decode(body: bytes, max_events: int, _: Grant) -> Decoded:
    """See `Dialect`. The reasons of rejections are found while you iterate."""
    if UNSTORABLE not in body:
        try:
            events = _BATCH.decode(body).events
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # find out what is wrong with which
        else:
            return Decoded(counted(len(events), max_events), events)
    sent = _envelope(body)
    return Decoded(counted(len(sent), max_events), map(decode_one, sent))


def reply(_: Decoded, verdicts: Sequence[Verdict]) -> bytes:
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
    sent = parsed(body)
    if not isinstance(sent, dict) or sent.keys() - {"events", "token"}:
        raise Problem(400, "invalid-envelope", 'The body must be {"events": [...]} and nothing else.')
    if not isinstance(sent.get("events"), list) or not isinstance(sent.get("token"), (str, NoneType)):
        raise Problem(400, "invalid-envelope", 'The body must be {"events": [...]} and nothing else.')
    events: list[Any] = sent["events"]
    return events
