"""`deployed`: marks releases, so that an alert can name the one that came before it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from tracking import db
from tracking.cli.names import checked_name
from tracking.cli.session import as_json, opened

MOST = 100


@click.command()
@click.argument("source")
@click.argument("release")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]),
    help="When, with its offset, as in 2026-11-24T10:00Z. Default: now.",
)
@as_json
def deployed(source: str, release: str, at: datetime | None, as_json: bool) -> None:
    """Mark that RELEASE of SOURCE was deployed; an alert names the last one before it. May run twice."""
    checked_name(source, "SOURCE")
    if not 0 < len(release) <= MOST or not release.isprintable():
        raise click.BadParameter(f"1 to {MOST} printable characters", param_hint="RELEASE")
    with opened() as (_, engine), engine.begin() as connection:
        row = db.run(connection, "releases_add", source=source, release=release, at=at).one_or_none()
    if row is None:
        raise click.ClickException(f"no source {source!r}; see source list")
    when = row.deployed_at.astimezone(UTC)
    if as_json:
        click.echo(
            json.dumps({"source": source, "release": release, "deployed_at": when.isoformat(timespec="seconds")})
        )
    else:
        click.echo(f"release {release} of {source}, deployed at {when:%Y-%m-%d %H:%M:%S} UTC")
