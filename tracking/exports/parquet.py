"""Rows as Apache Parquet, with the types that the lake has, too. Only who writes Parquet needs pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.exports.arrivals import Row

MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("occurred_at", MOMENT, nullable=False),
        pa.field("received_at", MOMENT, nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("creator", pa.string(), nullable=False),
        pa.field("receiver_type", pa.string(), nullable=False),
        pa.field("receiver_id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("properties", pa.string()),
        pa.field("context", pa.string()),
        pa.field("excluded", pa.string()),
    ]
)
"""The columns of a stored event. An id is a text, which every engine reads; properties and context are JSON."""

GROUP_ROWS, GROUP_BYTES = 50_000, 16_000_000
"""A row group is written when it has so many rows, or bytes in memory."""


class Parquet:
    """A file in pieces. The footer comes last: without it no reader takes the file for a whole one."""

    def __init__(self) -> None:
        self._sink = Sink()
        self._file = parquet.ParquetWriter(self._sink, SCHEMA, compression="zstd", write_statistics=STATISTICS)
        self._waiting: list[pa.RecordBatch] = []

    def rows(self, rows: Sequence[Row]) -> bytes:
        """The bytes that are ready after these rows: often none."""
        self._waiting.append(batch(rows))
        if (
            sum(one.num_rows for one in self._waiting) >= GROUP_ROWS
            or sum(one.nbytes for one in self._waiting) >= GROUP_BYTES
        ):
            self._write()
        return self._sink.taken()

    def end(self) -> bytes:
        """The rest, and the footer."""
        self._write()
        self._file.close()
        return self._sink.taken()

    def _write(self) -> None:
        if self._waiting:
            self._file.write_table(pa.Table.from_batches(self._waiting, SCHEMA))
            self._waiting.clear()


STATISTICS: Any = ["occurred_at", "received_at", "source", "receiver_type", "receiver_id", "name", "excluded"]
"""The columns by which a reader may leave row groups out. For a long text they would only be large."""


def batch(rows: Sequence[Row]) -> pa.RecordBatch:
    """The rows as Arrow has them."""
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    columns[2] = [str(event_id) for event_id in columns[2]]
    return pa.RecordBatch.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


class Sink:
    """A file that only grows, whose bytes are taken away meanwhile."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, octets: Any) -> int:
        piece = bytes(octets)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        octets = b"".join(self._pieces)
        self._pieces.clear()
        return octets
