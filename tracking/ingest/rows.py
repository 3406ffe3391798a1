"""Stage 4: the rows that `tracking.ingest()` takes. Only this file has the letters of sql/functions/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

LETTERS = {
    "source": "s",
    "name": "n",
    "occurred_at": "t",
    "event_id": "i",
    "creator": "c",
    "receiver_type": "rt",
    "receiver_id": "ri",
    "properties": "p",
    "context": "x",
    "excluded": "e",
    "guard_key": "k",
    "window": "w",
    "across_sources": "a",
    "ceiling_key": "q",
    "ceiling": "m",
    "fault": "v",
    "accepted_at": "ra",
    "received_at": "at",
    "field": "f",
    "reason": "r",
    "payload": "p",
    "cause": "g",
}


class Booked(msgspec.Struct, rename=LETTERS, gc=False):
    """The part of each event that the ledger books. `name` is empty if the event has no valid one."""

    source: str
    name: str


class Row(Booked, kw_only=True, omit_defaults=True, gc=False):
    """An event to be written."""

    occurred_at: datetime
    event_id: str
    creator: str
    receiver_type: str
    receiver_id: str
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    excluded: str | None = None
    guard_key: str | None = None
    """Digest of what makes an action one; None: its repeats count."""
    window: float | None = None
    """Seconds within which another action with this `guard_key` is a repeat."""
    across_sources: bool = False
    """Whether actions that other sources report are repeats, too."""
    ceiling_key: str | None = None
    """Digest of what has a ceiling a day."""
    ceiling: int | None = None
    """The most events with this `ceiling_key` that count in a day."""
    fault: tuple[str, str, str] | None = None
    """What is wrong with properties that are stored all the same: mode, field, reason."""
    accepted_at: datetime | None = None
    """When the API took it, if it waited in a queue after that."""


class RejectedRow(Booked, kw_only=True, omit_defaults=True, gc=False):
    """A rejected event. Without a reason it is counted, and nothing of it is kept."""

    field: str | None = None
    reason: str | None = None
    payload: str | None = None
    cause: str | None = None
    creator: str | None = None
    """Of the client token; None where a source sent it."""
    excluded: str | None = None
    """As in `Row`, if it had been stored."""


class RestoredRow(Booked, kw_only=True, omit_defaults=True, gc=False):
    """An event that was stored before, with its arrival and its verdict; `properties` and `context` as they are."""

    occurred_at: datetime
    received_at: datetime
    event_id: str
    creator: str
    receiver_type: str
    receiver_id: str
    properties: msgspec.Raw | None = None
    context: msgspec.Raw | None = None
    excluded: str | None = None
    guard_key: str | None = None
    """Of a counted row that the guard has to know."""
    window: float | None = None
    """As in `Row`."""
