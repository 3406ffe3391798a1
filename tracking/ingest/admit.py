"""Stage 3, after the shape: checks the sender's rights and the time of each event, and makes a row of it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import msgspec

from tracking.ingest.bots import Agents
from tracking.ingest.decode import Rejection
from tracking.ingest.rows import Row
from tracking.ingest.schemas import MAX_ROW_BYTES, Event
from tracking.provenance.names import is_among

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.catalogue.windows import Rule, RuleOf
    from tracking.provenance.grants import Grant

UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
FOREIGN_IDS = uuid.UUID("5f6f0c1e-7a43-5c52-9d2b-0b1f5a3c9e11")
"""The UUIDv5 namespace (RFC 9562, section 5.5) of ids that are not UUIDs, and of events without one."""

SENDERS_NAME = "missing; with a source credential each event names its creator"

_encode = msgspec.json.Encoder().encode
_encode_content = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules for one sender's events. Raw events before `dropped_until` were dropped; only their counts are kept.

    `excluded` is why none of these events counts, if that is known already. `accepted_at` is now, where
    a queue follows.
    `warned` has, once rows are made, the fault of each row whose sender is told of it, by the row's identity.
    """

    grant: Grant
    windows: RuleOf
    oldest: datetime
    newest: datetime
    agents: Agents = field(default_factory=Agents)
    dropped_until: datetime | None = None
    excluded: str | None = None
    accepted_at: datetime | None = None
    warned: dict[int, str] = field(default_factory=dict)

    def rows(self, events: Iterable[Event | Rejection]) -> list[bytes | Rejection]:
        """For each event its row, as a JSON object for `tracking.ingest()`, or its rejection."""
        return [one if isinstance(one, Rejection) else (self._rejection(one) or self._row(one)) for one in events]

    def _rejection(self, event: Event) -> Rejection | None:
        grant = self.grant
        if event.occurred_at > self.newest:
            return Rejection.of(event, "occurred_at", "in the future; check the client's clock", "time")
        if event.occurred_at < self.oldest:
            return Rejection.of(event, "occurred_at", self._too_old(event.occurred_at), "time")
        if grant.creator is None:
            if event.creator is None:
                return Rejection.of(event, "creator", SENDERS_NAME, "scope")
        elif event.creator is not None and event.creator != grant.creator:
            return Rejection.of(event, "creator", "not the creator of the token", "scope")
        if grant.receivers is not None and event.receiver not in grant.receivers:
            return Rejection.of(event, "receiver", "not among the token's receivers", "scope")
        if grant.names is not None and not is_among(event.name, grant.names):
            return Rejection.of(event, "name", "not among the token's names", "scope")
        source = grant.source
        if source is not None and source.rules is not None and (reason := source.rules[event.name]):
            return Rejection.of(event, "name", reason, "name", self._excluded(event))
        return None

    def _too_old(self, moment: datetime) -> str:
        if self.dropped_until is None or moment >= self.dropped_until:
            return f"too old; nothing before {_utc(self.oldest)} is taken"
        dropped = _utc(self.dropped_until)
        return f"too old; raw events before {dropped} were dropped, and of older events only counts are kept"

    def _row(self, event: Event) -> bytes | Rejection:
        receiver_type, _, receiver_id = event.receiver.partition(":")
        source = self.grant.source_name
        creator = cast("str", self.grant.creator or event.creator)  # one of them is set: see _rejection
        moment = event.occurred_at
        row = Row(
            source=source,
            name=event.name,
            # in UTC: PostgreSQL knows no offset of sixteen hours, which RFC 3339 does
            occurred_at=moment if moment.tzinfo is UTC else moment.astimezone(UTC),
            event_id=event_id(event, source, creator),
            creator=creator,
            receiver_type=receiver_type,
            receiver_id=receiver_id,
            properties=event.properties,
            context=event.context,
            accepted_at=self.accepted_at,
        )
        row.excluded = self._excluded(event)
        rule = self.windows[event.name]
        if row.excluded is None:
            self._guard(row, event, rule)
        if rule.check is not None and (fault := rule.check.fault(event.properties)):
            if rule.check.mode == "reject":
                return Rejection.of(event, *fault, "schema", row.excluded)
            row.fault = (rule.check.mode, *fault)
        encoded = _encode(row)
        if len(encoded) > MAX_ROW_BYTES:
            return Rejection.of(
                event, "properties", f"the event has {len(encoded):,} bytes; the most is {MAX_ROW_BYTES:,}"
            )
        if row.fault is not None and row.fault[0] == "warn":
            self.warned[id(encoded)] = f"{row.fault[1]}: {row.fault[2]}"
        return encoded

    def _excluded(self, event: Event) -> str | None:
        """Why it is stored and does not count; None: it counts, unless the database finds a reason."""
        return self.excluded or self.agents.excluded(event.context)

    def _guard(self, row: Row, event: Event, rule: Rule) -> None:
        """Adds what the database guards against: repeats within a window, and too many in a day."""
        is_client = self.grant.kind != "source"
        if rule.seconds and (rule.is_known or is_client):
            row.window = rule.seconds
            row.across_sources = rule.across_sources
            row.guard_key = guard_key(rule, row.source, row.creator, event.receiver, event.name)
        if is_client and rule.per_day:
            row.ceiling = rule.per_day
            row.ceiling_key = _digest(row.source, row.creator, event.receiver, event.name.partition("__")[0])


def guard_key(rule: Rule, source: str, creator: str, receiver: str, name: str) -> str:
    """The key of an action in the double-fire guard."""
    return _digest("" if rule.across_sources else source, creator, receiver, name)


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def newest(future_seconds: int) -> datetime:
    """The newest time that an event may have now."""
    return datetime.now(UTC) + timedelta(seconds=future_seconds)


def event_id(event: Event, source: str, creator: str) -> str:
    """The id as a UUID: a UUID is itself, other text maps to one, none is derived from the content, so that
    a retry is a duplicate in each case. It is unique within source and creator only.
    """
    if event.id is None:
        content = [source, creator, event.receiver, event.name, event.occurred_at, event.properties]
        return str(uuid.uuid5(FOREIGN_IDS, _encode_content(content).decode()))
    return event.id if UUID.fullmatch(event.id) else str(uuid.uuid5(FOREIGN_IDS, f"{source}\0{creator}\0{event.id}"))
