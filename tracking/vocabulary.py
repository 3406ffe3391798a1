"""The words that all of Footfall shares: the forms of ids, names and receivers, and the verdicts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import marshmallow as ma
import msgspec
from msgspec import Meta

CHARACTER = r"[^\x00-\x1f\x7f\ud800-\udfff]"
"""A character that PostgreSQL can store and a log line can show: no control character, no half of a surrogate pair."""
SOURCE_NAME = r"[a-z][a-z0-9-]{0,31}"
RECEIVER_TYPE = r"[a-z][a-z0-9_-]{0,31}"
ID = rf"^{CHARACTER}{{1,100}}\Z"
CREATOR = rf"^{CHARACTER}{{1,200}}\Z"
RECEIVER = rf"^{RECEIVER_TYPE}:{CHARACTER}{{1,200}}\Z"
NAME = r"^[A-Za-z][A-Za-z0-9 _.:/-]{0,99}\Z"
NAME_PATTERN = r"^[A-Za-z0-9 _.:/*-]{1,100}\Z"
"""The characters of a name, and `*`, which stands for any text."""

A_NAME = "a letter, then up to 99 letters, digits, blanks or _ . : / -"
A_NAME_PATTERN = "1 to 100 letters, digits, blanks or _ . : / - and *, which stands for any text"
A_RECEIVER = "TYPE:ID, as in job:42; the type in lower case, the id of 1 to 200 characters"
A_RECEIVER_TYPE = "1 to 32 of a-z, 0-9, _ and -; a letter first"
A_TIME = "a time with its offset, such as 2026-11-24T10:00:00.123Z"

STORED = ("accepted", "repeat", "bot", "own", "prefetch")
"""What may become of an event that is stored; only the first counts."""
VERDICTS = (*STORED, "duplicate", "conflict", "rejected")
"""The possible results for an event."""
QUEUED = "queued"
"""The verdict of an event that waits in a queue in front of the database; it is settled when that is written."""
Cause = Literal["invalid", "scope", "time", "name", "schema", "conflict", "database", "limit"]
"""Why an event was put aside: its form; its sender may not; its time; its name or its properties are not as the
catalogue has them; another event with its id; the database refused it; no more are kept this minute."""
Mode = Literal["observe", "warn", "reject"]
"""What becomes of an event whose properties do not fit: it is counted as such; its sender is told; it is rejected."""
RIGHTS = ("ingest", "mint", "stats", "live", "export", "catalogue", "erase")
"""The rights of a source."""
Unit = Literal["requests", "events", "bytes"]
"""The units of the budgets of sources, tokens and addresses."""

LANGUAGES = ("de", "en")
"""In which people are told."""

MAX_NAMES = 10_000
"""The number of names for which one process remembers its decision."""
MAX_DEPTH = 4
"""Levels of JSON below the object `properties`, `context` or `attributes`."""
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

# JSON of at most MAX_DEPTH levels, as types: the decoder itself enforces it.
Scalar = str | int | float | bool | None
Depth1 = Scalar | list[Scalar] | dict[str, Scalar]
Depth2 = Scalar | list[Depth1] | dict[str, Depth1]
Depth3 = Scalar | list[Depth2] | dict[str, Depth2]
JsonObject = dict[str, Depth3]

_SENDER = re.compile(rf"f[kcslp]_({SOURCE_NAME})_")
_LIKE = re.compile(r"([\\%_])")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name, or many: `*` stands for any text, as in `click__*`."""

    text: str

    def matches(self, name: str) -> bool:
        """Whether the pattern matches this name. More stars take no more time."""
        first, *others = self.text.split("*")
        if not others:
            return name == first
        *middle, last = others
        if not name.startswith(first) or not name.endswith(last):
            return False
        at, end = len(first), len(name) - len(last)
        for part in middle:
            found = name.find(part, at, end) if at <= end else -1
            if found < 0:
                return False
            at = found + len(part)
        return at <= end

    def like(self) -> str:
        """The same as a pattern of SQL's LIKE."""
        return _LIKE.sub(r"\\\1", self.text).replace("*", "%")


def sender(text: str) -> str | None:
    """The source that a credential or token names, proven or not; None if it names none."""
    match = _SENDER.match(text)
    return match[1] if match else None


def matches(pattern: str, said: str) -> ma.validate.Validator:
    """A validator whose error says `said`."""
    return ma.validate.Regexp(re.compile(pattern), error=said)


def a_text(most: int) -> str:
    """The words for texts of 1 to `most` characters, such as ids, owners and titles."""
    return f"1 to {most} characters, no control characters"


def text(most: int) -> ma.validate.Validator:
    """A validator for texts of 1 to `most` characters, such as ids, owners and titles."""
    return matches(rf"^{CHARACTER}{{1,{most}}}\Z", a_text(most))


def not_too_deep(value: dict[str, Any]) -> None:
    """Raises `marshmallow.ValidationError` for an object with more than MAX_DEPTH levels."""
    try:
        msgspec.convert(value, JsonObject)
    except msgspec.ValidationError:
        raise ma.ValidationError(TOO_DEEP) from None


class Timestamp(ma.fields.AwareDateTime):
    """RFC 3339, section 5.6, with the offset that it demands."""

    default_error_messages = dict.fromkeys(("invalid", "invalid_awareness"), f"expected {A_TIME}")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment: datetime = msgspec.convert(value, Annotated[datetime, Meta(tz=True)])
        except msgspec.ValidationError:
            raise self.make_error("invalid") from None
        return moment
