"""Why somebody did, or did not, get a message: in sentences, from what is on record."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.notifications import asking, rules, timing
from tracking.notifications.asking import Due

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Row

    from tracking.deployment import Deployment

MOST_ATTEMPTS = 10


def why(
    connection: Connection, decided: Deployment, receiver: str, day: date | None, lacking: Sequence[str] = ()
) -> Iterator[str]:
    """What each rule told of a receiver (`profile:user-1`, of a digest `owner:acme`), and what came in between.

    `day` None: the latest day of each rule that is over. `lacking`: settings that mails need and that are not set.
    """
    kind, _, id_ = receiver.partition(":")
    now: datetime = db.run(connection, "now").scalar_one()
    mine = [
        rule
        for rule in rules.every(connection)
        if (kind == "owner" if rule.per == "owner" else rule.receiver_type == kind)
    ]
    if not mine:
        yield f"No rule is about {receiver}; see python -m tracking rule list."
    told = {(row.rule, row.day): row for row in db.run(connection, "notifications_of", type=kind, id=id_, day=day)}
    for rule in mine:
        asked = day or timing.closed_day(rule.kind, now, decided.timezone)
        row = told.pop((rule.rule, asked), None)
        yield from _told(connection, row, lacking) if row else _untold(connection, decided, Due(rule, asked), id_, now)
    if day is not None:
        for row in told.values():
            yield from _told(connection, row, lacking)


def _told(connection: Connection, row: Row[Any], lacking: Sequence[str]) -> Iterator[str]:
    """A row of the outbox."""
    passed = f", the total has passed {row.threshold:,}" if row.threshold else ""
    yield (
        f"{row.rule}, {row.day}: {row.value:,} {row.measure} were counted at {_at(row.filled_at)}, the minimum is "
        f"{row.minimum:,}{passed}."
    )
    yield f"  It is for {row.person}." if row.person else "  The receiver has no owner: nobody is told."
    if row.stopped_since:
        yield f"  {row.person} has wanted no more {row.kind} messages since {_at(row.stopped_since)} (opt-out)."
    if row.person and row.channel == "email" and not row.has_email:
        yield f"  No e-mail address of {row.person} is known: send one with PUT /v1/receivers, as contact."
    if row.paused_at:
        yield f"  The rule has been paused since {_at(row.paused_at)}."
    yield f"  It was due at {_at(row.due_at)}, and true until {_at(row.expires_at)}. {_quiet(row)}"
    reason = f": {row.because}" if row.because else ""
    settled = f" at {_at(row.settled_at)}" if row.settled_at else ""
    yield f"  It is {row.state}{settled}{reason}."
    yield from _sending(connection, row, lacking)


def _sending(connection: Connection, row: Row[Any], lacking: Sequence[str]) -> Iterator[str]:
    """Its message and the attempts of that, and what stands in the way of the next one."""
    if row.message:
        yield f"  It is in the message {row.message}."
        attempts = db.run(connection, "attempts_of", message=row.message).all()
        if len(attempts) > MOST_ATTEMPTS:
            yield f"  {len(attempts)} attempts; the last {MOST_ATTEMPTS}:"
        for each in attempts[-MOST_ATTEMPTS:]:
            end = each.answer or (
                "no answer is on record: its process ended" if each.handed_at else "it runs, or was lost"
            )
            yield f"  Attempt {each.attempt} at {_at(each.started_at)}: {end}."
        if row.message_state == "waiting" and not row.disabled_at:
            yield f"  The next attempt is due at {_at(row.next_attempt_at)}."
    if row.state in {"pending", "frozen"}:
        if row.disabled_at:
            yield f"  {row.url} has wanted no more since {_at(row.disabled_at)} (410): python -m tracking rule resume."
        if row.channel == "email" and lacking:
            yield f"  No mail can be sent: {', '.join(lacking)} is not set here."


def _untold(connection: Connection, decided: Deployment, one: Due, id_: str, now: datetime) -> Iterator[str]:
    """No row of the outbox: the count is looked up now."""
    rule, day = one
    head = f"{rule.rule}, {day}: "
    if day > timing.closed_day(rule.kind, now, decided.timezone):
        yield f"{head}the day is not over in {decided.timezone.key}."
        return
    if day != (last := timing.last_day(rule.kind, day)):
        yield f"{head}the rule is {rule.kind}: what it tells of that day goes by the last one, {last}."
        return
    if day < rule.first_day:
        yield f"{head}the rule tells no day before {rule.first_day}."
        return
    filled = db.run(connection, "fills_of", rule=rule.rule, day=day).one_or_none()
    if filled is None or filled.done_at is None:
        paused = f"the rule has been paused since {_at(rule.paused_at)}" if rule.paused_at else None
        at = _at(rule.earliest(day, decided.timezone))
        yield f"{head}{paused or f'the day is told from {at} on, and was not looked at yet'}."
        return
    if asking.lacks_people(connection, decided, one):
        yield f"{head}its people cannot be counted: raw events of that time were dropped."
        return
    yield f"{head}{_counted(connection, decided, one, id_)} The day was told at {_at(filled.done_at)}."


def _counted(connection: Connection, decided: Deployment, one: Due, id_: str) -> str:
    """What there is now. The id is the first of a page that begins right before it."""
    rule = one.rule
    last = ord(id_[-1]) - 1
    before = id_[:-1] + chr(0xD7FF if 0xD800 <= last <= 0xDFFF else max(last, 1)) + "\U0010ffff"
    row = next((row for row in asking.ask(connection, decided, one, after=before, page=1) if row.id == id_), None)
    if rule.kind == "milestone":
        return f"it has not passed a threshold ({', '.join(f'{one:,}' for one in rule.thresholds)}) since then."
    value = row.value if row else 0
    if value < rule.minimum:
        return f"{value:,} {rule.measure} are counted, and the minimum is {rule.minimum:,}."
    return f"{value:,} {rule.measure} are counted now: they came after the day was told."


def _quiet(row: Row[Any]) -> str:
    if row.quiet_from == row.quiet_until:
        return "The rule has no quiet hours."
    zone = row.timezone or "the reporting timezone"
    return f"Quiet hours are {row.quiet_from:%H:%M} to {row.quiet_until:%H:%M} in {zone}."


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
