"""`incidents`: trackers that seem to be broken, and what to do about them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click

from tracking import db
from tracking.alarms.incidents import every, made
from tracking.alarms.targets import WEBHOOK, lacking, targets
from tracking.cli.session import as_json, opened
from tracking.notifications import signing
from tracking.vocabulary import A_NAME_PATTERN, NAME_PATTERN

if TYPE_CHECKING:
    from tracking.alarms.incidents import Incident


@click.group()
def incidents() -> None:
    """Trackers that seem to be broken: found within 15 minutes, where 30 events an hour are usual."""


@incidents.command("list")
@click.option("--all", "closed", is_flag=True, help="Also those that are over, up to 200.")
@as_json
def list_(closed: bool, as_json: bool) -> None:
    """List the incidents that are open."""
    with opened() as (_, engine), engine.connect() as connection:
        found = every(connection, closed=closed)
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found]))
        return
    for one in found:
        _print(one)
    if not found:
        click.echo("no incident yet" if closed else "no incident is open")


@incidents.command("accept")
@click.argument("incident", type=click.IntRange(1, 2**63 - 1))
@as_json
def accept(incident: int, as_json: bool) -> None:
    """Say that it is how it should be now: the level since INCIDENT is the usual one, and it is closed."""
    with opened() as (_, engine), engine.begin() as connection:
        accepted = db.run(connection, "incidents_accept", incident=incident).scalar_one()
        found = made(db.run(connection, "incidents_one", incident=incident))
    if not found:
        raise click.ClickException(f"no incident {incident}; see incidents list")
    if not accepted:
        raise click.ClickException(f"incident {incident} is over already: {found[0].headline()}")
    if as_json:
        click.echo(json.dumps(found[0].as_json()))
        return
    click.echo(f"closed: {found[0].headline()}")
    if found[0].kind == "ratio":
        fewer, _, more = found[0].name.partition(" > ")
        click.echo(f"to stop comparing these names: python -m tracking incidents unpair '{fewer}' '{more}'")


@incidents.command("targets")
@as_json
def targets_(as_json: bool) -> None:
    """Show where alerts go; of the webhook also the secrets with which it verifies."""
    with opened() as (settings, _):
        found = [
            {
                "channel": one.channel,
                "address": one.address,
                "secrets": signing.secrets(settings.secret_keys, settings.deployment, one.address)
                if one.channel == WEBHOOK
                else [],
            }
            for one in targets(settings)
        ]
        lacks = lacking(settings)
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['channel']:<14} {one['address']}")
        for secret in one["secrets"]:
            click.echo(f"{'secret':<14} {secret}")
    if lacks:
        click.secho(f"no mail is sent: {', '.join(lacks)} is not set", fg="yellow", err=True)
    elif not found:
        click.echo("nobody is told: set ALERT_WEBHOOK_URL or ALERT_MAIL_TO")


@incidents.command("pairs")
@as_json
def pairs(as_json: bool) -> None:
    """List pairs of names: the first cannot come more often than the second."""
    with opened() as (_, engine), engine.connect() as connection:
        found = [tuple(row) for row in db.run(connection, "alarm_pairs_list")]
    if as_json:
        click.echo(json.dumps([{"fewer": fewer, "more": more} for fewer, more in found]))
        return
    for fewer, more in found:
        click.echo(f"{fewer:<32} {more}")


@incidents.command("pair")
@click.argument("fewer")
@click.argument("more")
def pair(fewer: str, more: str) -> None:
    """Compare names FEWER and MORE of each source: it is wrong if FEWER come more often. * stands for any text.

    A source is compared only if FEWER have been the fewer there for a week.
    """
    for name in (fewer, more):
        if not re.match(NAME_PATTERN, name):
            raise click.BadParameter(f"no event can have a name such as {name[:100]!r}: {A_NAME_PATTERN}")
    if fewer == more:
        raise click.BadParameter("a name cannot come more often than itself")
    with opened() as (_, engine), engine.begin() as connection:
        added = db.run(connection, "alarm_pairs_add", fewer=fewer, more=more).one_or_none()
        db.run(connection, "alarms_reweigh")
    click.echo(f"{fewer} and {more} are compared" if added else f"{fewer} and {more} are compared already")


@incidents.command("unpair")
@click.argument("fewer")
@click.argument("more")
def unpair(fewer: str, more: str) -> None:
    """Compare FEWER and MORE no more."""
    with opened() as (_, engine), engine.begin() as connection:
        if db.run(connection, "alarm_pairs_remove", fewer=fewer, more=more).one_or_none() is None:
            raise click.ClickException(f"{fewer} and {more} are not compared; see incidents pairs")
    click.echo(f"{fewer} and {more} are compared no more")


def _print(one: Incident) -> None:
    state = click.style("over", fg="green") if one.closed_at else click.style("open", fg="red")
    click.echo(f"{one.incident:<6} {state}  {one.headline()}")
    for line in one.details():
        click.echo(f"             {line}")
