"""What became of one event, as it is shown: a stored one, one that was put aside, or a line for duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tracking.ingest.rows import Row
from tracking.live.mending import mend
from tracking.live.places import Place

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tracking.catalogue.windows import RuleOf

LENGTH = 20_000
"""Characters of one JSON text that are shown. A number as 1e300 is a hundred times as long as it was sent."""
ASIDE = ("rejected", "conflict")

_row = msgspec.json.Decoder(Row)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of the stream. None: not known. `sent`: what was sent, of what was put aside; JSON as it is read, or
    text. `properties` and `context` are JSON texts of at most `LENGTH` + 1 characters.
    """

    place: Place
    verdict: str
    source: str
    name: str | None
    creator: str | None
    receiver: str | None
    occurred_at: datetime | str | None
    event_id: UUID | str | None
    properties: str | None
    context: str | None
    field: str | None
    reason: str | None
    sent: Any
    events: int

    @classmethod
    def of(cls, received_at: datetime, within: str, verdict: str, source: str, *rest: Any) -> Arrived:
        """As `sql/queries/live_arrived.sql` gives it."""
        name, creator, receiver, occurred_at, event_id, properties, context, field, reason, payload, events = rest
        sent = _sent(payload) if verdict in ASIDE else None
        if isinstance(sent, dict):
            sent = {key: value for key, value in sent.items() if value is not None or key == field}
            name, receiver = _text(sent, "name"), _text(sent, "receiver")
            creator = creator or _text(sent, "creator")
            occurred_at, event_id = _text(sent, "occurred_at"), _text(sent, "id")
        return cls(
            Place(received_at, within), verdict, source, name, creator, receiver, occurred_at, event_id, properties,
            context, field, reason, sent, events,
        )  # fmt: skip

    def message(self, rules: RuleOf) -> dict[str, Any]:
        """What a stream says of it, without what is not known. `rules` are the catalogue's."""
        said = {
            "verdict": self.verdict,
            "received_at": self.place.moment,
            "source": self.source,
            "name": self.name,
            "creator": self.creator,
            "receiver": self.receiver,
            "occurred_at": self.occurred_at,
            "id": self.event_id,
            "properties": _shown(self.properties),
            "context": _shown(self.context),
            "field": self.field,
            "reason": self.reason,
            "warning": self._warning(rules),
            "mend": mend(self.verdict, self.field, self.reason),
            "sent": self.sent,
            "events": self.events,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _warning(self, rules: RuleOf) -> str | None:
        """What is wrong with the properties of a stored event, where the catalogue warns of it."""
        check = rules[self.name].check if self.name and self.event_id and self.verdict not in ASIDE else None
        text = self.properties or "{}"
        if check is None or check.mode != "warn" or len(text) > LENGTH:
            return None
        fault = check.fault(msgspec.json.decode(text))
        return None if fault is None else f"{fault.field}: {fault.reason}"


def _sent(payload: str | None) -> Any:
    """What was sent; of a row that the database refused or found in conflict, the event that it was made of."""
    if not payload:
        return None
    try:
        sent = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return payload
    if not isinstance(sent, dict) or "receiver" in sent:
        return sent
    try:
        row = _row.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return sent
    event = {
        "id": row.event_id,
        "name": row.name,
        "receiver": f"{row.receiver_type}:{row.receiver_id}",
        "occurred_at": row.occurred_at,
        "creator": row.creator,
        "properties": row.properties,
        "context": row.context,
    }
    return {name: value for name, value in event.items() if value is not None}


def _text(sent: dict[str, Any], field: str) -> str | None:
    value = sent.get(field)
    return value if isinstance(value, str) else None


def _shown(text: str | None) -> msgspec.Raw | str | None:
    """JSON as it is stored; of a longer one its beginning, as a text."""
    if text is None:
        return None
    return msgspec.Raw(text.encode()) if len(text) <= LENGTH else text[:LENGTH]
