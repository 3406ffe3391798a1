"""Rows as lines of JSON. They hold what is stored, exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.exports.arrivals import Row


class Line(msgspec.Struct, gc=False):
    """A row, with the JSON of properties and context as it is stored."""

    occurred_at: datetime
    received_at: datetime
    event_id: UUID
    source: str
    creator: str
    receiver_type: str
    receiver_id: str
    name: str
    properties: msgspec.Raw | None
    context: msgspec.Raw | None
    excluded: str | None


_lines = msgspec.json.Encoder().encode_lines


class Lines:
    """NDJSON: an object a line."""

    def rows(self, rows: Iterable[Row]) -> bytes:
        """These rows, each with its line's end."""
        return _lines([_line(row) for row in rows])

    def end(self) -> bytes:
        """Nothing: each line is whole by itself."""
        return b""


def _line(row: Row) -> Line:
    return Line(
        row.occurred_at.astimezone(UTC),
        row.received_at.astimezone(UTC),
        row.event_id,
        row.source,
        row.creator,
        row.receiver_type,
        row.receiver_id,
        row.name,
        None if row.properties is None else msgspec.Raw(row.properties),
        None if row.context is None else msgspec.Raw(row.context),
        row.excluded,
    )
