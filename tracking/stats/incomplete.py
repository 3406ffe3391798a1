"""Times in which a tracker was broken, as far as the numbers of a question lack its events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tracking import db
from tracking.stats.periods import Period, quarter_before
from tracking.stats.queries import CountQuery
from tracking.stats.scope import patterns
from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from tracking.stats.counting import Counting
    from tracking.stats.queries import StatsQuery

MAX_AGE = 5.0
"""Seconds that a worker keeps what it read."""
ANY = "*"
MOST = 20
"""Of one answer: the newest."""
BEFORE = timedelta(days=14)
"""Days in which a question's receivers had such events, if they are lacking now."""


class Incomplete(NamedTuple):
    """`source`, `name` None: any."""

    source: str | None
    name: str | None
    since: datetime
    until: datetime | None


def read(engine: Engine) -> list[Incomplete]:
    """The newest 200 of them, the newest first."""
    with engine.connect() as connection:
        return [
            Incomplete(None if row.source == ANY else row.source, None if row.name == ANY else row.name, *row[2:])
            for row in db.run(connection, "incomplete_numbers")
        ]


def touched(known: Sequence[Incomplete], query: StatsQuery, period: Period, counting: Counting) -> list[Incomplete]:
    """Those that concern the question: its period, its source and names, and events that its receivers have usually.

    Costs nothing where there are none, else a look at two weeks of counts for each.
    """
    found: list[Incomplete] = []
    for one in known:
        if one.since >= period.end or (one.until is not None and one.until <= period.start):
            continue
        if query.source is not None and one.source not in {None, query.source}:
            continue
        if (one.name, one.since, one.until) in {(other.name, other.since, other.until) for other in found}:
            continue
        if _means(query, one.name) and _has_such(query, one, counting, period.timezone):
            found.append(one)
        if len(found) == MOST:
            break
    return found


def _means(query: StatsQuery, name: str | None) -> bool:
    """Whether the question counts events of this name."""
    if name is None or not isinstance(query, CountQuery) or (query.name is None and query.action is None):
        return True
    asked = query.name or ()
    if any(NamePattern(one).matches(name) for one in asked):
        return True
    return any(name == action or name.startswith(f"{action}__") for action in query.action or ())


def _has_such(query: StatsQuery, one: Incomplete, counting: Counting, timezone: ZoneInfo) -> bool:
    before = Period(quarter_before(one.since - BEFORE), quarter_before(one.since), timezone)
    narrower: dict[str, Any] = {}
    if one.source is not None:
        narrower["source"] = one.source
    if one.name is not None:
        narrower["names"] = [NamePattern(one.name).like()]
    elif isinstance(query, CountQuery):
        narrower["names"] = patterns(query.name, query.action)
    return counting.sent(before, **narrower)
