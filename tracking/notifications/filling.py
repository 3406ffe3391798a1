"""Fills the outbox with what there is to tell of each day that is over: once, from the counts, page by page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from tracking import db, deployment
from tracking.aggregates import refresh
from tracking.notifications import rules, timing
from tracking.notifications.asking import Due, ask, lacks_people
from tracking.peers.told import MOST, differences
from tracking.trails import grouped, keeping

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine, Row

    from tracking.deployment import Deployment
    from tracking.notifications.asking import Found
    from tracking.notifications.rules import Rule
    from tracking.notifications.timing import Times
    from tracking.settings import Settings

log = structlog.get_logger("jobs")

PAGE = 50_000
OWNERS = 500
"""Receivers and owners of a page: one transaction each."""
LONGEST_MS = 600_000
"""Milliseconds of one statement."""
WORTH_A_LINE = 0.1
"""The difference from similar receivers from which on a digest has a line of it."""
MISSED = timedelta(days=32)
"""Days of an outage that are put on record as expired: more than a month, so that none is missed."""


def fill(settings: Settings, now: datetime | None = None) -> int:
    """Puts each day that is over and not told yet into the outbox; returns the number of new rows.

    It may be killed, and run twice at once: the primary key decides. `now`: the database's time, unless given.
    """
    url = db.owner_url(settings)
    engine = db.engine(url, statement_timeout_ms=LONGEST_MS)
    try:
        decided = deployment.read(engine)
        waiting = due(engine, decided, now)
        if not waiting:
            return 0
        refresh.catch_up(url, ["event_counts_daily"])
        if not all(one.rule.is_exact_by_day for one in waiting):
            keeping.extend(url)
        return sum(_fill(engine, decided, one) for one in waiting)
    finally:
        engine.dispose()


def due(engine: Engine, decided: Deployment, now: datetime | None = None) -> list[Due]:
    """The days to put into the outbox now, the oldest first.

    The rules of a channel wait for the earliest of them: what a person is told through it becomes one message.
    """
    with engine.connect() as connection:
        in_force = [rule for rule in rules.every(connection) if rule.paused_at is None]
        last = {row.rule: row.day for row in db.run(connection, "fills_last")}
        moment: datetime = now or db.run(connection, "now").scalar_one()
    found: list[Due] = []
    earliest: dict[tuple[str, date], datetime] = {}
    for rule in in_force:
        closed = timing.closed_day(rule.kind, moment, decided.timezone)
        day = timing.closed_day(rule.kind, moment - MISSED, decided.timezone)
        while (day := timing.next_day(rule.kind, day)) <= closed:
            if day >= rule.first_day and (rule.rule not in last or day > last[rule.rule]):
                found.append(Due(rule, day))
                at = rule.earliest(day, decided.timezone)
                earliest[rule.channel, day] = min(at, earliest.get((rule.channel, day), at))
    return sorted((one for one in found if earliest[one.rule.channel, one.day] <= moment), key=lambda one: one.day)


def _fill(engine: Engine, decided: Deployment, one: Due) -> int:
    """Puts a day of a rule into the outbox, where an earlier attempt ended; returns the number of new rows."""
    rule, day = one
    with engine.begin() as connection:
        after, done = db.run(connection, "fills_begin", rule=rule.rule, day=day).one()
        zones = {row.timezone for row in db.run(connection, "contact_timezones")} | {decided.timezone.key}
    times = {name: rule.times(day, ZoneInfo(name), decided.timezone) for name in zones}
    size, filled = OWNERS if rule.per == "owner" else PAGE, 0
    while not done:
        with engine.connect().execution_options(**grouped.SNAPSHOT) as connection, connection.begin():
            lacks = lacks_people(connection, decided, one)
            page = [] if lacks else ask(connection, decided, one, after=after, page=size)
        if lacks:
            log.warning("its people cannot be counted: raw events were dropped", rule=rule.rule, day=str(day))
        told = [_row(rule, found) for found in page if _is_told(rule, found)]
        after, done = (page[-1].id if page else after), len(page) < size
        with engine.begin() as connection:
            if rule.per == "owner" and rule.kind != "daily":
                _compare(connection, one, told)
            rows = _put(connection, one, told, times, decided.timezone.key)
            db.run(connection, "fills_advance", rule=rule.rule, day=day, after=after, rows=rows, done=done)
        filled += rows
    log.info("filled the outbox", rule=rule.rule, day=str(day), rows=filled)
    return filled


def _compare(connection: Connection, one: Due, told: list[dict[str, Any]]) -> None:
    """Adds to digests how the owner's receivers do beside similar ones, if that was counted since their days ended."""
    owners = [row["id"] for row in told]
    rows = db.run(connection, "peers_of_owners", owners=owners, type=one.rule.receiver_type, most=MOST)
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        if row.counted_on is not None and row.counted_on >= one.day:
            found.setdefault(row.owner, []).append(row)
    for digest in told:
        views = next((each for each in differences(found.get(digest["id"], [])) if each["measure"] == "views"), None)
        if views and abs(views["difference"]) >= WORTH_A_LINE:
            digest["details"] |= {"beside": [views["difference"], views["receivers"]]}


def _put(connection: Connection, one: Due, told: list[dict[str, Any]], times: dict[str, Times], reporting: str) -> int:
    rule, day = one
    rows: int = db.run(
        connection,
        "outbox_fill",
        rule=rule.rule,
        kind=rule.kind,
        type=rule.receiver_type,
        digest=rule.per == "owner",
        day=day,
        rows=json.dumps(told),
        zones=list(times),
        dues=[each.due for each in times.values()],
        expiries=[each.expires for each in times.values()],
        reporting=reporting,
    ).scalar_one()
    return rows


def _is_told(rule: Rule, found: Found) -> bool:
    return found.threshold is not None if rule.kind == "milestone" else found.value >= rule.minimum


def _row(rule: Rule, found: Found) -> dict[str, Any]:
    told: dict[str, Any] = {"id": found.id, "value": found.value, "before": found.before, "threshold": found.threshold}
    return told | ({"details": {"receivers": found.receivers, "parts": found.parts}} if rule.per == "owner" else {})
