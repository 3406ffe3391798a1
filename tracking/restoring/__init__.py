"""Puts back events that Footfall has written out: from a Parquet file of `export`, or from the lake.

They are not judged again: each keeps its arrival and its verdict. `parquet` and `lake` read, `rows` checks, `run`
writes. This module holds what they share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

COLUMNS = (
    "occurred_at", "received_at", "event_id", "source", "creator", "receiver_type", "receiver_id", "name", "properties",
    "context", "excluded",
)  # fmt: skip
"""The columns of an export and of the lake's events; others are left alone."""
BATCH = 2_000
"""Rows of one transaction, at most."""


class Unrestorable(Exception):  # noqa: N818 (the name says it)
    """What is read cannot be put back; the message says what, where and why, for the person at the command line."""


class Part(NamedTuple):
    """Some rows, as they come. `first` is the number of the first one in `file`, from 1; `place` is where to go on."""

    rows: pa.RecordBatch
    file: str
    first: int
    place: int


class Origin(Protocol):
    """Where rows come from. `key` is another one if the rows are others; `size` is the number of places."""

    name: str
    key: str
    size: int

    def parts(self, after: int) -> Iterator[Part]:
        """The rows after a place, in an order that is the same each time. Raises `Unrestorable`."""
        ...
