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
    """The event as JSON. Raises TypeError or ValueError if it cannot be written so."""
    moment = occurred_at or datetime.now(UTC)
    if moment.tzinfo is None:
        raise ValueError("occurred_at has no timezone; give datetime.now(UTC)")
    event = {
        "id": uuid7(),
        "name": name,
        "receiver": receiver,
        "occurred_at": moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "creator": creator,
        "properties": properties and dict(properties),
        "context": context and dict(context),
    }
    return json.dumps({key: value for key, value in event.items() if value is not None}, allow_nan=False)
