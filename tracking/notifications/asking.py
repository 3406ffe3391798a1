"""What there is to tell: pages of receivers or owners, each with its number.

Events come from the daily counts. So do the people of a receiver, a day and one name; all others are counted from the
trails, in which people are told apart also after the raw events were dropped.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tracking import db
from tracking.notifications import timing
from tracking.trails import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from tracking.deployment import Deployment
    from tracking.notifications.rules import Rule

PARTS = 5
"""Receivers that a digest names."""


class Due(NamedTuple):
    """A day of a rule that the outbox lacks; it names its week or month."""

    rule: Rule
    day: date


class Found(NamedTuple):
    """A receiver or an owner, and the number. `before`: of the day before; `threshold`: what the total has passed."""

    id: str
    value: int
    before: int | None = None
    threshold: int | None = None
    receivers: int | None = None
    """Of an owner: how many have something."""
    parts: list[list[Any]] | None = None
    """Of an owner: (id, title, url, value) of the busiest receivers."""


def lacks_people(connection: Connection, decided: Deployment, one: Due) -> bool:
    """Whether people of this day are unknown: raw events of it were dropped before the trails took them in."""
    since, _ = timing.span(one.rule.kind, one.day, decided.timezone)
    return not one.rule.is_exact_by_day and not grouped.known(connection, since)


def ask(connection: Connection, decided: Deployment, one: Due, *, after: str, page: int) -> list[Found]:
    """A page of what there is to tell, by the id of the receiver or owner, those below the minimum included.

    People need a connection that sees one moment (`grouped.SNAPSHOT`).
    """
    rule, zone = one.rule, decided.timezone
    since, until = timing.span(rule.kind, one.day, zone)
    asked: dict[str, Any] = {
        "type": rule.receiver_type, "names": rule.likes, "after": after, "page": page, "until": until,
    }  # fmt: skip
    if rule.kind == "milestone":
        recent = timing.end_of(one.day - timedelta(days=decided.lateness_days + 1), zone)
        started = timing.end_of(rule.first_day - timing.DAY, zone)
        asked |= {"rule": rule.rule, "thresholds": list(rule.thresholds), "recent": recent, "started": started}
        return _found(connection, "told_milestone", asked)
    asked |= {"since": since}
    if rule.per == "owner" and rule.measure == "creators":
        return _people_of_owners(connection, rule, asked)
    if rule.per == "owner":
        return _found(connection, "told_owners", asked | {"parts": PARTS})
    earlier = timing.end_of(one.day - 2 * timing.DAY, zone) if rule.compares else None
    asked |= {"earlier": earlier, "people": rule.measure == "creators"}
    found = _found(connection, "told_receivers", asked)
    return found if rule.is_exact_by_day else _people_of_receivers(connection, rule, asked, found)


def _found(connection: Connection, query: str, asked: dict[str, Any]) -> list[Found]:
    return [Found(**row._mapping) for row in db.run(connection, query, **asked)]  # noqa: SLF001 - SQLAlchemy's public name


def _people_of_receivers(
    connection: Connection, rule: Rule, asked: dict[str, Any], found: list[Found]
) -> list[Found]:  # fmt: skip
    ids = [row.id for row in found]
    people = _people(connection, rule, asked["since"], asked["until"], ids)
    before: list[int] | list[None] = [None] * len(ids)
    if asked["earlier"] is not None and grouped.known(connection, asked["earlier"]):
        before = _people(connection, rule, asked["earlier"], asked["since"], ids)
    return [Found(*row) for row in zip(ids, people, before, strict=True)]


def _people_of_owners(connection: Connection, rule: Rule, asked: dict[str, Any]) -> list[Found]:
    """Of all of an owner's receivers together, and of each."""
    owners = db.run(connection, "told_owned", **asked).all()
    ids = [id_ for row in owners for id_ in row.ids]
    owner_of = [place for place, row in enumerate(owners) for _ in row.ids]
    span = asked["since"], asked["until"]
    together = _people(connection, rule, *span, ids, owner_of)
    theirs: list[list[tuple[str, int]]] = [[] for _ in owners]
    for owner, id_, value in zip(owner_of, ids, _people(connection, rule, *span, ids), strict=True):
        theirs[owner].append((id_, value))
    busiest = [sorted(some, key=lambda part: (-part[1], part[0]))[:PARTS] for some in theirs]
    named = db.run(
        connection, "receivers_named", type=rule.receiver_type, ids=[id_ for some in busiest for id_, _ in some]
    )
    name_of = {row.receiver_id: [row.title, row.url] for row in named}
    return [
        Found(
            row.id, together[owner], receivers=len(theirs[owner]),
            parts=[[id_, *name_of.get(id_, [None, None]), value] for id_, value in busiest[owner]],
        )
        for owner, row in enumerate(owners)
    ]  # fmt: skip


def _people(
    connection: Connection, rule: Rule, since: datetime, until: datetime, ids: Sequence[str],
    group: Sequence[int] | None = None,
) -> list[int]:  # fmt: skip
    """The different people of each group of receivers; without `group`, of each receiver."""
    receivers = [(rule.receiver_type, id_) for id_ in ids]
    groups = range(len(ids)) if group is None else group
    counted = {
        part.group: part.creators
        for part in grouped.count(connection, since, until, receivers, groups, rule.likes)
    }  # fmt: skip
    return [counted.get(place, 0) for place in range(max(groups, default=-1) + 1)]
