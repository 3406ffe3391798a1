"""`serve`, `up` and `demo`: commands that run until they are stopped."""

from __future__ import annotations

import os
from contextlib import suppress

import click

from tracking import logs
from tracking.cli.demo import admit, credential_of, fill, invitation, rule, to, visitors
from tracking.cli.processes import Deployment, check_api, check_engine, check_port, gunicorn
from tracking.demo import receivers
from tracking.demo.board import SOURCE, Board
from tracking.demo.inbox import Inbox
from tracking.environment import load
from tracking.notifications import signing


@click.command()
def serve() -> None:
    """Run the API alone, under gunicorn, on a database that runs elsewhere."""
    settings = load()
    check_engine(settings)
    check_api(settings)
    check_port(settings)
    command = gunicorn(settings)
    os.execv(command[0], command)  # noqa: S606 - a fixed command, so that signals reach gunicorn itself


@click.command()
def up() -> None:
    """Run everything on this machine: the database (embedded if DATABASE_URL is unset), the API and the jobs."""
    settings = load()
    logs.configure(settings.log_level)
    with suppress(KeyboardInterrupt), Deployment(settings) as deployment:
        deployment.serve()
        click.echo(f"Footfall is up: {deployment.url}/readyz   (Ctrl-C ends it)")
        deployment.wait()


@click.command()
@click.option(
    "--events", default=120_000, show_default=True, type=click.IntRange(1, 5_000_000), help="Number of events."
)
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 400), help="Number of days.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same events.")
def demo(events: int, days: int, seed: int) -> None:
    """Run everything, with the example traffic of a recruitment platform."""
    settings = load()
    logs.configure(settings.log_level)
    inbox = Inbox(lambda url: signing.secrets(settings.secret_keys, settings.deployment, url), click.echo)
    with suppress(KeyboardInterrupt), inbox, Board(receivers(seed)) as board, Deployment(settings) as deployment:
        fill(settings, events=events, days=days, seed=seed)
        rule(settings, inbox)
        admit(settings, board)
        deployment.serve(to(inbox, deployment.url))
        board.opens(deployment.url, credential_of(settings, SOURCE))
        deployment.start("visitors", *visitors(settings, deployment.url, seed))
        click.echo(invitation(settings, deployment.url, inbox.page, board.url))
        deployment.wait()
