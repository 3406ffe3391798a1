"""Segment's HTTP API: its SDKs, and those of RudderStack, send here unchanged. docs/segment.md says how.

A call's own time counts, and never `sentAt`: that is another one on each retry, so that an event would be a new one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tracking.errors import Problem
from tracking.ingest import reasons
from tracking.ingest.decode import (
    UNSTORABLE,
    Decoded,
    Rejection,
    counted,
    parsed,
    unstorable_field,
    written,
)
from tracking.ingest.dialects.calls import EXPECTED, Context, Page, SegmentBatch, SegmentCall
from tracking.ingest.schemas import Event
from tracking.vocabulary import A_RECEIVER, A_TIME, RECEIVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tracking.ingest.writer import Verdict
    from tracking.provenance.grants import Grant

VIEW = "view"
"""The name of the events that `page` and `screen` are."""
VIEWS = ("page", "screen")
OTHERS = ("identify", "group", "alias")
"""Calls that are no events: they are answered, and nothing is kept of them."""
FIELDS = {
    "id": "messageId",
    "name": "event",
    "receiver": "properties.receiver",
    "occurred_at": "timestamp",
    "creator": "userId",
}
"""What the fields of an event are called in a call."""
OWN = {name: field for field, name in FIELDS.items()}
READ = tuple(field.encode_name for field in msgspec.structs.fields(SegmentCall))
CONTEXT = {field.encode_name: field.name for field in msgspec.structs.fields(Context)}
PAGE = tuple(field.encode_name for field in msgspec.structs.fields(Page))

_batch = msgspec.json.Decoder(SegmentBatch).decode
_call = msgspec.json.Decoder(SegmentCall).decode
_is_receiver = re.compile(RECEIVER).match
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Segment:
    """A dialect: of the path that takes batches, or of one for single calls of a kind."""

    def __init__(self, kind: str = "") -> None:
        """`kind` empty: batches."""
        self._kind = kind

    def decode(self, body: bytes, max_events: int, grant: Grant) -> Decoded:
        """See `Dialect`. Rejections, and which calls are no events, are found while you iterate."""
        sent = self._sent(body)
        others: dict[int, str] = {}
        return Decoded(counted(len(sent), max_events), self._events(sent, others, grant), others)

    def reply(self, decoded: Decoded, verdicts: Sequence[Verdict]) -> bytes:
        """See `Dialect`."""
        answers = [_answer(verdict) for verdict in verdicts]
        for place, kind in decoded.others.items():  # in order: each place is right once those before it are filled
            answers.insert(place, {"verdict": "acknowledged", "type": kind})
        counts: dict[str, int] = {}
        for answer in answers:
            counts[answer["verdict"]] = counts.get(answer["verdict"], 0) + 1
        return msgspec.json.encode({"success": True, "counts": counts, "verdicts": answers})

    def problem(self, members: dict[str, Any]) -> dict[str, Any]:
        """See `Dialect`. The SDKs log `code` and `message`; without these, two of them say "unknown"."""
        return {**members, "code": members["type"].rpartition("/")[2], "message": members["detail"]}

    def _sent(self, body: bytes) -> Sequence[Any]:
        """The calls; as they came, where one of them cannot be read."""
        if UNSTORABLE not in body:
            try:
                return [_call(body)] if self._kind else _batch(body).batch
            except _UNREADABLE:
                pass  # find out what is wrong with which
        sent = parsed(body)
        if not isinstance(sent, dict):
            raise Problem(400, "invalid-envelope", "The body must be a JSON object, as Segment's SDKs send it.")
        calls = [sent] if self._kind else sent.get("batch")
        if not isinstance(calls, list):
            raise Problem(400, "invalid-envelope", 'The body must be {"batch": [...]}, as Segment\'s SDKs send it.')
        return calls

    def _events(self, sent: Sequence[Any], others: dict[int, str], grant: Grant) -> Iterator[Event | Rejection]:
        for place, one in enumerate(sent):
            said = one.type if isinstance(one, SegmentCall) else one.get("type") if isinstance(one, dict) else None
            kind = said if said and isinstance(said, str) else self._kind
            if kind in OTHERS:
                others[place] = kind
                continue
            call = one if isinstance(one, SegmentCall) else _read(one, kind)
            yield call if isinstance(call, Rejection) else _event(call, kind, is_named=grant.creator is not None)


CALLS = ("track", *VIEWS, *OTHERS)
KINDS = ("batch", *CALLS)
PATHS = {path: Segment(kind if kind in CALLS else "") for kind in KINDS for path in (f"/v1/{kind}", f"/v1/{kind[0]}")}
"""Each path that the SDKs know, and its short form."""


def _answer(verdict: Verdict) -> Verdict:
    field = verdict.get("field")
    return {**verdict, "field": FIELDS[field]} if field in FIELDS else verdict


def _event(call: SegmentCall, kind: str, *, is_named: bool) -> Event | Rejection:
    """`is_named`: the sender's token says who acts, so that an anonymous id says no more."""
    if kind == "track":
        if call.event is None:
            return _misses(call, kind, "event", f"missing; {EXPECTED['event']}")
    elif kind not in VIEWS:
        return _misses(call, kind, "type", "expected track, page, screen, identify, group or alias")
    moment = call.timestamp or call.original_timestamp
    if moment is None:
        return _misses(call, kind, "timestamp", f"missing; expected {A_TIME}")
    properties = call.properties or {}
    receiver = properties.get("receiver")
    if not isinstance(receiver, str) or not _is_receiver(receiver):
        wrong = "missing; " if receiver is None else ""
        return _misses(call, kind, "properties.receiver", f"{wrong}expected {A_RECEIVER}")
    kept = _without_receiver(properties)
    if kind in VIEWS:
        kept = {name: text for name, text in (("name", call.name), ("category", call.category)) if text} | kept
    return Event(
        name=call.event if kind == "track" and call.event else VIEW,
        receiver=receiver,
        occurred_at=moment,
        id=call.message_id or None,
        creator=call.user_id or (None if is_named else call.anonymous_id) or None,
        properties=kept or None,
        context=call.context.kept() if call.context else None,
    )


def _misses(call: SegmentCall, kind: str, field: str, reason: str) -> Rejection:
    return _rejected(msgspec.to_builtins(call), kind, field, reason)


def _read(sent: Any, kind: str) -> SegmentCall | Rejection:
    """A call of JSON as Python reads it, without what nobody reads; or its rejection, with the first field at fault."""
    call = {name: sent[name] for name in READ if name in sent} if isinstance(sent, dict) else sent
    text = written(call)
    if isinstance(text, str):
        return _rejected(call, kind, unstorable_field(call), text)
    try:
        return _call(text)
    except msgspec.ValidationError as error:
        return _rejected(call, kind, *reasons.reason(call, str(error), EXPECTED))


def _rejected(call: Any, kind: str, field: str, reason: str) -> Rejection:
    """What is kept of it is the event that it would have been, in our own words, as of any other."""
    return Rejection.of(_as_event(call, kind) if isinstance(call, dict) else call, OWN.get(field, field), reason)


def _as_event(call: dict[str, Any], kind: str) -> dict[str, Any]:
    properties, context = call.get("properties"), call.get("context")
    event = {
        "id": call.get("messageId"),
        "name": VIEW if kind in VIEWS else call.get("event"),
        "receiver": properties.get("receiver") if isinstance(properties, dict) else None,
        "occurred_at": call.get("timestamp") or call.get("originalTimestamp"),
        "creator": call.get("userId") or call.get("anonymousId"),
        "properties": _without_receiver(properties) if isinstance(properties, dict) else properties,
        "context": _context(context) if isinstance(context, dict) else None,
    }
    return {name: value for name, value in event.items() if value is not None}


def _context(sent: dict[str, Any]) -> dict[str, Any] | None:
    """As `Context.kept`, of one that could not be read."""
    kept = {name: sent[key] for key, name in CONTEXT.items() if sent.get(key) is not None}
    if "page" in kept:
        page = kept.pop("page")
        kept |= {"page": {name: page[name] for name in PAGE if name in page}} if isinstance(page, dict) else {}
    return kept or None


def _without_receiver(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "receiver"}
