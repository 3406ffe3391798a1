"""CSV (RFC 4180) with a header row; also with semicolons or tabs, as spreadsheets write it.

Columns: occurred_at (or time, timestamp), name, receiver (or receiver_type and receiver_id), creator, and if wanted id,
properties and context (JSON objects), ``properties.x`` and ``context.x`` (text; these win over the JSON). An empty cell
means that the field is missing. `Columns` maps columns with other names.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracking.imports import UNFINISHED, Event, Line, Occurrences, Parsed, Unreadable
from tracking.imports.columns import OBJECTS, Columns, is_target
from tracking.imports.ndjson import check_size, identified, json_object

MAX_COLUMNS = 1000
MAX_RECORD = 1 << 20  # characters
MAX_RECORD_LINES = 200  # a quotation mark that is never closed must not swallow the rest of the file


class Header(NamedTuple):
    """The columns by the event's names, None for a column that is left out, and the separator."""

    targets: list[str | None]
    delimiter: str


def parse(lines: Iterable[Line], columns: Columns = Columns()) -> Iterator[Parsed]:  # noqa: B008 (it is frozen)
    """An event or a problem for each record. Raises Unreadable at once if the header is wrong."""
    source = _Lines(lines)
    first = source.next()
    if first and first.text.strip() in ("sep=,", "sep=;"):  # Excel writes it; it is no header
        first = source.next()
    header = _header(first, columns)
    occurrences = Occurrences()
    while line := source.next():
        if not line.problem and not line.text.strip():
            continue
        event, problem = None, line.problem
        if not problem:
            try:
                cells = _record(line, source, header.delimiter)
                event = identified(_event(header.targets, cells, columns), occurrences)
            except (csv.Error, ValueError) as error:
                problem = str(error)
            if problem and not source.is_ended:
                yield Parsed(line.number, source.progress, excluded=UNFINISHED)
                continue
        yield Parsed(line.number, source.progress, event, problem, is_foreign=problem is not None)


class _Lines:
    """The lines in turn. A line can be given back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._returned: deque[Line] = deque()
        self.progress = 0
        self.is_ended = True
        """Whether the last taken line has its end."""

    def next(self) -> Line | None:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line:
            self.progress = max(self.progress, line.progress)
            self.is_ended = line.is_ended
        return line

    def give_back(self, lines: list[Line]) -> None:
        self._returned.extendleft(reversed(lines))
        self.is_ended |= bool(lines)


def _header(line: Line | None, columns: Columns) -> Header:
    """The header. Raises Unreadable with all its faults."""
    if line is None or line.problem or not line.text.strip():
        raise Unreadable(
            f"the first line must name the columns: {line.problem or 'it is empty' if line else 'there is none'}"
        )
    if "\0" in line.text:
        raise Unreadable("the first line holds zero bytes: is it UTF-16? Save it as UTF-8")
    delimiter = max(",;\t", key=line.text.count)
    try:
        names = [name.strip() for name in next(csv.reader([line.text], delimiter=delimiter))]
    except csv.Error as error:
        raise Unreadable(f"the first line must name the columns: not CSV: {error}") from None
    if len(names) > MAX_COLUMNS:
        raise Unreadable(f"the header row names {len(names):,} columns; the most is {MAX_COLUMNS:,}")
    targets = [columns.target(name) for name in names]
    if problems := list(_problems(names, targets, columns)):
        raise Unreadable("the header row: " + "; ".join(problems))
    return Header(targets, delimiter)


def _problems(names: list[str], targets: list[str | None], columns: Columns) -> Iterator[str]:
    unknown = [target for target in targets if target is not None and not is_target(target)]
    if unknown:
        yield f"unknown: {_listed([name[:40] or '(an empty name)' for name in unknown])}"
    twice = sorted({target for target in targets if target and targets.count(target) > 1})
    if twice:
        yield f"named twice: {_listed(twice)}"
    pair = {"receiver_type", "receiver_id"} & set(targets)
    if pair and "receiver" in targets:
        yield "either receiver or receiver_type and receiver_id, not both"
    needed = ["occurred_at", "name", "creator", *(("receiver_type", "receiver_id") if pair else ("receiver",))]
    absent = [f"{name} (of --column)" for name in columns.given if name not in names]
    if missing := [*(name for name in needed if name not in targets), *absent]:
        yield f"missing: {_listed(missing)}"
    if unknown and missing:
        yield f"say which is which, as in --column {missing[0]}={unknown[0][:40]}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _record(first: Line, source: _Lines, delimiter: str) -> list[str]:
    """The cells of the record that begins with this line; if it is broken, raises csv.Error and takes no other line."""
    taken: list[Line] = []

    def text() -> Iterator[str]:
        yield first.text + "\n"
        size = len(first.text)
        while len(taken) < MAX_RECORD_LINES - 1 and size < MAX_RECORD and (line := source.next()):
            taken.append(line)
            size += len(line.text)
            if line.problem:
                return
            yield line.text + "\n"

    try:
        return next(csv.reader(text(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        source.give_back(taken)
        reason = (
            f"a quotation mark opens here and is not closed properly within {len(taken) + 1} lines" if taken else error
        )
        raise csv.Error(f"not CSV: {reason}") from None


def _event(targets: list[str | None], cells: list[str], columns: Columns) -> Event:
    """The event in wire form. Raises ValueError if the record does not fit the header."""
    if len(cells) != len(targets):
        raise ValueError(f"{len(cells)} cells, where the header names {len(targets)} columns")
    check_size(sum(map(len, cells)))
    filled = ((target, cell) for target, cell in zip(targets, cells, strict=True) if target is not None and cell)
    event = columns.event((target, _json_cell(target, cell) if target in OBJECTS else cell) for target, cell in filled)
    return columns.timed(event)


def _json_cell(column: str, cell: str) -> Event:
    try:
        return json_object(cell)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
