"""Counts, as the database gives them to one question: the scope and the coverage first, then the numbers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import psycopg
import sqlalchemy.exc

from tracking import db
from tracking.errors import Problem
from tracking.peers.told import MOST, told
from tracking.stats import refusals, trodden
from tracking.stats.counted import Counted, Coverage
from tracking.stats.periods import QUARTER, Period, midnight, whole_days
from tracking.trails import columns, loading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection, Row

    from tracking.stats.memo import Memo
    from tracking.stats.scope import Scope

NOTHING: Scope = dict.fromkeys(("types", "ids", "trails_until", "fresh_from", "first_day", "last_day"))
"""Parameters of the scope: nothing is seen before it is loaded, and of trails only by `columns.load`."""
BEGINNING = datetime.min.replace(tzinfo=UTC)


class Counting:
    """Counts for one question, in one snapshot of the database.

    Where people are counted, the events beside them are counted from the same trails, or from the same raw rows where
    there are none, and agree with them; where they are not, the aggregates answer, but for what waits for a refresh.
    """

    def __init__(
        self, connection: Connection, scope: Scope, *, memo: Memo, timezone: ZoneInfo, lateness_days: int,
        as_of: datetime | None = None,
    ) -> None:  # fmt: skip
        """`as_of`: of a replica's data; None for the primary, which has everything."""
        self._connection = connection
        self._scope = scope | NOTHING
        self._memo = memo
        self.timezone = timezone
        self.lateness_days = lateness_days
        self.coverage = Coverage(None, None)
        self._moment = as_of or BEGINNING
        self._oldest_kept: datetime | None = None
        self._trails: columns.State | None = None
        self._trodden: dict[tuple[Period, datetime], bool] = {}

    @property
    def as_of(self) -> datetime:
        """Everything that was committed before this moment is in each of its results."""
        return self._moment if self._oldest_kept is None else min(self._moment, self._oldest_kept)

    @property
    def is_new(self) -> bool:
        """Whether all was counted just now, and nothing is from the cache."""
        return self._oldest_kept is None

    @property
    def kept_since(self) -> datetime:
        """The time from which on all events are kept, as raw rows or as trails."""
        dropped = self.coverage.dropped_until or BEGINNING
        return dropped if self._trails is None else min(dropped, self._trails.since or BEGINNING)

    def load_scope(self, period: Period) -> None:
        """Loads what may be seen, and its coverage.

        Raises `Problem` 403 for a receiver or an owner that the token does not allow.
        """
        self._check_owner()
        row = self._rows("stats_coverage", period, period.end, lateness=self.lateness_days)[0]
        if row.refused:
            raise refusals.not_allowed(row.refused[0])
        if self._moment is BEGINNING:
            self._moment = row.moment
        self.coverage = Coverage(row.dropped_until, row.final_until)
        self._scope |= {"types": row.types, "ids": row.ids}
        if self._scope["people"]:
            self._trails = columns.state(self._connection)

    def refuse(self, receivers: list[str] | None, period: Period) -> None:
        """Raises `Problem` 403 if the token does not allow one of these receivers, whichever others are asked for."""
        for one in self._rows("stats_coverage", period, period.end, lateness=0, receivers=receivers)[0].refused:
            raise refusals.not_allowed(one)

    def allowed(self, period: Period) -> list[str]:
        """The receivers of a question about an owner, as TYPE:ID. Raises `Problem` 403 as `load_scope` does."""
        self._check_owner()
        receivers: list[str] = self._rows("stats_allowed", period, period.end)[0][0]
        for one in self._scope["receivers"] or ():
            if one not in receivers:
                raise refusals.not_allowed(one)
        return receivers

    def peers(self) -> dict[str, Any]:
        """How the receiver, or the owner, that is asked for does beside others, as of the last night."""
        of: Literal["receiver", "owner"] | None = None
        asked = self._scope["receivers"] or (None if self._scope["one_owner"] else self._scope["granted"])
        if asked is not None:
            of = "receiver" if len(set(asked)) == 1 else None
        elif self._scope["one_owner"]:
            of = "owner"
        if of is None:
            return told(of, ())
        return told(of, self._execute("peers_told", self._scope | {"most": MOST}))

    def _check_owner(self) -> None:
        granted, asked = self._scope["granted_owner"], self._scope["owner"]
        if granted is not None and asked not in {None, granted}:
            raise Problem(403, "owner-not-allowed", f"The token does not allow the owner {asked}.")

    def gone(self, period: Period, *, raw: bool = False, edges: Sequence[datetime] = (), **narrower: Any) -> bool:
        """Whether people cannot be counted, since raw rows that this question counts were dropped in the period.

        `raw`: whether these themselves are needed; if not, trails are as good.
        """
        if not raw and self._trails_from(period, edges) is not None:
            return False
        return self._counted_before(self._kept_from(period), period, **narrower)

    def _trails_from(self, period: Period, edges: Sequence[datetime] = ()) -> datetime | None:
        """The moment of the period from which on the trails have all events that this question counts, and know on
        which side of each edge between its buckets they lie. None: some lie before. An event whose time is blurred may
        seem to lie in the period, so what is before that moment is not looked at.
        """
        if self._trails is None:
            return None
        since, timed_since = (moment or BEGINNING for moment in (self._trails.since, self._trails.timed_since))
        blurred = [edge for edge in (period.start, period.end, *edges) if edge < timed_since]
        if any(edge != midnight(edge.astimezone(self.timezone).date(), self.timezone) for edge in blurred):
            since = max(timed_since, since)
        kept_from = min(max(since, period.start), period.end)
        if (period, kept_from) not in self._trodden:
            self._trodden[period, kept_from] = not self._counted_before(kept_from, period)
        return kept_from if self._trodden[period, kept_from] else None

    def _counted_before(self, kept_from: datetime, period: Period, **narrower: Any) -> bool:
        """Whether anything of the period was counted before this moment, from which on all is kept."""
        return kept_from > period.start and bool(
            self._rows("stats_gone", replace(period, end=kept_from), kept_from, **narrower)[0][0]
        )

    def sent(self, period: Period, **narrower: Any) -> bool:
        """Whether anything that this question could count was counted in the period, which lies in the past."""
        return bool(self._rows("stats_sent", period, period.end, uniques=False, **narrower)[0][0])

    def total(self, period: Period, *, uniques: bool) -> Counted:
        known = uniques and not self.gone(period)
        row = self._rows("stats_summary", period, self._raw_from(period, people=known), uniques=known)[0]
        return Counted(row.events, row.creators if known else None, [])

    def series(self, period: Period, edges: list[datetime], *, uniques: bool, by_day: bool) -> Counted:
        """By bucket between the edges. `by_day`: these are days whose uniques of this question are kept."""
        gone = uniques and self.gone(period, edges=edges)
        raw_from = self._raw_from(period, people=uniques, edges=edges)
        if gone and by_day:  # of a day that is kept, events and people are of the same row
            raw_from = next(edge for edge in edges if edge >= raw_from)
        rows = self._rows("stats_timeseries", period, raw_from, edges=edges, uniques=uniques, by_day=gone and by_day)
        found = {row.bucket: row for row in rows}
        buckets: list[tuple[int, int | None]] = []
        for number, start in enumerate(edges[:-1], start=1):
            row = found.get(number)
            creators: int | None = row.creators if row else 0
            if not uniques:
                creators = None
            elif row and gone and start < raw_from:
                creators = row.kept if by_day else None
            buckets.append((row.events if row else 0, creators))
        everyone = found[0].creators if 0 in found else 0
        return Counted(sum(events for events, _ in buckets), everyone if uniques and not gone else None, buckets)

    def by_property(
        self, period: Period, key: str, limit: int, *, uniques: bool, step: int
    ) -> tuple[Sequence[Row[Any]], int]:
        """(the parts, all events). `step`: numbers of parts are told in steps of so many; if 1, exactly."""
        rows = self._rows(
            "stats_breakdown_property", period, self._kept_from(period), property=key, limit=limit, step=step,
            uniques=uniques or step > 1,
        )  # fmt: skip
        return [row for row in rows if row.parts], rows[0].total if rows else 0

    def breakdown(self, period: Period, by: str, limit: int, *, uniques: bool) -> Sequence[Row[Any]]:
        raw_from = self._raw_from(period, people=uniques)
        return self._rows(
            "stats_breakdown", period, raw_from, whole_days_too=by != "source", by=by, limit=limit, uniques=uniques
        )

    def top(self, period: Period, order: str, search: str | None, limit: int, *, uniques: bool) -> Sequence[Row[Any]]:
        raw_from = self._raw_from(period, people=uniques)
        return self._rows("stats_top", period, raw_from, order=order, search=search, limit=limit, uniques=uniques)

    def funnel(self, period: Period, steps: list[list[str]]) -> tuple[list[int], list[int]]:
        """(creators, events) of each step; a step is the patterns of its names."""
        numbered: dict[str, Any] = {f"step{n + 1}": steps[n] if n < len(steps) else None for n in range(6)}
        row = self.people("stats_funnel", period, **numbered, names=[name for step in steps for name in step])[0]
        return row.creators[: len(steps)], [events or 0 for events in row.events[: len(steps)]]

    def parted(self, period: Period, edges: list[datetime], *, uniques: bool, most: int) -> Sequence[Row[Any]]:
        """The counted events by bucket and source, with up to `most` of their people where these are counted."""
        raw_from = self._raw_from(period, people=uniques, edges=edges)
        return self._rows(
            "stats_parted", period, raw_from, whole_days_too=False, edges=edges, most=most, uniques=uniques
        )

    def left_out(self, period: Period, edges: list[datetime]) -> Sequence[Row[Any]]:
        """The events that are stored and not counted, by bucket, source and reason, as far as raw rows are kept."""
        return self._rows("stats_left_out", period, self._kept_from(period), edges=edges, uniques=False)

    def restated(self, period: Period, limit: int) -> Sequence[Row[Any]]:
        """How numbers of the period's days, as the reporting timezone has them, changed after they were told."""
        days = [edge.astimezone(self.timezone).date() for edge in (period.start, period.end - QUARTER)]
        return self._rows("stats_restated", period, period.end, told_from=days[0], told_until=days[1], limit=limit)

    def people(self, name: str, period: Period, **parameters: Any) -> Sequence[Row[Any]]:
        """The rows of a query that counts people alone, from trails or from raw rows."""
        raw_from = self._raw_from(period, people=True, edges=parameters.get("edges", ()))
        return self._rows(name, period, raw_from, **parameters, uniques=True)

    def look_up(self, name: str, **parameters: Any) -> Sequence[Row[Any]]:
        """The rows of a query that reads no events, with the scope's parameters, in the same snapshot."""
        return self._execute(name, self._scope | parameters)

    def _kept_from(self, period: Period) -> datetime:
        """The moment of the period from which on all raw rows are kept; its end if none are."""
        dropped = self.coverage.dropped_until
        return period.start if dropped is None else min(max(dropped, period.start), period.end)

    def _raw_from(self, period: Period, *, people: bool, edges: Sequence[datetime] = ()) -> datetime:
        """The moment from which on raw rows, or trails, are counted, and no aggregates."""
        if people and self._trails_from(period, edges) is not None:
            return period.start
        kept_from = self._kept_from(period)
        if people:
            return kept_from
        parameters = {"from": period.start, "to": period.end}
        waiting = db.run(self._connection, "stats_waiting", **parameters).scalar_one()
        return period.end if waiting is None else max(waiting, kept_from)

    def _rows(
        self, name: str, period: Period, raw_from: datetime, *, whole_days_too: bool = True, **parameters: Any
    ) -> Sequence[Row[Any]]:
        bound = self._scope | {"from": period.start, "to": period.end, "raw_from": raw_from} | parameters
        days = None
        if (
            whole_days_too and bound["source"] is None and raw_from > period.start
        ):  # the daily aggregate knows no sources
            edges = bound.get("edges", (period.start,))
            days = whole_days([*(edge for edge in edges if edge < raw_from), raw_from], self.timezone)
        bound["days_from"], bound["days_to"] = days or (period.start, period.start)
        execute = self._execute
        if name in trodden.QUESTIONS and bound["uniques"] and self._trails:
            trails_from = self._trails_from(period, bound.get("edges", ()))
            if trails_from is not None:
                execute = partial(self._follow, self._trails, trails_from)
        if raw_from >= period.end:
            return self._execute(name, bound)
        question = hashlib.blake2b(msgspec.json.encode([name, bound])).digest()
        rows, kept = self._memo.get(question, self._moment, lambda: execute(name, bound))
        if kept is not None:
            self._oldest_kept = min(kept, self._oldest_kept or kept)
        return rows

    def _follow(self, state: columns.State, since: datetime, name: str, bound: dict[str, Any]) -> Sequence[Row[Any]]:
        """The rows of a query from the trails; of too many events from the raw rows, if these are all there."""
        try:
            known = bound | {"from": since}
            return self._in_time(bound, lambda: trodden.QUESTIONS[name](self._connection, state, known))
        except loading.TooMany:
            if self.gone(Period(bound["from"], bound["to"], self.timezone), raw=True):
                raise refusals.too_heavy(bound) from None
        return self._execute(name, bound)

    def _execute(self, name: str, bound: dict[str, Any]) -> Sequence[Row[Any]]:
        return self._in_time(bound, lambda: db.run(self._connection, name, **bound).all())

    @staticmethod
    def _in_time(bound: dict[str, Any], count: Callable[[], Sequence[Row[Any]]]) -> Sequence[Row[Any]]:
        try:
            return count()
        except sqlalchemy.exc.OperationalError as error:
            if isinstance(error.orig, psycopg.errors.QueryCanceled):
                raise refusals.too_heavy(bound) from None
            raise
