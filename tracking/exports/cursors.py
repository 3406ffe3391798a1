"""The place of an event in the order of arrival, as a text: RECEIVED_AT, or RECEIVED_AT,EVENT_ID."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma

from tracking.exports.arrivals import Place
from tracking.stats.periods import FIRST, LAST
from tracking.vocabulary import Timestamp

MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[ +-][0-9]{2}:[0-9]{2})"
ID = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
CURSOR = re.compile(rf"^({MOMENT})(,({ID}))?\Z")
EXPECTED = "expected the Next-Cursor of an answer, or RECEIVED_AT,EVENT_ID of a row"


@dataclass(frozen=True, slots=True)
class Cursor:
    """After the events of this moment with this id; without an id, before all events of this moment."""

    received_at: datetime
    event_id: UUID | None = None

    def __str__(self) -> str:
        moment = self.received_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return moment if self.event_id is None else f"{moment},{self.event_id}"

    @property
    def place(self) -> Place | None:
        """The place as arrivals have it; None: that of the moment itself."""
        return None if self.event_id is None else Place(self.received_at, self.event_id)


class CursorField(ma.fields.Field[Cursor]):
    """Text as an answer gave it, or made of the columns of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Cursor:
        match = CURSOR.match(value) if isinstance(value, str) else None
        if match is None:
            raise ma.ValidationError(EXPECTED)
        # a plus that was not written as %2B arrives as a blank
        try:
            moment = Timestamp().deserialize(match[1].replace(" ", "+")).astimezone(UTC)
        except OverflowError:
            raise ma.ValidationError("out of range") from None
        if not FIRST <= moment.date() <= LAST:
            raise ma.ValidationError("out of range")
        return Cursor(moment, UUID(match[5]) if match[5] else None)
