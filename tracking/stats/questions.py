"""A question to the counts, asked by HTTP or by a process that has no request."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracking.errors import Problem
from tracking.ingest import crawlers
from tracking.stats import periods
from tracking.stats.counting import Counting
from tracking.stats.incomplete import touched
from tracking.stats.queries import CountQuery, TimeseriesQuery
from tracking.stats.scope import one_receiver, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.provenance.grants import Grant
    from tracking.snapshot import Snapshot
    from tracking.stats.incomplete import Incomplete
    from tracking.stats.memo import Memo
    from tracking.stats.periods import Period
    from tracking.stats.queries import StatsQuery
    from tracking.stats.turns import Turns

SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""All numbers of one answer are true at one moment."""


class Uniques(StrEnum):
    """The way in which the creators of an answer were counted."""

    EXACT = "exact"
    UNKNOWN = "unknown"
    NOT_COUNTED = "not-counted"


@dataclass(frozen=True, slots=True)
class Counts:
    """The source of counts of one process: connections, turns, and a cache."""

    engine: Engine
    deployment: Snapshot[Deployment]
    turns: Turns
    memo: Memo
    incomplete: Snapshot[list[Incomplete]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`payload`: the answer as JSON has it; `rows`: its numbers as a table, of which each row has the same columns.

    `settled`: no late event changes it any more. `age`: seconds since the oldest part of it was counted.
    """

    payload: dict[str, Any]
    rows: list[dict[str, Any]]
    settled: bool
    age: float


@dataclass(frozen=True, slots=True)
class Question:
    """A period, and the counting of it. `by_day`: the uniques of its days are kept even without raw events."""

    period: Period
    counting: Counting
    by_day: bool
    incomplete: list[Incomplete]

    @property
    def kept_since(self) -> str:
        """The time from which on all raw events are kept, if some were dropped."""
        return self.period.text(self.counting.coverage.dropped_until or self.period.start)

    def dropped(self) -> Problem:
        """The problem (422) of a question that needs raw events that were dropped."""
        return Problem(422, "raw-events-dropped", f"Raw events before {self.kept_since} were dropped; ask from then.")

    def answer(self, uniques: Uniques, payload: dict[str, Any], rows: list[dict[str, Any]]) -> Answer:
        """The payload with the members of every answer; settled if counted just now and no late event can change it."""
        final = self.counting.coverage.final_until
        said = {
            "from": self.period.text(self.period.start),
            "to": self.period.text(self.period.end),
            "timezone": self.period.timezone.key,
            "uniques": uniques,
            "uniques_note": self._note(uniques),
            "final_until": None if final is None else self.period.text(final),
            "crawlers_known_until": crawlers.lists().newest.isoformat(),
            "incomplete": [
                {
                    "name": one.name,
                    "since": self.period.text(one.since),
                    "until": one.until and self.period.text(one.until),
                }
                for one in self.incomplete
            ],
        }
        age = self.counting.age
        settled = final is not None and self.period.end <= final and not age
        return Answer(said | payload, rows, settled, age)

    def _note(self, uniques: Uniques) -> str:
        match uniques:
            case Uniques.EXACT:
                return "counted from raw events"
            case Uniques.NOT_COUNTED:
                return "not asked for"
            case Uniques.UNKNOWN:
                kept = "; days of one receiver and name are kept" if self.by_day else ""
                return f"unknown where null: raw events before {self.kept_since} were dropped{kept}"


@contextmanager
def opened(counts: Counts, grant: Grant, query: StatsQuery) -> Iterator[Question]:
    """The question with its scope loaded, on a connection of its own, in its turn.

    Raises `Problem` 403, 429 and 503, and `PeriodError`, as `ask` says.
    """
    decided = counts.deployment.get()
    timezone = decided.timezone if query.timezone is None else ZoneInfo(query.timezone)
    interval = query.interval if isinstance(query, TimeseriesQuery) else "day"
    period = periods.between(query.from_, query.to, timezone, interval)
    incomplete = counts.incomplete.get()
    with counts.turns.turn(grant.account), counts.engine.connect() as connection:
        connection.execution_options(**SNAPSHOT)
        counting = Counting(
            connection, scope(grant, query), memo=counts.memo, timezone=decided.timezone,
            lateness_days=decided.lateness_days,
        )  # fmt: skip
        counting.load_scope(period)
        days_of_reporting = interval == "day" and timezone.key == decided.timezone.key
        by_day = days_of_reporting and _one_name(query) and one_receiver(grant, query)
        yield Question(period, counting, by_day, touched(incomplete, query, period, counting))


def _one_name(query: StatsQuery) -> bool:
    """Whether it is about a single name, of any source: so the daily aggregate keeps uniques."""
    if not isinstance(query, CountQuery) or query.source is not None or query.name is None:
        return False
    return len(query.name) == 1 and not query.name[0].endswith("*")
