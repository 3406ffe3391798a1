"""`bi attribute`: which attributes of receivers the schema `analytics` shows."""

from __future__ import annotations

import json

import click

from tracking import db
from tracking.bi import attributes
from tracking.bi.attributes import ShownError
from tracking.cli.session import as_json, opened


@click.group("attribute")
def attribute() -> None:
    """Attributes of receivers that dim_receiver shows, each as a column of its name."""


@attribute.command("add", epilog="Show none that says who somebody is: BI tools read every column.")
@click.argument("name")
def add(name: str) -> None:
    """Show attribute NAME, as in PUT /v1/receivers."""
    with opened() as (settings, _):
        try:
            having = attributes.add(db.owner_url(settings), name)
        except ShownError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"dim_receiver shows {name}: {having:,} receivers have it")


@attribute.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Show attribute NAME no more."""
    with opened() as (settings, _):
        try:
            attributes.remove(db.owner_url(settings), name)
        except ShownError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"dim_receiver shows {name} no more")


@attribute.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the attributes that are shown."""
    with opened() as (settings, _):
        shown = attributes.every(db.owner_url(settings))
    if as_json:
        click.echo(json.dumps(shown))
    else:
        click.echo("\n".join(shown) or "no attributes yet: python -m tracking bi attribute add NAME")
