"""Makes messages of what is due: one for each person, and every byte of it is kept before it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from tracking import db
from tracking.notifications import rules, timing
from tracking.notifications.letters import Beside, Item, Letter, Part, item_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine, Row

    from tracking.deployment import Deployment
    from tracking.notifications.letters import Channel
    from tracking.notifications.rules import Rule

AT_ONCE = 500
"""Rows of the outbox that one transaction looks at."""


class Reached(NamedTuple):
    """A person, the last day that is told, and the contact, if there is one."""

    person: str
    day: date
    rules: list[str]
    """Those that have something due."""
    email: str | None
    language: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class Freezer:
    """Freezes what is due through one channel."""

    name: str
    channel: Channel
    needs_email: bool
    repeats: bool
    """Whether the other side knows a message by its id, so that it may arrive twice."""

    def freeze(self, engine: Engine, decided: Deployment, now: datetime | None = None) -> int:
        """Makes messages of the next people's due rows, in one transaction; returns how many people it looked at."""
        with engine.begin() as connection:
            db.run(connection, "turns_lock")
            moment: datetime = now or db.run(connection, "now").scalar_one()
            known = {
                rule.rule: rule
                for rule in rules.every(connection)
                if rule.channel == self.name and rule.paused_at is None
            }
            people = [Reached(*row) for row in db.run(
                connection, "outbox_people", channel=self.name, now=moment, limit=AT_ONCE
            )]  # fmt: skip
            awake = self._awake(connection, decided, known, people, moment)
            reached = {each.person: each for each in self._reachable(connection, known, awake, moment)}
            taken = self._taken(connection, known, reached, moment)
            if taken:
                rows = db.run(
                    connection, "outbox_letters",
                    persons=list(taken), days=[each.day for each in taken.values()], rules=list(known), now=moment,
                ).all()  # fmt: skip
                self._keep(connection, rows, letters(decided, known, taken, rows))
                self._give_back(connection, taken, {row.person for row in rows})
        return len(people)

    def _awake(
        self,
        connection: Connection,
        decided: Deployment,
        known: Mapping[str, Rule],
        people: list[Reached],
        now: datetime,
    ) -> list[Reached]:
        """Those who are in quiet hours of no rule that has something due; the others wait."""
        awake, persons, until = [], [], []
        for each in people:
            own = ZoneInfo(each.timezone) if each.timezone else decided.timezone
            over = max((known[name].quiet.over(now, own) for name in each.rules if name in known), default=now)
            if over > now:
                persons.append(each.person)
                until.append(over)
            else:
                awake.append(each)
        if persons:
            db.run(connection, "outbox_defer", persons=persons, until=until, rules=list(known), now=now)
        return awake

    def _reachable(
        self, connection: Connection, known: Mapping[str, Rule], people: list[Reached], now: datetime
    ) -> Iterable[Reached]:
        without = [each for each in people if self.needs_email and each.email is None]
        _withhold(connection, without, known, now, state="no contact", because="no e-mail address is known")
        return (each for each in people if each not in without)

    def _taken(
        self, connection: Connection, known: Mapping[str, Rule], reached: dict[str, Reached], now: datetime
    ) -> dict[str, Reached]:
        """Those who got no message of this channel for that day yet."""
        if not reached:
            return {}
        rows = db.run(
            connection, "turns_take",
            channel=self.name, persons=list(reached), days=[each.day for each in reached.values()],
        )  # fmt: skip
        taken = {row.person: reached[row.person] for row in rows}
        capped = [each for person, each in reached.items() if person not in taken]
        _withhold(connection, capped, known, now, state="withheld", because="a message for that day was made before")
        return taken

    def _give_back(self, connection: Connection, taken: Mapping[str, Reached], told: set[str]) -> None:
        """Gives the turn back for those whose rows were stopped, or changed hands, a moment ago."""
        unused = [each for person, each in taken.items() if person not in told]
        if unused:
            db.run(
                connection, "turns_give_back",
                channel=self.name, persons=[each.person for each in unused], days=[each.day for each in unused],
            )  # fmt: skip

    def _keep(self, connection: Connection, rows: Iterable[Row[Any]], written: list[Letter]) -> None:
        """Stores the messages, and notes in which of them each row is."""
        keys = {item_id(row.rule, f"{row.receiver_type}:{row.receiver_id}", row.day): row for row in rows}
        by_item = {item.id: letter for letter in written for item in letter.items}
        frozen = list(self.channel.freeze(written))
        if not frozen:
            return
        within = [[by_item[item] for item in one.items] for one in frozen]
        kept = db.run(
            connection, "messages_freeze",
            channel=self.name,
            messages=[one.message.id for one in frozen],
            addresses=[one.message.address for one in frozen],
            bodies=[one.message.body for one in frozen],
            repeatable=[self.repeats or any(letter.at_least_once for letter in some) for some in within],
            expiries=[min(letter.expires_at for letter in some) for some in within],
            quiet=[json.dumps([[str(time) for time in hours] for hours in some[0].quiet]) for some in within],
            timezones=[some[0].own_timezone for some in within],
        )  # fmt: skip
        known = {row.message for row in kept}  # another has the same id only if somebody was told already
        placed = [(keys[item], one.message.id) for one in frozen if one.message.id in known for item in one.items]
        db.run(
            connection, "outbox_freeze",
            rules=[row.rule for row, _ in placed],
            types=[row.receiver_type for row, _ in placed],
            ids=[row.receiver_id for row, _ in placed],
            days=[row.day for row, _ in placed],
            messages=[message for _, message in placed],
        )  # fmt: skip


def letters(
    decided: Deployment, known: Mapping[str, Rule], taken: Mapping[str, Reached], rows: Iterable[Row[Any]]
) -> list[Letter]:
    """What each person is told: a letter for each address. `rows` come by person."""
    written = []
    for person, theirs in groupby(rows, key=lambda row: str(row.person)):
        reached, told = taken[person], list(theirs)
        for url in sorted({known[row.rule].url for row in told}, key=str):
            some = [row for row in told if known[row.rule].url == url]
            written.append(
                Letter(
                    person=person,
                    day=reached.day,
                    timezone=decided.timezone.key,
                    language=reached.language or known[some[0].rule].language,
                    address=url or reached.email or "",
                    expires_at=min(row.expires_at for row in some),
                    items=tuple(item(known[row.rule], row) for row in some),
                    at_least_once=any(known[row.rule].at_least_once for row in some),
                    quiet=tuple(sorted({rule.quiet for row in some if (rule := known[row.rule]).has_quiet_hours})),
                    own_timezone=reached.timezone or decided.timezone.key,
                )
            )
    return written


def item(rule: Rule, row: Row[Any]) -> Item:
    """A row of the outbox, without numbers that are too few to be told."""
    shown = row.value >= rule.few and rule.kind != "milestone"
    parts, value = _parts(rule, row) if row.parts is not None else ((), row.value if shown else None)
    return Item(
        rule=rule.rule,
        kind=rule.kind,
        per=rule.per,
        receiver=f"{row.receiver_type}:{row.receiver_id}",
        receiver_type=rule.receiver_type,
        title=row.title,
        url=row.url,
        first_day=timing.first_day(rule.kind, row.day),
        day=row.day,
        beside=None if row.beside is None else Beside(*row.beside),
        names=rule.names,
        measure=rule.measure,
        value=value,
        before=row.before if shown and rule.compares and row.before is not None and row.before >= rule.few else None,
        threshold=row.threshold,
        receivers=row.receivers or 1,
        parts=parts,
    )


def _parts(rule: Rule, row: Row[Any]) -> tuple[tuple[Part, ...], int | None]:
    """The parts of a digest and its value. Without the parts, nothing of the value is left, or not too few: else both
    would tell a number that may not be told.
    """
    parts = [Part(f"{rule.receiver_type}:{id_}", title, url, value) for id_, title, url, value in row.parts
             if value >= rule.few]  # fmt: skip
    while parts and 0 < row.value - sum(part.value or 0 for part in parts) < rule.few:
        parts.pop()
    return tuple(parts), row.value if row.value >= rule.few else None


def _withhold(
    connection: Connection, people: list[Reached], known: Mapping[str, Rule], now: datetime, *, state: str, because: str
) -> None:
    if people:
        db.run(
            connection, "outbox_withhold",
            persons=[each.person for each in people], days=[each.day for each in people], rules=list(known),
            now=now, state=state, because=because,
        )  # fmt: skip
