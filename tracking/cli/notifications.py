"""`notification`: what was told, what was not, and why."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from tracking import db, deployment
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable
from tracking.notifications.channels import lacking
from tracking.notifications.why import why
from tracking.trails.grouped import SNAPSHOT
from tracking.vocabulary import A_RECEIVER, RECEIVER

if TYPE_CHECKING:
    from sqlalchemy import Row

STATES = ("pending", "frozen", "sent", "failed", "unknown", "expired", "no contact", "opted out", "withheld")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def notification() -> None:
    """What people were told, what they were not, and why."""


@notification.command("why")
@click.argument("receiver")
@click.argument("day", type=DAY, required=False)
@as_json
def why_(receiver: str, day: datetime | None, as_json: bool) -> None:
    """Say why RECEIVER (profile:user-1, of a digest owner:acme) was, or was not, told of on DAY.

    DAY is the day that is told, of the reporting timezone, or the last one of a week or month; without it the latest.
    """
    if not re.match(RECEIVER, receiver):
        raise click.BadParameter(A_RECEIVER, param_hint="RECEIVER")
    with opened() as (settings, engine):
        decided = deployment.read(engine)
        with engine.connect().execution_options(**SNAPSHOT) as connection:
            said = list(why(connection, decided, receiver, day.date() if day else None, lacking(settings)))
    click.echo(json.dumps({"receiver": receiver, "why": said}) if as_json else "\n".join(map(printable, said)))


@notification.command("list", epilog="failed and unknown messages can be sent again: notification retry.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state, one by one.")
@click.option("--rule", help="Only those of this rule.")
@click.option("--day", type=DAY, help="Only those of this day.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Lines, with --state.")
@as_json
def list_(state: str | None, rule: str | None, day: datetime | None, limit: int, as_json: bool) -> None:
    """Count what is in the outbox, by rule, day and state; with --state list it."""
    asked: dict[str, Any] = {"rule": rule, "day": day.date() if day else None}
    with opened() as (_, engine), engine.connect() as connection:
        if state is None:
            rows = db.run(connection, "notifications_counts", **asked).all()
        else:
            rows = db.run(connection, "notifications_list", **asked, state=state, limit=limit).all()
    if as_json:
        click.echo(json.dumps([{key: _plain(value) for key, value in row._mapping.items()} for row in rows]))  # noqa: SLF001
        return
    for row in rows:
        click.echo(printable(_count(row) if state is None else _line(row)))
    if not rows:
        click.echo("nothing")


@notification.command("retry")
@click.argument("message", required=False)
@click.option("--all", "all_", is_flag=True, help="All messages that failed and are still true.")
@as_json
def retry(message: str | None, all_: bool, as_json: bool) -> None:
    """Send MESSAGE again, which failed, or of which nobody knows whether it arrived.

    It goes out once more as it is, under the same id. A message of which nobody knows may then arrive twice. What is
    not true any more, "yesterday" of three days ago, cannot be sent.
    """
    if (message is None) != all_:
        raise click.UsageError("name a message, or give --all; see notification list --state failed")
    with opened() as (_, engine), engine.begin() as connection:
        again = db.run(connection, "messages_retry", message=message).one()
        found = None if message is None else db.run(connection, "message_state", message=message).one_or_none()
    if message is not None and not again.messages:
        if found is None:
            raise click.ClickException(f"there is no message {message!r}; see notification list --state failed")
        over = ", and not true any more" if found.over else ""
        raise click.ClickException(
            f"{message} is {found.state}{over}; only what failed or is unknown, and is wanted, goes again"
        )
    if as_json:
        click.echo(json.dumps({"messages": again.messages, "notifications": again.notifications}))
    else:
        click.echo(f"{again.messages} messages for {again.notifications} notifications wait to be sent")


def _count(row: Row[Any]) -> str:
    return f"{row.day}  {row.rule:<32} {row.state:<11} {row.notifications:>9,}"


def _line(row: Row[Any]) -> str:
    why_not = f"  {row.because}" if row.because else ""
    return f"{row.day}  {row.rule:<32} {row.receiver:<40} {row.value:>7,}  {row.message or '-'}{why_not}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return str(value) if isinstance(value, date) else value
