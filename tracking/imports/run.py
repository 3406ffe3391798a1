"""Imports one file: writes batches, and stores the place after each."""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.imports import UNFINISHED, Unreadable, forms
from tracking.imports.visitors import Visitors
from tracking.ingest.bulk import BATCH, Bulk, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from tracking.imports import Form, Line, Parsed
    from tracking.imports.reader import Reader

SHOWN = 10
"""Rejected lines that are reported one by one; of the others, only the number."""
MAX_SHOWN = 1000  # characters
_UNFINISHED = "left out: it has no line end, so a server may still be writing it; import again when it has one"
EXCLUDED = "excluded: "


class Import:
    """`options` are all that shape the events: an import with other options does not go on where this one stopped."""

    def __init__(self, reader: Reader, form: Form, file: str, options: str, tell: Callable[[str], None]) -> None:
        """Reads the first lines. Raises Unreadable if they are not in the format. It needs no database."""
        self._reader = reader
        self._form = form
        self._file = file
        self._tell = tell
        self._told = self._line = 0
        self._visitors = Visitors()
        self.fingerprint = reader.fingerprint and hashlib.sha256(f"{reader.fingerprint} {options}".encode()).hexdigest()
        lines = iter(reader)
        first = forms.sample(lines)
        if reader.ended_early and not first:
            raise Unreadable(reader.ended_early)
        forms.judge(form, first)
        self._lines: Iterator[Line] = chain(first, lines)

    def run(
        self, engine: Engine, source: str, bulk: Bulk, begin: Callable[[], None], advance: Callable[[int], None]
    ) -> Tally:
        """Imports the lines that are not imported yet, and returns the tally of the whole file.

        It calls `begin` before it writes the first event, and not at all if there is none. After each batch it calls
        `advance` with the bytes read so far.
        """
        key = {"source": source, "fingerprint": self.fingerprint}
        tally = Tally()
        skip, counts = self._resume(engine, key)
        tally.counts.update(counts)
        begun = False
        for batch in self._batches(skip, tally):
            if not begun:
                begin()
                begun = True
            self._write(engine, key, bulk, batch, tally)
            advance(batch[-1].progress)
        if self.fingerprint and not self._reader.ended_early:
            with engine.begin() as connection:
                db.run(connection, "import_finish", **key)
        return tally

    def _batches(self, skip: int, tally: Tally) -> Iterator[list[Parsed]]:
        """The events to write; counts all other results of the lines after `skip`."""
        batch: list[Parsed] = []
        for parsed in self._form.parse(self._lines):
            self._visitors.note(parsed)
            if parsed.line <= skip:  # parsed all the same: the ids of repeated lines count them from the top
                continue
            self._line = parsed.line
            if parsed.event is not None:
                batch.append(parsed)
            else:
                self._count(parsed, tally)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _count(self, parsed: Parsed, tally: Tally) -> None:
        if parsed.excluded is not None:
            if parsed.excluded == UNFINISHED:
                self._tell(f"line {parsed.line:,}: {_UNFINISHED}")
            tally.counts[f"{EXCLUDED}{parsed.excluded}"] += 1
        else:
            self._rejected(parsed.line, str(parsed.problem))
            tally.counts["rejected"] += 1

    def warnings(self) -> Iterator[str]:
        """Warnings about the file, after it was read."""
        if self._reader.warning:
            yield self._reader.warning
        yield from self._visitors.warnings()

    def _resume(self, engine: Engine, key: dict[str, str]) -> tuple[int, dict[str, int]]:
        if not self.fingerprint:
            return 0, {}
        with engine.connect() as connection:
            row = db.run(connection, "import_progress", **key).one_or_none()
        if row is None:
            return 0, {}
        self._tell(f"going on after line {row.lines:,}")
        return row.lines, row.counts

    def _write(self, engine: Engine, key: dict[str, str], bulk: Bulk, batch: list[Parsed], tally: Tally) -> None:
        events: list[dict[str, Any]] = [parsed.event for parsed in batch if parsed.event is not None]
        for parsed, verdict in zip(batch, bulk.write(events, tally), strict=True):
            if verdict["verdict"] == "rejected":
                self._rejected(parsed.line, f"{verdict['field']}: {verdict['reason']}")
        if self.fingerprint:
            counts = json.dumps(tally.counts)
            with engine.begin() as connection:
                db.run(connection, "import_advance", file=self._file, lines=self._line, counts=counts, **key)

    def _rejected(self, line: int, problem: str) -> None:
        self._told += 1
        if self._told <= SHOWN:
            self._tell(f"line {line:,}: {printable(problem)}")
        elif self._told == SHOWN + 1:
            self._tell("more lines are rejected; they are counted below")


def printable(text: str) -> str:
    """The text for a terminal, of a bounded length: a file must not send its own commands to it."""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)
