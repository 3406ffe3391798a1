"""The rules: what is told, of which receivers, when and how."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracking import db
from tracking.notifications import timing
from tracking.notifications.letters import Kind, Measure, Per
from tracking.notifications.timing import Quiet, Times
from tracking.schedule import Daily
from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCAL = "local"
"""The timezone of a rule whose time is each person's own."""
THRESHOLDS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
MOST_THRESHOLDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of tracking.notification_rules."""

    rule: str
    kind: Kind
    receiver_type: str
    names: tuple[str, ...]
    measure: Measure
    per: Per = "receiver"
    minimum: int = 1
    compares: bool = False
    few: int = 5
    thresholds: tuple[int, ...] = ()
    send_at: time = time(9)
    timezone: str = "UTC"
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    channel: str = "email"
    url: str | None = None
    language: str = "en"
    at_least_once: bool = False
    first_day: date = date.min
    created_at: datetime | None = None
    paused_at: datetime | None = None
    removed_at: datetime | None = None

    @property
    def quiet(self) -> Quiet:
        return Quiet(self.quiet_from, self.quiet_until)

    @property
    def has_quiet_hours(self) -> bool:
        return self.quiet_from != self.quiet_until

    @property
    def likes(self) -> list[str]:
        """The names as patterns of SQL's LIKE."""
        return [NamePattern(name).like() for name in self.names]

    @property
    def is_exact_by_day(self) -> bool:
        """Whether the daily counts alone have the number: people add up neither over names nor days nor receivers."""
        one = self.kind == "daily" and self.per == "receiver" and len(self.names) == 1 and "*" not in self.names[0]
        return self.measure == "events" or one

    def times(self, day: date, own: ZoneInfo, reporting: ZoneInfo) -> Times:
        """When a person in the timezone `own` is told about a day."""
        clock = own if self.timezone == LOCAL else ZoneInfo(self.timezone)
        return timing.times(self.kind, day, Daily(self.send_at), self.quiet, clock=clock, own=own, zone=reporting)

    def earliest(self, day: date, reporting: ZoneInfo) -> datetime:
        """The earliest time at which anybody may be told about a day."""
        settled = timing.end_of(day, reporting) + timing.SETTLING
        if self.timezone == LOCAL:
            return settled
        clock = ZoneInfo(self.timezone)
        never_quiet = Quiet(self.send_at, self.send_at)
        at = timing.times(self.kind, day, Daily(self.send_at), never_quiet, clock=clock, own=clock, zone=reporting)
        return max(settled, at.due)


def usual_per(kind: Kind) -> Per:
    """Whom a rule tells that does not say it: weeks and months come as a digest."""
    return "owner" if kind in {"weekly", "monthly"} else "receiver"


def impossible(rule: Rule) -> dict[str, str]:
    """Why the rule cannot be followed, by the field that stands in the way; nothing if it can."""
    found = {}
    if rule.kind == "milestone" and rule.measure == "creators":
        found["measure"] = "a milestone counts events: the people of all time are not counted anew each day"
    if rule.kind == "milestone" and rule.per == "owner":
        found["per"] = "a milestone is of one receiver, whose total passes a threshold"
    if rule.compares and (rule.kind != "daily" or rule.per == "owner"):
        found["compare"] = "only a daily rule for each receiver compares with the day before"
    if rule.kind != "milestone" and rule.thresholds:
        found["threshold"] = "only a milestone has thresholds"
    if any(one < rule.few for one in rule.thresholds):
        found["threshold"] = f"{rule.thresholds[0]} is less than --few, {rule.few}: such a number is not told"
    if len(rule.thresholds) > MOST_THRESHOLDS:
        found["threshold"] = f"at most {MOST_THRESHOLDS}"
    if (rule.channel == "webhook") != (rule.url is not None):
        found["url"] = "a webhook needs one" if rule.url is None else "only a webhook has one"
    return found


def add(connection: Connection, rule: Rule) -> Rule | None:
    """Adds a rule. None if there is, or was, one of that name: what it told stays on record under it."""
    return _first(db.run(connection, "rules_add", **_parameters(rule)))


def change(connection: Connection, rule: Rule) -> Rule | None:
    """Stores how a rule tells; what it counts is another rule. None if it was removed meanwhile."""
    return _first(db.run(connection, "rules_set", **_parameters(rule)))


def every(connection: Connection) -> list[Rule]:
    """All rules that were not removed, by name."""
    return [_rule(row) for row in db.run(connection, "rules_list", rule=None)]


def find(connection: Connection, name: str) -> Rule | None:
    """The rule of that name, if it was not removed."""
    return _first(db.run(connection, "rules_list", rule=name))


def pause(connection: Connection, name: str) -> Rule | None:
    """Tells nothing by this rule until it is resumed. None if there is no such rule."""
    return _first(db.run(connection, "rules_pause", rule=name))


def resume(connection: Connection, name: str, day: date) -> Rule | None:
    """Tells again, no day before `day`; a webhook that asked to be left alone is tried again."""
    return _first(db.run(connection, "rules_resume", rule=name, day=day))


def remove(connection: Connection, name: str) -> Rule | None:
    """Tells nothing by this rule any more, also not what waits. What it told stays on record."""
    return _first(db.run(connection, "rules_remove", rule=name))


def _parameters(rule: Rule) -> dict[str, Any]:
    fields = {field.name: getattr(rule, field.name) for field in dataclasses.fields(Rule)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _first(rows: Any) -> Rule | None:
    row = rows.one_or_none()
    return None if row is None else _rule(row)


def _rule(row: Any) -> Rule:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Rule(**fields | {"names": tuple(fields["names"]), "thresholds": tuple(fields["thresholds"])})
