"""Stage 3: JSON becomes an event, or its rejection. One bad event never sinks its batch."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from tracking.body import shallow
from tracking.errors import Problem
from tracking.ingest import reasons
from tracking.ingest.schemas import MAX_ROW_BYTES, Event
from tracking.redaction import REDACTED, SECRET
from tracking.vocabulary import NAME, TOO_DEEP, Cause

UNSTORABLE = b"\\u0000"
"""Valid in JSON, but PostgreSQL cannot store it. With a backslash before it, it is harmless: `written` knows."""

_EVENT = msgspec.json.Decoder(Event)
NOT_KEPT = "(not kept)"
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
IS_NAME = re.compile(NAME)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an event was rejected, and what is kept of it: its name, if that is a valid one, and what an event may say.

    `excluded` says how it would have been stored, as in `Row`.
    """

    field: str
    reason: str
    name: str = ""
    payload: str = ""
    cause: Cause = "invalid"
    excluded: str | None = None

    @classmethod
    def of(cls, sent: Any, field: str, reason: str, cause: Cause = "invalid", excluded: str | None = None) -> Rejection:
        """The rejection of an event, decoded or as it came.

        Of one as it came the fields of an event are kept, without what looks like a credential or a token, and the name
        of another field that is at fault: nobody knows what is in it.
        """
        if isinstance(sent, Event):
            payload = msgspec.json.encode(sent).decode()[:MAX_ROW_BYTES]
            return cls(field, reason, sent.name, payload, cause, excluded)
        name = ""
        if isinstance(sent, dict):
            if isinstance(sent.get("name"), str) and IS_NAME.match(sent["name"]):
                name = sent["name"]
            known = {key: sent[key] for key in reasons.FIELDS if key in sent}
            sent = {field: NOT_KEPT} | known if field in sent else known
        elif isinstance(sent, list):
            sent = NOT_KEPT
        try:
            payload = json.dumps(sent)  # ASCII: halves of surrogate pairs and NUL are escapes here
        except RecursionError:
            payload = ""
        field, reason, payload = (SECRET.sub(REDACTED, text) for text in (field, reason, payload))
        return cls(field, reason, name, payload[:MAX_ROW_BYTES], cause, excluded)


class Decoded(NamedTuple):
    """What a request brings: how many messages it has, and for each that is an event the event, or its rejection.

    `others` are the messages that are no events, by their place from 0, and what they are.
    """

    total: int
    events: Iterable[Event | Rejection]
    others: Mapping[int, str] = MappingProxyType({})


def counted(count: int, most: int) -> int:
    """The count of a request's events; raises `Problem` 400 if there are none, or more than `most`."""
    if count == 0:
        raise Problem(400, "no-events", "The list of events is empty.")
    if count > most:
        raise Problem(400, "too-many-events", f"{count:,} events in one request; the most is {most:,}.")
    return count


def parsed(body: bytes) -> Any:
    """The JSON of a body that a fast decoder refused, read leniently enough to tell the good from the bad.

    Raises `Problem` 400 if it is no JSON.
    """
    try:
        try:
            return _loads(body)
        except RecursionError:
            return _loads(shallow(body))
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem(400, "invalid-json", f"The body is not JSON in UTF-8{where}.") from None


def _loads(body: bytes) -> Any:
    return json.loads(body.decode(), parse_int=_bounded_int)


def _bounded_int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads, as the fast decoder has it
        return math.inf


def decode_one(sent: Any) -> Event | Rejection:
    """One event, of JSON as Python reads it, or its rejection, with the first field at fault."""
    if isinstance(sent, dict) and len(sent) > len(reasons.FIELDS):  # one is unknown: no need to read the others
        return Rejection.of(sent, *reasons.unknown(sent))
    text = written(sent)
    if isinstance(text, str):
        return Rejection.of(sent, unstorable_field(sent), text)
    try:
        return _EVENT.decode(text)
    except msgspec.ValidationError as error:
        return Rejection.of(sent, *reasons.reason(sent, str(error)))


def written(sent: Any) -> bytes | str:
    """The JSON again, or why PostgreSQL could not store it."""
    try:
        text = json.dumps(sent, ensure_ascii=False, allow_nan=False)
        encoded = text.encode()
    except RecursionError:
        return TOO_DEEP
    except UnicodeEncodeError:
        return "text holds half of a surrogate pair, which is not Unicode"
    except ValueError:
        return "a number is not finite, or has too many digits"
    return "text holds \\u0000, which PostgreSQL cannot store" if NUL.search(text) else encoded


def unstorable_field(sent: Any) -> str:
    """The first field that cannot be stored by itself; empty if the event is no object."""
    for field, value in sent.items() if isinstance(sent, dict) else ():
        if isinstance(written({field: value}), str):
            return str(field).encode(errors="replace").decode()
    return ""
