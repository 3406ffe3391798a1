"""An event as it is sent. Its id and its time are made here, once, and are the same on every retry."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def uuid7() -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): milliseconds since 1970, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    bits = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def written(
    name: str,
    receiver: str,
    creator: str | None,
    occurred_at: datetime | None,
    properties: Mapping[str, Any] | None,
    context: Mapping[str, Any] | None,
) -> str:
    """The event as JSON. Raises TypeError or ValueError, which names the argument, if it cannot be written so."""
    moment = datetime.now(UTC) if occurred_at is None else occurred_at
    if not isinstance(moment, datetime):
        raise TypeError(f"occurred_at: expected datetime.now(UTC), a datetime with a timezone, not {_kind(moment)}")
    if moment.utcoffset() is None:
        raise ValueError("occurred_at: expected datetime.now(UTC), a datetime with a timezone; this one has none")
    event = {
        "id": uuid7(),
        "name": _text("name", name),
        "receiver": _text("receiver", receiver),
        "occurred_at": moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "creator": None if creator is None else _text("creator", creator),
        "properties": None if properties is None else _object("properties", properties),
        "context": None if context is None else _object("context", context),
    }
    return json.dumps({key: value for key, value in event.items() if value is not None}, allow_nan=False)


def _text(argument: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{argument}: expected a str, not {_kind(value)}")
    return value


def _object(argument: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{argument}: expected a dict, not {_kind(value)}")
    return dict(value)


def _kind(value: object) -> str:
    return type(value).__name__
