"""Counts, as the database gives them to one question: the scope and the standing first, then the numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import sqlalchemy.exc

from tracking import db
from tracking.errors import Problem
from tracking.stats.periods import whole_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection, Row

    from tracking.stats.memo import Memo
    from tracking.stats.periods import Period

EXACT = "exact, counted from raw events"
BY_DAY = "exact, kept by day; of the whole period counted from raw events"
NOT_COUNTED = "not counted"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far numbers can be trusted. `dropped_until`: raw events before it may be gone; None: none is."""

    dropped_until: datetime | None
    final_until: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Events and exact unique creators, in total and by bucket. Creators are None where they are not known."""

    events: int
    creators: int | None
    buckets: list[tuple[int, int | None]]


class Counter:
    """Counts for one question, on one connection. `age`: seconds since the oldest of its results was counted."""

    def __init__(
        self, connection: Connection, scope: dict[str, Any], *, memo: Memo, timezone: ZoneInfo, lateness_days: int
    ) -> None:
        self._connection = connection
        self._scope = scope | {"types": None, "ids": None}  # until it is admitted, nothing is seen
        self._memo = memo
        self._timezone = timezone
        self._lateness = lateness_days
        self.standing = Standing(None, None)
        self.age = 0.0

    def admit(self, period: Period) -> None:
        """Learns the standing. Raises `Problem` 403 for a receiver or an owner that the token does not allow."""
        scope = self._scope
        if scope["granted_owner"] is not None and scope["owner"] not in {None, scope["granted_owner"]}:
            raise Problem(403, "owner-not-allowed", f"The token does not allow the owner {scope['owner']}.")
        row = self._rows("stats_standing", period, with_raw=False, lateness=self._lateness)[0]
        if row.refused:
            raise Problem(403, "receiver-not-allowed", f"The token does not allow {row.refused[0]}.")
        self.standing = Standing(row.dropped_until, row.final_until)
        self._scope |= {"types": row.types, "ids": row.ids}

    def gone(self, period: Period, **narrower: Any) -> bool:
        """Whether raw rows of what is counted in the period were dropped, so that uniques cannot be known."""
        dropped = self.standing.dropped_until
        if dropped is None or dropped <= period.start:
            return False
        return bool(self._rows("stats_gone", period, with_raw=False, dropped_until=dropped, **narrower)[0][0])

    def total(self, period: Period, *, uniques: bool) -> Counts:
        known = uniques and not self.gone(period)
        row = self._rows("stats_summary", period, with_raw=known, days=self._days(period.start, period.end))[0]
        return Counts(row.events, row.creators if known else None, [])

    def series(self, period: Period, edges: list[datetime], *, uniques: bool, by_day: bool) -> Counts:
        """By bucket between the edges. `by_day`: these are days whose uniques of this question are kept."""
        gone = uniques and self.gone(period)
        with_raw = uniques and not (gone and by_day)
        rows = self._rows("stats_timeseries", period, with_raw=with_raw, days=self._days(*edges), edges=edges)
        found = {row.bucket: (row.events, row.creators if uniques else None) for row in rows}
        if by_day and uniques and gone:
            kept = {row.bucket: row.creators for row in self._rows("stats_timeseries_days", period, edges=edges)}
            found = {bucket: (events, kept.get(bucket, 0)) for bucket, (events, _) in found.items()}
        total, everyone = found.pop(0, (0, 0 if uniques else None))
        zero = 0 if uniques else None
        buckets = [found.get(bucket, (0, zero)) for bucket in range(1, len(edges))]
        if gone and not by_day:
            dropped = self.standing.dropped_until
            buckets = [
                (events, creators if (dropped and start >= dropped) or not events else None)
                for start, (events, creators) in zip(edges, buckets, strict=False)
            ]
        return Counts(total, None if gone else everyone, buckets)

    def breakdown(self, period: Period, by: str, limit: int, *, uniques: bool) -> Sequence[Row[Any]]:
        if by.startswith("property:"):
            key = by.removeprefix("property:")
            return self._rows("stats_breakdown_property", period, property=key, limit=limit)
        days = None if by == "source" else self._days(period.start, period.end)
        return self._rows("stats_breakdown", period, with_raw=uniques, days=days, by=by, limit=limit)

    def top(self, period: Period, order: str, search: str | None, limit: int, *, uniques: bool) -> Sequence[Row[Any]]:
        days = self._days(period.start, period.end)
        return self._rows("stats_top", period, with_raw=uniques, days=days, order=order, search=search, limit=limit)

    def funnel(self, period: Period, steps: list[list[str]]) -> tuple[list[int], list[int]]:
        """(creators, events) of each step; a step is the patterns of its names."""
        numbered: dict[str, Any] = {f"step{n + 1}": steps[n] if n < len(steps) else None for n in range(6)}
        names = [pattern for step in steps for pattern in step]
        row = self._rows("stats_funnel", period, **numbered, names=names)[0]
        return row.creators[: len(steps)], [events or 0 for events in row.events[: len(steps)]]

    def _days(self, *edges: datetime) -> tuple[datetime, datetime] | None:
        """The days to be had from the daily aggregate, which knows no sources."""
        return whole_days(edges, self._timezone) if self._scope["source"] is None else None

    def _rows(
        self,
        name: str,
        period: Period,
        *,
        with_raw: bool = True,
        days: tuple[datetime, datetime] | None = None,
        **parameters: Any,
    ) -> Sequence[Row[Any]]:
        days_from, days_to = days or (period.start, period.start)
        bound = self._scope | {"from": period.start, "to": period.end, "with_raw": with_raw} | parameters
        bound |= {"days_from": days_from, "days_to": days_to}
        if not with_raw:
            return self._execute(name, bound)
        question = hashlib.blake2b(msgspec.json.encode([name, bound])).digest()
        rows, age = self._memo.get(question, lambda: self._execute(name, bound))
        self.age = max(self.age, age)
        return rows

    def _execute(self, name: str, bound: dict[str, Any]) -> Sequence[Row[Any]]:
        try:
            return self._connection.exec_driver_sql(f"{db.query('stats_scope')}\n{db.query(name)}", bound).all()
        except sqlalchemy.exc.OperationalError as error:
            if isinstance(error.orig, psycopg.errors.QueryCanceled):
                raise too_heavy(bound) from None
            raise


def too_heavy(bound: dict[str, Any]) -> Problem:
    """What to narrow, of what this question asks for."""
    ways = [f"a shorter period than {(bound['to'] - bound['from']).days + 1} days"]
    if bound["receivers"] is None:
        ways.append(
            "single receivers (receiver=)" if bound["owner"] or bound["granted_owner"] else "one owner (owner=)"
        )
    if bound["names"] is None:
        ways.append("one name (name=)")
    if bound["uniques"]:
        ways.append("counts without uniques (uniques=false)")
    return Problem(
        422, "too-heavy", f"Counting this takes longer than one answer may. Ask for {', or '.join(ways)}.",
        members={"narrow": ways},
    )  # fmt: skip
