"""How a row of the trails holds its events, packed: in order of time, as columns of narrow numbers.

A column has the same number of bytes for each event: as many as its greatest number needs, little endian.
"""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[Any]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
QUARTER = 15 * 60 * 1_000_000
"""Microseconds. Every bucket of every timezone begins on one."""
QUARTERS_A_DAY = 96
WIDEST = 4
INDEX = 8
"""Bytes of numpy's indexes."""
LONG = 4096
"""Events of rows that are read one by one; shorter ones together."""


class Packed(NamedTuple):
    """A row; kinds and quarters are deflated."""

    people: bytes
    kinds: bytes
    quarters: bytes
    """How many quarters of an hour after the event before it; of the first one, after the row's first day began."""
    times: bytes
    """Microseconds since that quarter began."""


class Events(NamedTuple):
    people: Column
    kinds: Column
    times: Column
    """Microseconds since 2000."""


def pack(events: Events, since: date) -> Packed:
    """`since`: of the row; nothing happened before."""
    order = np.argsort(events.times, kind="stable")
    quarters, times = np.divmod(events.times[order], QUARTER)
    steps = np.diff(quarters, prepend=first_quarter(since))
    return Packed(
        narrow(events.people[order]),
        _deflated(narrow(events.kinds[order])),
        _deflated(narrow(steps)),
        narrow(times),
    )


def unpack(row: Packed, events: int, since: date) -> Events:
    """What was packed, in order of time."""
    return Events(
        numbers([row.people], [events]),
        numbers([inflated(row.kinds)], [events]),
        moments(quarters([row.quarters], [events], [first_quarter(since)]), [row.times], [events]),
    )


def sent(people: bytes, kinds: bytes, times: bytes) -> Events:
    """Columns in the form in which PostgreSQL sends numbers: a row that is not packed."""
    return Events(
        np.frombuffer(people, ">u4").astype(np.uint32),
        np.frombuffer(kinds, ">u4").astype(np.uint32),
        np.frombuffer(times, ">i8").astype(np.int64),
    )


def first_quarter(day: date) -> int:
    """The number of a day's first quarter of an hour since 2000."""
    return (day - EPOCH.date()).days * QUARTERS_A_DAY


def quarter_of(moment: datetime) -> int:
    """The number of its quarter of an hour since 2000."""
    return (moment - EPOCH) // INSTANT // QUARTER


def numbers(columns: Sequence[bytes], events: Sequence[int]) -> Column:
    """The numbers of many rows, one row after the other. No row is without events."""
    widths = (len(column) // number for column, number in zip(columns, events, strict=True))
    runs = groupby(zip(widths, columns, strict=True), key=lambda row: row[0])
    parts = [_wide([column for _, column in run], width) for width, run in runs]
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.uint32), *parts])


def quarters(columns: Sequence[bytes], events: Sequence[int], first: Sequence[int]) -> Column:
    """The quarters of an hour, since 2000, of the events of many rows; `first`: that of each row's first day."""
    steps = [inflated(column) for column in columns]
    if sum(events) > LONG * len(events):
        return _one_by_one(steps, events, first)
    together = numbers(steps, events).view(np.int32)
    if len(together):
        begins = np.cumsum([0, *events[:-1]])
        last = np.add.reduceat(together, begins) + np.array(first, np.int32)
        together[begins] += np.array(first, np.int32)
        together[begins[1:]] -= last[:-1]
    return np.cumsum(together, dtype=np.int32)


def _one_by_one(steps: Sequence[bytes], events: Sequence[int], first: Sequence[int]) -> Column:
    counted = np.empty(sum(events), np.int32)
    end = 0
    for row, number, begins in zip(steps, events, first, strict=True):
        its = counted[end : end + number]
        np.cumsum(read(row, number), dtype=np.int32, out=its)
        its += np.int32(begins)
        end += number
    return counted


def runs(steps: bytes, events: int, first: int) -> tuple[Column, Column]:
    """Where another quarter of an hour begins among a row's events, and which one. `first`: that of its first day."""
    each = read(inflated(steps, events), events)
    begins = np.union1d(np.flatnonzero(each != 0), [0])
    return begins, np.cumsum(each[begins], dtype=np.int32) + np.int32(first)


def read(column: bytes, events: int) -> Column:
    """The numbers of one row, as they lie there if numpy has such numbers."""
    width = len(column) // events
    return _wide([column], width) if width == WIDEST - 1 else np.frombuffer(column, f"<u{width}")


def indexes(column: bytes, width: int, start: int, end: int) -> Column:
    """The numbers at some places of a column, as wide as numpy's indexes."""
    first, needed = start * width, (end - 1) * width + INDEX
    if needed > len(column):  # what is read of the last number would lie behind the column
        column, first = column[first:] + bytes(INDEX), 0
    read = np.ndarray(end - start, f"<i{INDEX}", column, first, (width,))
    return read & np.int64((1 << 8 * width) - 1)


def moments(quarters: Column, times: Sequence[bytes], events: Sequence[int]) -> Column:
    """When the events of many rows happened, in microseconds."""
    return quarters.astype(np.int64) * QUARTER + numbers(times, events)


def inflated(column: bytes, expected: int = zlib.DEF_BUF_SIZE) -> bytes:
    """`expected`: bytes, if they are known."""
    return zlib.decompress(column, wbits=-zlib.MAX_WBITS, bufsize=expected)


def _deflated(column: bytes) -> bytes:
    return zlib.compress(column, wbits=-zlib.MAX_WBITS)


def narrow(column: Column) -> bytes:
    """In as few bytes a number as its greatest one needs."""
    width = max(1, (int(column.max()).bit_length() + 7) // 8)
    return np.ascontiguousarray(column.astype("<u4").view(np.uint8).reshape(-1, WIDEST)[:, :width]).tobytes()


def _wide(columns: list[bytes], width: int) -> Column:
    """Reads four bytes from where each number begins, and forgets those of the next one."""
    data = b"".join((*columns, bytes(WIDEST)))
    read = np.ndarray((len(data) - WIDEST) // width, "<u4", data, strides=(width,))
    return read & np.uint32((1 << 8 * width) - 1)
