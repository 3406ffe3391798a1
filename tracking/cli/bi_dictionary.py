"""`bi dictionary`: what the schema `analytics` says of itself."""

from __future__ import annotations

import click

from tracking import db
from tracking.bi import dictionary as dictionaries
from tracking.cli.session import opened


@click.command("dictionary")
@click.option(
    "--format", "form", type=click.Choice(["markdown", "dbt"]), default="markdown", show_default=True,
    help="A page for people, or the sources of a dbt project.",
)  # fmt: skip
def dictionary(form: str) -> None:
    """Print what each view and column of the schema analytics means, from the comments in the database."""
    with opened() as (settings, _):
        relations = dictionaries.read(db.owner_url(settings))
    lines = dictionaries.markdown(relations) if form == "markdown" else dictionaries.dbt(relations)
    click.echo("\n".join(lines).rstrip("\n"))
