"""`rule`: what people are told about their receivers, and when."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import marshmallow as ma

from tracking import db, deployment
from tracking.cli.names import checked_name
from tracking.cli.rule_options import options
from tracking.cli.session import as_json, opened
from tracking.notifications import rules, signing, timing
from tracking.notifications.channels import lacking
from tracking.notifications.destination import check_url
from tracking.notifications.rules import LOCAL, THRESHOLDS, Rule
from tracking.timezones import is_timezone
from tracking.vocabulary import A_NAME_PATTERN, A_RECEIVER_TYPE, NAME_PATTERN, RECEIVER_TYPE

if TYPE_CHECKING:
    from tracking.settings import Settings

MOST_NAMES = 50


@click.group()
def rule() -> None:
    """What people are told about their receivers: "12 people viewed your profile yesterday"."""


@rule.command("add")
@click.argument("name")
@options(adding=True)
@as_json
def add(name: str, as_json: bool, **given: Any) -> None:
    """Tell people what happens on their receivers, by rule NAME, from the next time of sending on.

    A message is sent once. A person gets at most one a day through a channel: what several rules tell comes together.
    """
    checked_name(name, "NAME")
    if not re.fullmatch(RECEIVER_TYPE, given["receiver_type"]):
        raise click.BadParameter(A_RECEIVER_TYPE, param_hint="--receiver-type")
    with opened() as (settings, engine):
        decided = deployment.read(engine)
        made = _checked(settings, _made(name, decided, given))
        with engine.begin() as connection:
            now: datetime = db.run(connection, "now").scalar_one()
            added = rules.add(connection, replace(made, first_day=_first_day(made, decided, now)))
    if added is None:
        raise click.ClickException(
            f"there is, or was, a rule {name!r}; take another name, so that what it told stays clear"
        )
    _print(added, settings, as_json=as_json)
    if not as_json:
        at = added.earliest(added.first_day, decided.timezone)
        click.echo(f"the first day that is told: {added.first_day}, sent at {at:%Y-%m-%d %H:%M} UTC or later")


@rule.command("set", epilog="What a rule counts cannot change: remove it, and add another.")
@click.argument("name")
@options(adding=False)
@as_json
def set_(name: str, as_json: bool, **given: Any) -> None:
    """Change the given settings of rule NAME, also for messages that wait."""
    quiet = given.pop("quiet")
    given |= {} if quiet is None else {"quiet_from": quiet[0], "quiet_until": quiet[1]}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change; see --help")
    with opened() as (settings, engine), engine.begin() as connection:
        before = _found(rules.find(connection, name), name)
        if changes.get("channel", before.channel) != "webhook" and "url" not in changes:
            changes["url"] = None
        changed = _checked(settings, replace(before, **changes))
        changed = _found(rules.change(connection, changed), name)
    _print(changed, settings, as_json=as_json)


@rule.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the rules."""
    with opened() as (settings, engine), engine.connect() as connection:
        found = rules.every(connection)
    if as_json:
        click.echo(json.dumps([_described(one) for one in found]))
        return
    for one in found:
        state = "paused" if one.paused_at else f"{one.send_at:%H:%M} {one.timezone}"
        click.echo(f"{one.rule:<32} {one.kind:<9} per {one.per:<8} {one.receiver_type}: {', '.join(one.names)} "
                   f"({one.measure})  {one.channel}  {state}")  # fmt: skip
    if not found:
        click.echo("no rules yet: python -m tracking rule add profile-views --receiver-type profile --name view "
                   "--measure creators")  # fmt: skip
    for name in _mails_lack(settings, found):
        click.secho(f"no mail is sent: {name} is not set", fg="yellow", err=True)


@rule.command("show")
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show rule NAME; of a webhook also the secrets with which its receiver verifies."""
    with opened() as (settings, engine), engine.connect() as connection:
        found = rules.find(connection, name)
    _print(_found(found, name), settings, as_json=as_json)


@rule.command("pause")
@click.argument("name")
@as_json
def pause(name: str, as_json: bool) -> None:
    """Tell nothing by rule NAME until it is resumed. Days that pass meanwhile are not told later."""
    with opened() as (settings, engine), engine.begin() as connection:
        paused = rules.pause(connection, name)
    _print(_found(paused, name), settings, as_json=as_json)


@rule.command("resume")
@click.argument("name")
@as_json
def resume(name: str, as_json: bool) -> None:
    """Tell again by rule NAME; a webhook that answered 410 is tried again."""
    with opened() as (settings, engine):
        zone = deployment.read(engine).timezone
        with engine.begin() as connection:
            found = _found(rules.find(connection, name), name)
            closed = timing.closed_day(found.kind, db.run(connection, "now").scalar_one(), zone)
            resumed = rules.resume(connection, name, closed)
    _print(_found(resumed, name), settings, as_json=as_json)


@rule.command("remove")
@click.argument("name")
@as_json
def remove(name: str, as_json: bool) -> None:
    """Tell nothing by rule NAME any more, also not what waits. What it told stays on record."""
    with opened() as (_, engine), engine.begin() as connection:
        removed = _found(rules.remove(connection, name), name)
    click.echo(json.dumps(_described(removed)) if as_json else f"rule {name} is removed")


def _made(name: str, decided: deployment.Deployment, given: dict[str, Any]) -> Rule:
    actions, names, quiet = given.pop("actions"), given.pop("names"), given.pop("quiet")
    for one in actions:
        if "*" in one or "__" in one:
            raise click.BadParameter(f"{one!r} is no action, such as click; take --name", param_hint="--action")
    wanted = tuple(dict.fromkeys([*names, *(form for one in actions for form in (one, f"{one}__*"))]))
    if not 0 < len(wanted) <= MOST_NAMES:
        raise click.UsageError(f"say what is counted, at most {MOST_NAMES} names: --action click, or --name view")
    for one in wanted:
        if not re.match(NAME_PATTERN, one):
            raise click.BadParameter(f"no event can have a name such as {one[:100]!r}: {A_NAME_PATTERN}",
                                     param_hint="--name")  # fmt: skip
    thresholds = tuple(sorted(set(given.pop("thresholds"))))
    if given["kind"] == "milestone" and not thresholds:
        thresholds = THRESHOLDS
    return Rule(
        rule=name, names=wanted, thresholds=thresholds, quiet_from=quiet[0], quiet_until=quiet[1],
        **given | {
            "timezone": given["timezone"] or decided.timezone.key,
            "per": given["per"] or rules.usual_per(given["kind"]),
        },
    )  # fmt: skip


def _checked(settings: Settings, made: Rule) -> Rule:
    """The rule. Raises `click.BadParameter`, which names the option at fault."""
    for option, why in rules.impossible(made).items():
        raise click.BadParameter(why, param_hint=f"--{option}")
    try:
        if made.timezone != LOCAL:
            option = "--timezone"
            is_timezone(made.timezone)
        if made.url is not None:
            option = "--url"
            check_url(made.url, local=settings.local_webhooks)
    except ma.ValidationError as error:
        raise click.BadParameter(" ".join(map(str, error.messages)), param_hint=option) from None
    return made


def _first_day(made: Rule, decided: deployment.Deployment, now: datetime) -> Any:
    """The day that the next sending tells: the latest that is over, if its time has not passed."""
    closed = timing.closed_day(made.kind, now, decided.timezone)
    at = made.earliest(closed, decided.timezone)
    return closed if now <= at else timing.next_day(made.kind, closed)


def _mails_lack(settings: Settings, found: list[Rule]) -> list[str]:
    return lacking(settings) if any(one.channel == "email" for one in found) else []


def _found(found: Rule | None, name: str) -> Rule:
    if found is None:
        raise click.ClickException(f"no rule {name!r}; see rule list")
    return found


def _described(one: Rule) -> dict[str, Any]:
    hours = None if one.quiet_from == one.quiet_until else f"{one.quiet_from:%H:%M}-{one.quiet_until:%H:%M}"
    return {
        "rule": one.rule,
        "kind": one.kind,
        "receiver_type": one.receiver_type,
        "names": list(one.names),
        "measure": one.measure,
        "per": one.per,
        "minimum": one.minimum,
        "compare": one.compares,
        "few": one.few,
        "thresholds": list(one.thresholds),
        "at": f"{one.send_at:%H:%M}",
        "timezone": one.timezone,
        "quiet": hours,
        "channel": one.channel,
        "url": one.url,
        "language": one.language,
        "at_least_once": one.at_least_once,
        "first_day": str(one.first_day),
        "paused": one.paused_at.astimezone(UTC).isoformat(timespec="seconds") if one.paused_at else None,
    }


def _print(one: Rule, settings: Settings, *, as_json: bool) -> None:
    described = _described(one)
    if one.url is not None:
        described["secrets"] = signing.secrets(settings.secret_keys, settings.deployment, one.url)
    if as_json:
        click.echo(json.dumps(described))
        return
    for name, value in described.items():
        click.echo(f"{name:<15} {_shown(value)}")
    for lack in _mails_lack(settings, [one]):
        click.secho(f"no mail is sent yet: {lack} is not set", fg="yellow", err=True)


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return "-" if value in {None, ""} else value
