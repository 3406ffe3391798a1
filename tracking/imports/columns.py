"""The columns of a file, or keys of its objects, by the names that events have for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Annotated, Any

import msgspec

from tracking.imports import Event, times

OBJECTS = ("properties", "context")
TEXTS = ("id", "name", "receiver", "receiver_type", "receiver_id", "creator")
TARGETS = ("occurred_at", *TEXTS, *OBJECTS)
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
ALIASES = {"time": "occurred_at", "timestamp": "occurred_at"}


@dataclass(frozen=True)
class Columns:
    """Maps columns of the file to parts of the event. `given` is {column of the file: target}; `zone` is the timezone
    of naive times.

    If columns are given, unknown columns are left out; otherwise they are an error.
    """

    given: dict[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None

    def target(self, column: str) -> str | None:
        """The event's name for this column, or else the column's own; None if the column is left out."""
        if column in self.given:
            return self.given[column]
        target = ALIASES.get(column, column)
        if self.given and (target in self.given.values() or not is_target(target)):
            return None
        return target

    def event(self, values: Iterable[tuple[str, Any]]) -> Event:
        """The event in wire form, from its parts by target. Raises ValueError if a part is wrong."""
        event: Event = {}
        inner: dict[str, dict[str, Any]] = {name: {} for name in OBJECTS}
        for target, value in values:
            parent, dot, child = target.partition(".")
            if dot and parent in inner:
                inner[parent][child] = value
            else:
                event[target] = value
        for name, content in inner.items():
            if content:
                whole = event.get(name) or {}
                if not isinstance(whole, dict):
                    raise ValueError(f"{name}: not an object, so nothing can be added to it")
                event[name] = whole | content
        if {"receiver_type", "receiver_id"} <= event.keys():
            event["receiver"] = f"{event.pop('receiver_type')}:{event.pop('receiver_id')}"
        return event

    def timed(self, event: Event) -> Event:
        """The event with its time in wire form; a time that has that form already stays as it is."""
        time = event.get("occurred_at")
        if time is not None and not _is_on_the_wire(time):
            try:
                event["occurred_at"] = times.rfc_3339(times.instant(time, self.zone))
            except ValueError as error:
                raise ValueError(f"occurred_at: {error}") from None
        return event


def is_target(name: str) -> bool:
    parent, dot, child = name.partition(".")
    return bool(child) and parent in OBJECTS if dot else name in TARGETS


def given(pairs: Iterable[str]) -> dict[str, str]:
    """{column: target} from texts `TARGET=COLUMN`. Raises ValueError if a text has another form."""
    found: dict[str, str] = {}
    for pair in pairs:
        target, equals, column = pair.partition("=")
        target, column = target.strip(), column.strip()
        if not (equals and column):
            raise ValueError(f"{pair!r} is not of the form TARGET=COLUMN, as in occurred_at=ts")
        if not is_target(target):
            raise ValueError(f"{target!r} is no part of an event; these are: {', '.join(_offered())}")
        if column in found or target in found.values():
            raise ValueError(f"{pair!r}: {column if column in found else target} is given twice")
        found[column] = target
    return found


def _offered() -> Iterator[str]:
    yield from TARGETS
    yield from (f"{name}.…" for name in OBJECTS)


def _is_on_the_wire(time: Any) -> bool:
    """Whether it is a text with a T, which the validation accepts as it is."""
    if not isinstance(time, str) or time[10:11] != "T":
        return False
    try:
        msgspec.convert(time, _Moment)
    except msgspec.ValidationError:
        return False
    return True
