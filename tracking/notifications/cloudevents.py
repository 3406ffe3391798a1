"""Items as CloudEvents 1.0, in batches of bounded size (application/cloudevents-batch+json)."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tracking.notifications.text import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tracking.notifications.letters import Item, Letter

CONTENT_TYPE = "application/cloudevents-batch+json"
MAX_EVENTS = 100
MAX_BYTES = 20_000


class Event(NamedTuple):
    id: str
    json: bytes


def encoded(item: Item, letter: Letter, source: str, now: datetime) -> Event:
    """The item as JSON of at most MAX_BYTES, brackets included: what is too long loses parts, then its URL."""
    data: dict[str, Any] = {
        "rule": item.rule,
        "kind": item.kind,
        "per": item.per,
        "person": letter.person,
        "first_day": item.first_day,
        "day": item.day,
        "timezone": letter.timezone,
        "language": letter.language,
        "names": item.names,
        "measure": item.measure,
        "value": item.value,
        "few": item.value is None and item.threshold is None,
        "before": item.before,
        "threshold": item.threshold,
        "title": item.title,
        "url": item.url,
        "receivers": item.receivers,
        "parts": [part._asdict() for part in item.parts],
        "peers": item.beside and item.beside._asdict(),
        "text": sentence(item, letter.language, letter.timezone),
        "expires_at": letter.expires_at.astimezone(UTC),
    }
    event = {
        "specversion": "1.0",
        "id": item.id,
        "source": source,
        "type": f"footfall.notification.{item.kind}",
        "subject": item.receiver,
        "time": now.astimezone(UTC),
        "datacontenttype": "application/json",
        "data": data,
    }
    json = msgspec.json.encode(event)
    while len(json) > MAX_BYTES - len("[]") and (data["parts"] or data["url"]):
        if data["parts"]:
            data["parts"] = data["parts"][:-1]
        else:
            data["url"] = None
        json = msgspec.json.encode(event)
    return Event(item.id, json)


def batches(people: Iterable[Sequence[Event]]) -> Iterator[list[Event]]:
    """Packs the events; those of one person stay together where a batch can hold them."""
    batch: list[Event] = []
    for own in people:
        if batch and not _fit([*batch, *own]):
            yield batch
            batch = []
        for event in own:
            if not _fit([*batch, event]):
                yield batch
                batch = []
            batch.append(event)
    if batch:
        yield batch


def joined(batch: Sequence[Event]) -> bytes:
    return b"[" + b",".join(event.json for event in batch) + b"]"


def _fit(batch: Sequence[Event]) -> bool:
    return len(batch) <= MAX_EVENTS and sum(len(event.json) + 1 for event in batch) + 1 <= MAX_BYTES
