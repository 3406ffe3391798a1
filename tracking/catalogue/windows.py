"""The repeat window of each name and the ceiling of its action, as the catalogue has them now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tracking import db
from tracking.snapshot import Snapshot
from tracking.vocabulary import MAX_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

ANY = "*"


class Entry(NamedTuple):
    """A row of the catalogue."""

    seconds: float
    across_sources: bool = False
    per_day: int | None = None


class Rule(NamedTuple):
    """The catalogue's rule for one name."""

    seconds: float
    """Seconds within which a second action is a repeat; 0: never."""
    is_known: bool
    """False if the rule is that of `*`, which binds client tokens only."""
    across_sources: bool
    """Whether actions from different sources repeat each other."""
    per_day: int
    """Counted events of its action for one creator and receiver in a day by client tokens; 0: unlimited."""


class Windows:
    """The rule of each name; a change takes effect without a restart."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.snapshot = Snapshot(self._read)

    def current(self) -> RuleOf:
        return self.snapshot.get()

    def _read(self) -> RuleOf:
        with self._engine.connect() as connection:
            rows = db.run(connection, "catalogue_windows")
            return RuleOf({row.name: Entry(float(row.seconds), row.across_sources, row.per_day) for row in rows})


class RuleOf(dict[str, Rule]):
    """The rule by name. A name has its own entry, or its action's (`click__*`), or the entry of all names (`*`)."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        super().__init__()
        self._entries = entries
        self._any = entries.get(ANY, Entry(0.0))

    def __missing__(self, name: str) -> Rule:
        action, parted, _ = name.partition("__")
        of_action = self._entries.get(f"{action}__*")
        entry = self._entries.get(name) or (of_action if parted else None)
        per_day = of_action.per_day if of_action is not None else None
        rule = Rule(
            seconds=(entry or self._any).seconds,
            is_known=entry is not None,
            across_sources=(entry or self._any).across_sources,
            per_day=(self._any.per_day or 0) if per_day is None else per_day,
        )
        if len(self) < MAX_NAMES:
            self[name] = rule
        return rule
