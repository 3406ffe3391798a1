"""CSV (RFC 4180) with a header row; also with semicolons or tabs, as spreadsheets write it.

Columns: occurred_at (or time, timestamp), name, receiver (or receiver_type and receiver_id), creator, and if wanted id,
source, properties and context (JSON objects), ``properties.x`` and ``context.x`` (text; these win over the JSON). An
empty cell is a field that is not there.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracking.imports import Event, Line, Occurrences, Parsed, Unreadable
from tracking.imports.ndjson import identified, json_object

MAX_RECORD_LINES = 200  # a quotation mark that is never closed must not swallow the rest of the file

_OBJECTS = ("properties", "context")
_ALIASES = {"time": "occurred_at", "timestamp": "occurred_at"}
_COLUMNS = {"id", "occurred_at", "name", "receiver", "receiver_type", "receiver_id", "creator", "source", *_OBJECTS}


class Header(NamedTuple):
    """The columns by their real names, and what separates them."""

    columns: list[str]
    delimiter: str


def parse(lines: Iterable[Line]) -> Iterator[Parsed]:
    """An event or a problem for each record; raises Unreadable at once where the header is not right."""
    source = _Lines(lines)
    header = _header(source.next())
    occurrences = Occurrences()
    while line := source.next():
        if not line.problem and not line.text.strip():
            continue
        event, problem = None, line.problem
        if not problem:
            try:
                cells = _record(line, source, header.delimiter)
                event = identified(_event(header.columns, cells), occurrences)
            except (csv.Error, ValueError) as error:
                problem = str(error)
        yield Parsed(line.number, source.progress, event, problem)


class _Lines:
    """The lines in turn, some of which can be given back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._returned: deque[Line] = deque()
        self.progress = 0

    def next(self) -> Line | None:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line:
            self.progress = max(self.progress, line.progress)
        return line

    def give_back(self, lines: list[Line]) -> None:
        self._returned.extendleft(reversed(lines))


def _header(line: Line | None) -> Header:
    """The header, or Unreadable with everything that is wrong with it."""
    if line is None or line.problem or not line.text.strip():
        raise Unreadable(
            f"the first line must name the columns: {line.problem or 'it is empty' if line else 'there is none'}"
        )
    delimiter = max(",;\t", key=line.text.count)
    names = next(csv.reader([line.text], delimiter=delimiter))
    columns = [_ALIASES.get(name.strip(), name.strip()) for name in names]
    if problems := list(_problems(columns)):
        raise Unreadable("the header row: " + "; ".join(problems))
    return Header(columns, delimiter)


def _problems(columns: list[str]) -> Iterator[str]:
    unknown = [name for name in columns if not _known(name)]
    if unknown:
        yield f"unknown: {', '.join(name or '(an empty name)' for name in unknown)}"
    twice = sorted({name for name in columns if columns.count(name) > 1 and name})
    if twice:
        yield f"named twice: {', '.join(twice)}"
    pair = {"receiver_type", "receiver_id"} & set(columns)
    if pair and "receiver" in columns:
        yield "either receiver or receiver_type and receiver_id, not both"
    needed = ["occurred_at", "name", "creator", *(("receiver_type", "receiver_id") if pair else ("receiver",))]
    missing = [name for name in needed if name not in columns]
    if missing:
        yield f"missing: {', '.join(missing)}"


def _known(name: str) -> bool:
    parent, dot, child = name.partition(".")
    return bool(child) and parent in _OBJECTS if dot else name in _COLUMNS


def _record(first: Line, source: _Lines, delimiter: str) -> list[str]:
    """The cells of the record that begins with this line; if it is broken, raises csv.Error and takes no other line."""
    taken: list[Line] = []

    def text() -> Iterator[str]:
        yield first.text + "\n"
        while len(taken) < MAX_RECORD_LINES - 1 and (line := source.next()):
            taken.append(line)
            if line.problem:
                return
            yield line.text + "\n"

    try:
        return next(csv.reader(text(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        source.give_back(taken)
        reason = (
            f"a quotation mark opens here and is not closed rightly within {len(taken) + 1} lines" if taken else error
        )
        raise csv.Error(f"not CSV: {reason}") from None


def _event(columns: list[str], cells: list[str]) -> Event:
    """The event in wire form; raises ValueError where the record does not fit the header."""
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells, where the header names {len(columns)} columns")
    filled = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
    event: Event = {name: cell for name, cell in filled.items() if "." not in name and name not in _OBJECTS}
    for parent in _OBJECTS:
        content = _json_cell(parent, filled[parent]) if parent in filled else {}
        prefix = f"{parent}."
        content |= {name.removeprefix(prefix): cell for name, cell in filled.items() if name.startswith(prefix)}
        if content:
            event[parent] = content
    if {"receiver_type", "receiver_id"} <= event.keys():
        event["receiver"] = f"{event.pop('receiver_type')}:{event.pop('receiver_id')}"
    return event


def _json_cell(column: str, cell: str) -> Event:
    try:
        return json_object(cell)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
