"""Checks rows that come back, and turns them into the rows that `tracking.restore()` takes."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tracking.ingest.admit import guard_key
from tracking.ingest.decode import NUL
from tracking.ingest.rows import RestoredRow
from tracking.restoring import COLUMNS, Unrestorable
from tracking.vocabulary import (
    A_NAME,
    A_RECEIVER_TYPE,
    CHARACTER,
    CREATOR,
    NAME,
    RECEIVER_TYPE,
    SOURCE_NAME,
    STORED,
    JsonObject,
    a_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.catalogue.windows import RuleOf
    from tracking.restoring import Part

TEXTS = {
    "source": (re.compile(rf"{SOURCE_NAME}\Z"), "1 to 32 of a-z, 0-9 and -; a letter first"),
    "creator": (re.compile(CREATOR), a_text(200)),
    "receiver_type": (re.compile(rf"{RECEIVER_TYPE}\Z"), A_RECEIVER_TYPE),
    "receiver_id": (re.compile(rf"{CHARACTER}{{1,200}}\Z"), a_text(200)),
    "name": (re.compile(NAME), A_NAME),
}
EXCLUDED = STORED[1:]
"""Why a stored event does not count."""
MAX_JSON = 1_000_000
"""Characters of properties or context: of the 16 KB that an event may have, PostgreSQL makes up to 850 KB (1e308)."""
AHEAD = timedelta(days=1)
"""How far a client's clock, or this machine's, may be behind the clock of a time."""
SLOTS = 33
"""A window lies in a slot that ends at most so many windows after it began (sql/functions/slot_end.sql)."""

_object = msgspec.json.Decoder(JsonObject)
_encode = msgspec.json.Encoder().encode


class Rules(NamedTuple):
    """What rows are checked by. Raw events before `dropped` were dropped here; events before `oldest` are not taken,
    `why` says for what reason. The guard has to know actions whose slot ends at `remembered` or later.
    """

    dropped: datetime | None
    oldest: datetime
    why: str
    remembered: datetime
    windows: RuleOf


class Checked(NamedTuple):
    """Rows as JSON objects, and the number of those that were dropped here."""

    rows: list[bytes]
    left_out: int


def checked(part: Part, rules: Rules) -> Checked:
    """The rows to put back. Raises `Unrestorable` with the first row at fault and its column."""
    latest = datetime.now(UTC) + AHEAD
    rows: list[bytes] = []
    for number, values in enumerate(_values(part), part.first):
        try:
            row = _row(values, latest)
            if _is_dropped(row, rules):
                continue
        except ValueError as error:
            raise Unrestorable(f"{part.file}: row {number:,}: {error}") from None
        _guard(row, rules)
        rows.append(_encode(row))
    return Checked(rows, part.rows.num_rows - len(rows))


def _is_dropped(row: RestoredRow, rules: Rules) -> bool:
    if rules.dropped is not None and row.occurred_at < rules.dropped:
        return True
    if row.occurred_at < rules.oldest:
        raise ValueError(f"occurred_at: {_shown(row.occurred_at)} is too old; {rules.why}")
    return False


def _values(part: Part) -> Iterator[dict[str, Any]]:
    """The values of each row by column."""
    columns = [_column(part, name) for name in COLUMNS]
    return (dict(zip(COLUMNS, values, strict=True)) for values in zip(*columns, strict=True))


def _column(part: Part, name: str) -> list[Any]:
    if name not in part.rows.schema.names:  # an older version wrote none
        return [None] * part.rows.num_rows
    column = part.rows.column(name)
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (ValueError, OverflowError):  # text that is not UTF-8, or a time beyond the year 9999: in which row?
        for place, value in enumerate(column):
            try:
                value.as_py()
            except (ValueError, OverflowError) as error:
                raise Unrestorable(f"{part.file}: row {part.first + place:,}: {name}: {error}") from None
        raise


def _row(values: dict[str, Any], latest: datetime) -> RestoredRow:
    """The row. Raises ValueError with the column and the reason."""
    for column, (pattern, expected) in TEXTS.items():
        value = values[column]
        if not isinstance(value, str) or not pattern.match(value):
            raise ValueError(f"{column}: expected {expected}; it is {_shown(value)}")
    occurred, received = (_moment(values[column], column) for column in ("occurred_at", "received_at"))
    if received > latest:
        raise ValueError(f"received_at: {_shown(received)} is in the future")
    if occurred > received + AHEAD:
        raise ValueError(f"occurred_at: {_shown(occurred)} is after its arrival, {_shown(received)}")
    excluded = values["excluded"]
    if excluded is not None and excluded not in EXCLUDED:
        raise ValueError(f"excluded: expected nothing or one of {', '.join(EXCLUDED)}; it is {_shown(excluded)}")
    return RestoredRow(
        source=values["source"],
        name=values["name"],
        occurred_at=occurred,
        received_at=received,
        event_id=_id(values["event_id"]),
        creator=values["creator"],
        receiver_type=values["receiver_type"],
        receiver_id=values["receiver_id"],
        properties=_json(values["properties"], "properties"),
        context=_json(values["context"], "context"),
        excluded=excluded,
    )


def _moment(value: Any, column: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{column}: expected a time; it is {_shown(value)}")
    return value.astimezone(UTC)


def _id(value: Any) -> str:
    try:
        return str(uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(str(value)))
    except ValueError:
        raise ValueError(f"event_id: expected a UUID; it is {_shown(value)}") from None


def _json(value: Any, column: str) -> msgspec.Raw | None:
    """The JSON text itself: PostgreSQL writes numbers exactly, and Python would round them."""
    if value is None:
        return None
    if len(value) > MAX_JSON:
        raise ValueError(f"{column}: {len(value):,} characters; the most is {MAX_JSON:,}")
    try:
        _object.decode(value)
    except msgspec.DecodeError as error:
        raise ValueError(f"{column}: expected a JSON object or nothing; {error}") from None
    if NUL.search(value):
        raise ValueError(f"{column}: it holds \\u0000, which PostgreSQL cannot store")
    return msgspec.Raw(value.encode())


def _guard(row: RestoredRow, rules: Rules) -> None:
    """Adds what the guard needs, if this counted action may be one that it has to know."""
    rule = rules.windows[row.name]
    if row.excluded is None and rule.seconds and rule.is_known:
        if row.occurred_at + timedelta(seconds=SLOTS * rule.seconds) < rules.remembered:
            return
        row.window = rule.seconds
        row.guard_key = guard_key(rule, row.source, row.creator, f"{row.receiver_type}:{row.receiver_id}", row.name)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}… ({len(text):,} characters)"
