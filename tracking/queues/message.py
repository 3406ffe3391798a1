"""The message: rows of one source that the API has accepted, as `tracking.ingest()` takes them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID, uuid4, uuid5

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 180_000
"""Of the rows of one message: with what base64 and the envelope add, it fits into the 256 KiB that Amazon SQS takes."""

BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class Message(msgspec.Struct, kw_only=True, gc=False):
    """Version 1. Rights and time of these events were judged at `accepted_at`, and are not judged again."""

    v: Literal[1] = 1
    id: UUID
    source: str
    accepted_at: datetime
    rows: list[msgspec.Raw]
    rejected: list[msgspec.Raw]


class MessageError(Exception):
    """The message is not one that this version can write; says why."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode


def messages(
    source: str,
    accepted_at: datetime,
    rows: Sequence[bytes],
    rejected: Sequence[bytes],
    single_use_id: bytes | None = None,
) -> Iterator[bytes]:
    """The rows in messages of at most `MAX_BYTES` each, in ASCII: a queue may take no other characters.

    `single_use_id`: of the proof that came with the request. The messages' ids derive from it, so that the same request
    again makes the same messages.
    """
    for nth, (some, refused) in enumerate(_parts(rows, rejected)):
        own = uuid4() if single_use_id is None else uuid5(UUID(bytes=single_use_id), str(nth))
        yield _encode(
            Message(
                id=own,
                source=source,
                accepted_at=accepted_at,
                rows=[msgspec.Raw(row) for row in some],
                rejected=[msgspec.Raw(row) for row in refused],
            )
        )


def empty(source: str, accepted_at: datetime) -> bytes:
    """A message without events."""
    return _encode(Message(id=uuid4(), source=source, accepted_at=accepted_at, rows=[], rejected=[]))


def read(body: bytes) -> Message:
    """The message. Raises `MessageError` if it is none, or of a later version."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"it is no message that this version knows: {error}") from None


def _parts(rows: Sequence[bytes], rejected: Sequence[bytes]) -> Iterator[tuple[list[bytes], list[bytes]]]:
    part: tuple[list[bytes], list[bytes]] = ([], [])
    size = 0
    for kind, several in enumerate((rows, rejected)):
        for row in several:
            plain = row if row.isascii() else _escaped(row)
            if size and size + len(plain) > MAX_BYTES:
                yield part
                part, size = ([], []), 0
            part[kind].append(plain)
            size += len(plain)
    if size:
        yield part


def _escaped(row: bytes) -> bytes:
    """The same JSON in ASCII (RFC 8259, section 7)."""
    return BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], row.decode()).encode()
