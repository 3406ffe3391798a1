"""`migrate`, and the database that every command opens."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tracking import db, embedded, logs, migrations
from tracking.environment import load
from tracking.prerequisites import MigrationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tracking.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@contextmanager
def attached(settings: Settings) -> Iterator[None]:
    """Keeps the database up for the duration: starts the embedded engine if it does not run yet."""
    if settings.embedded:
        with embedded.attached(settings.data):
            yield
    else:
        yield


@contextmanager
def opened() -> Iterator[tuple[Settings, Engine]]:
    """The settings and a connection pool as owner, on a database of this version's schema."""
    settings = load()
    logs.configure(settings.log_level)
    with attached(settings):
        missing = migrations.missing(settings)
        if settings.embedded and len(missing) == len(migrations.contents()):
            migrations.migrate(settings)
        elif missing:
            raise MigrationError(f"the database lacks {missing[0]}; run python -m tracking migrate")
        engine = db.engine(db.owner_url(settings))
        try:
            yield settings, engine
        finally:
            engine.dispose()


@click.command()
@click.option("--check", is_flag=True, help="Only list what is missing; exit status 1 if something is.")
@as_json
def migrate(check: bool, as_json: bool) -> None:
    """Bring the database to this version's schema."""
    settings = load()
    logs.configure(settings.log_level)
    with attached(settings):
        names = migrations.migrate(settings, check=check)
    if as_json:
        click.echo(json.dumps({"pending" if check else "applied": names}))
    else:
        for name in names:
            click.echo(f"{'missing' if check else 'applied'} {name}")
        if not names:
            click.echo("the schema is up to date")
    if check and names:
        raise SystemExit(1)
