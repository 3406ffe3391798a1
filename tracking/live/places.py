"""The place of a message in the order of arrival, as its id in the stream: RECEIVED_AT, or RECEIVED_AT,PLACE."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z(?:,([0-2][0-9a-f]{32,60}))?")


class Place(NamedTuple):
    """Behind all that arrived before a moment, and behind the message of that moment with this place; "": none."""

    moment: datetime
    within: str = ""

    def __str__(self) -> str:
        text = f"{self.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        return f"{text},{self.within}" if self.within else text


def place_of(text: str) -> Place | None:
    """The place that such a text names; None if it names none."""
    match = PLACE.fullmatch(text)
    if match is None:
        return None
    try:
        return Place(datetime.fromisoformat(f"{match[1]}+00:00"), match[2] or "")
    except ValueError:
        return None
