"""What the catalogue has of each name now: its repeat window, the ceiling of its action, its properties' check."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import structlog

from tracking import db
from tracking.catalogue.faults import Check
from tracking.catalogue.property_schemas import compiled
from tracking.snapshot import Snapshot
from tracking.vocabulary import MAX_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import jsonschema_rs
    from sqlalchemy import Connection, Engine

log = structlog.get_logger(__name__)

ANY = "*"


class Entry(NamedTuple):
    """A row of the catalogue. `seconds` None: the window of its action, or of all names."""

    seconds: float | None
    across_sources: bool = False
    per_day: int | None = None
    check: Check | None = None


NOTHING = Entry(None)


class Rule(NamedTuple):
    """The catalogue's rule for one name."""

    seconds: float
    """Seconds within which a second action is a repeat; 0: never."""
    is_known: bool
    """False if the window is that of `*`, which binds client tokens only."""
    across_sources: bool
    """Whether actions from different sources repeat each other."""
    per_day: int
    """Counted events of its action for one creator and receiver in a day by client tokens; 0: unlimited."""
    check: Check | None = None
    """What its properties are held against; None: nothing."""


class Windows:
    """The rule of each name; a change takes effect without a restart. A schema is compiled once."""

    def __init__(self, engine: Engine, trusted: float = 0.0) -> None:
        self._engine = engine
        self._compiled: dict[str, jsonschema_rs.Validator | None] = {}
        self.snapshot = Snapshot(self._read, trusted=trusted)

    def current(self) -> RuleOf:
        return self.snapshot.get()

    def _read(self) -> RuleOf:
        with self._engine.connect() as connection:
            rows = db.run(connection, "catalogue_windows").all()
            self._compile(connection, {row.digest for row in rows if row.digest})
        entries = {}
        for row in rows:
            validator = self._compiled.get(row.digest)
            check = Check(validator, row.mode) if validator else None
            entries[row.name] = Entry(row.seconds, row.across_sources, row.per_day, check)
        return RuleOf(entries)

    def _compile(self, connection: Connection, digests: Iterable[str]) -> None:
        """Compiles the schemas that are new, and forgets those that are gone."""
        known = {digest: self._compiled[digest] for digest in digests if digest in self._compiled}
        if missing := [digest for digest in digests if digest not in known]:
            for row in db.run(connection, "catalogue_schemas", digests=missing):
                time.sleep(0)  # a worker has one thread: others have their turn between two schemas
                try:
                    known[row.digest] = compiled(row.property_schema)
                except ValueError:  # one that another version took must not stop events
                    log.exception("a schema of the catalogue does not compile", digest=row.digest)
                    known[row.digest] = None
        self._compiled = known


class RuleOf(dict[str, Rule]):
    """The rule by name. A name has its own entry, or its action's (`click__*`), or the entry of all names (`*`).

    An entry without a window has that of its action, or of all names.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        super().__init__()
        self._entries = entries
        self._any = entries.get(ANY, NOTHING)

    def __missing__(self, name: str) -> Rule:
        action, parted, _ = name.partition("__")
        of_action = self._entries.get(f"{action}__*", NOTHING) if parted else NOTHING
        own = self._entries.get(name, of_action)
        windowed = own if own.seconds is not None else of_action
        is_known = windowed.seconds is not None
        windowed = windowed if is_known else self._any
        per_day = self._entries.get(f"{action}__*", NOTHING).per_day
        rule = Rule(
            seconds=windowed.seconds or 0.0,
            is_known=is_known,
            across_sources=windowed.across_sources,
            per_day=(self._any.per_day or 0) if per_day is None else per_day,
            check=own.check,
        )
        if len(self) < MAX_NAMES:
            self[name] = rule
        return rule
