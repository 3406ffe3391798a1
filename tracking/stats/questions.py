"""A question to the counts, asked by HTTP or by a process that has no request."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracking import db, standard
from tracking.errors import Problem
from tracking.ingest import crawlers
from tracking.settings import Settings
from tracking.stats import groups, periods
from tracking.stats.counting import Counting
from tracking.stats.incomplete import touched
from tracking.stats.memo import NOTHING_KEPT
from tracking.stats.queries import BreakdownQuery, CountQuery, ExplainQuery, SummaryQuery, TimeseriesQuery
from tracking.stats.replica import SNAPSHOT, Elsewhere
from tracking.stats.scope import of_receivers, one_receiver, scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from tracking.deployment import Deployment
    from tracking.provenance.grants import Grant
    from tracking.snapshot import Snapshot
    from tracking.stats.incomplete import Incomplete
    from tracking.stats.memo import Memo
    from tracking.stats.periods import Period
    from tracking.stats.queries import StatsQuery
    from tracking.stats.replica import Replica
    from tracking.stats.scope import Scope
    from tracking.stats.turns import Turns


class Uniques(StrEnum):
    """The way in which the creators of an answer were counted."""

    EXACT = "exact"
    UNKNOWN = "unknown"
    NOT_COUNTED = "not-counted"


@dataclass(frozen=True, slots=True)
class Counts:
    """The source of counts of one process: connections to the primary, turns, a cache, and perhaps a replica.

    `small_group`: the k of the rule of small groups.
    """

    engine: Engine
    deployment: Snapshot[Deployment]
    turns: Turns
    memo: Memo
    incomplete: Snapshot[list[Incomplete]]
    replica: Replica | None = None
    small_group: int = Settings.small_group

    @contextmanager
    def primary(self) -> Iterator[Connection]:
        """A connection to the primary, for one snapshot."""
        with self.engine.connect() as connection:
            connection.execution_options(**SNAPSHOT)
            yield connection

    def close(self) -> None:
        """Closes the connections."""
        self.engine.dispose()
        if self.replica is not None:
            self.replica.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """`payload`: the answer as JSON has it; `rows`: its numbers as a table, of which each row has the same columns.

    `settled`: no late event changes it any more. `as_of`: everything that was committed before this moment is counted.
    """

    payload: dict[str, Any]
    rows: list[dict[str, Any]]
    settled: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A period, and the counting of it. `by_day`: the uniques of its days are kept even without raw events.

    `small_group`: the k that binds whoever asks, if any.
    """

    period: Period
    counting: Counting
    by_day: bool
    incomplete: list[Incomplete]
    small_group: int | None

    @property
    def kept_since(self) -> str:
        """The time from which on all raw events are kept, if some were dropped."""
        return self.period.text(self.counting.coverage.dropped_until or self.period.start)

    def is_dropped_meanwhile(self, connection: Connection) -> bool:
        """Whether raw events were dropped since the scope was loaded. Ends the snapshot.

        A chunk that is dropped is gone for older snapshots, too: a query may have seen less than the one before it.
        """
        connection.rollback()
        gone: datetime | None = db.run(connection, "deployment").one().dropped_until
        return gone != self.counting.coverage.dropped_until

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
            "counting_standard": standard.VERSION,
            "incomplete": [
                {
                    "name": one.name,
                    "since": self.period.text(one.since),
                    "until": one.until and self.period.text(one.until),
                }
                for one in self.incomplete
            ],
        }
        settled = final is not None and self.period.end <= final and self.counting.is_new
        return Answer(said | payload, rows, settled, self.counting.as_of)

    def _note(self, uniques: Uniques) -> str:
        match uniques:
            case Uniques.EXACT:
                return "each person is counted once"
            case Uniques.NOT_COUNTED:
                return "not asked for"
            case Uniques.UNKNOWN:
                kept = "; days of one receiver and name are kept" if self.by_day else ""
                return f"unknown where null: raw events before {self.kept_since} were dropped{kept}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question before it has a connection. `scope`: what is granted and what is asked, nothing decided yet."""

    counts: Counts
    decided: Deployment
    query: StatsQuery
    period: Period
    scope: Scope
    by_day: bool
    small_group: int | None
    known: list[Incomplete]
    """Read before there is a connection: on the embedded engine a second one would wait for the first."""

    def counting(self, connection: Connection, scope: Scope, as_of: datetime | None = None) -> Counting:
        memo = NOTHING_KEPT if _sums(self.query) else self.counts.memo
        return Counting(
            connection, scope, memo=memo, timezone=self.decided.timezone,
            lateness_days=self.decided.lateness_days, as_of=as_of,
        )  # fmt: skip

    def opened(self, connection: Connection, scope: Scope, as_of: datetime | None = None) -> Question:
        """The question with its scope loaded. `as_of`: if the connection leads to a replica, the moment of its data."""
        counting = self.counting(connection, scope, as_of)
        counting.load_scope(self.period)
        incomplete = touched(self.known, self.query, self.period, counting)
        return Question(self.period, counting, self.by_day, incomplete, self.small_group)

    def answered(
        self, connection: Connection, scope: Scope, answer: Callable[[Question], Answer], as_of: datetime | None = None
    ) -> Answer:
        """What `answer` makes of it; once more where raw events of the period were dropped in the middle."""
        question = self.opened(connection, scope, as_of)
        said = answer(question)
        if self.decided.drops_soon(self.period.start) and question.is_dropped_meanwhile(connection):
            return answer(self.opened(connection, scope, as_of))
        return said

    def judged(self) -> Scope:
        """The scope for a replica, which judges no rights: where an owner decides, the primary says which receivers."""
        if not self.scope["one_owner"]:
            return self.scope
        with self.counts.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            return of_receivers(self.scope, self.counting(connection, self.scope).allowed(self.period))


def asked(counts: Counts, grant: Grant, query: StatsQuery) -> Asked:
    """Raises `PeriodError`."""
    decided = counts.deployment.get()
    timezone = decided.timezone if query.timezone is None else ZoneInfo(query.timezone)
    interval = query.interval if isinstance(query, TimeseriesQuery) else "day"
    period = periods.between(query.from_, query.to, timezone, interval)
    small_group = groups.binding(grant, counts.small_group)
    if small_group and isinstance(query, BreakdownQuery) and query.of_property:
        period = groups.past_days(period, decided.timezone)
    days_of_reporting = interval == "day" and timezone.key == decided.timezone.key
    by_day = days_of_reporting and _one_name(query) and one_receiver(grant, query)
    return Asked(counts, decided, query, period, scope(grant, query), by_day, small_group, counts.incomplete.get())


def answered(counts: Counts, grant: Grant, query: StatsQuery, answer: Callable[[Question], Answer]) -> Answer:
    """What `answer` makes of the question, on a connection of its own, in its turn.

    If there is a replica it is asked first, and the primary once if that cannot answer. All of it is one turn: the
    primary never has more questions at once than without a replica.
    Raises `Problem` 403, 429 and 503, and `PeriodError`, as `ask` says.
    """
    one = asked(counts, grant, query)
    with counts.turns.turn(grant.account):
        if counts.replica is not None and counts.replica.is_asked():
            judged = one.judged()
            try:
                with counts.replica.connected() as (connection, as_of):
                    return one.answered(connection, judged, answer, as_of)
            except Elsewhere:
                pass
        with counts.primary() as connection:
            return one.answered(connection, one.scope, answer)


def _sums(query: StatsQuery) -> bool:
    """Whether numbers of the answer come from several looks and sum to each other."""
    return isinstance(query, ExplainQuery) or (isinstance(query, SummaryQuery) and query.returning)


def _one_name(query: StatsQuery) -> bool:
    """Whether it is about a single name, of any source: so the daily aggregate keeps uniques."""
    if not isinstance(query, CountQuery) or query.source is not None or query.name is None:
        return False
    return len(query.name) == 1 and not query.name[0].endswith("*")
