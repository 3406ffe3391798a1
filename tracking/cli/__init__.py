"""The command line: `python -m tracking --help`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click
import psycopg
import sqlalchemy.exc

from tracking import __version__
from tracking.cli import (
    doctor,
    imports,
    jobs,
    keys,
    ledger,
    notifications,
    rebuild,
    receiver_types,
    rules,
    serving,
    session,
    sources,
    tokens,
)
from tracking.cli.refused import sentence
from tracking.embedded import EngineError
from tracking.prerequisites import MigrationError
from tracking.settings import SettingsError, misspelt


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="footfall")
def cli() -> None:
    """Footfall: self-hosted event tracking. It counts each action once, and outsiders cannot forge one."""
    for warning in misspelt(os.environ):
        click.echo(f"footfall: {warning}", err=True)


cli.add_command(serving.up)
cli.add_command(serving.serve)
cli.add_command(serving.demo)
cli.add_command(session.migrate)
cli.add_command(sources.source)
cli.add_command(tokens.token)
cli.add_command(keys.keys)
cli.add_command(receiver_types.receiver_type)
cli.add_command(rules.rule)
cli.add_command(notifications.notification)
cli.add_command(imports.import_file)
cli.add_command(ledger.ledger)
cli.add_command(doctor.doctor)
cli.add_command(jobs.jobs)
cli.add_command(rebuild.rebuild_aggregates)


def main() -> None:
    """Runs a command. A fault that a person can mend becomes one line, without a traceback."""
    try:
        cli(prog_name="python -m tracking")
    except (SettingsError, MigrationError, EngineError) as error:
        fail(str(error))
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error) as error:
        fail(sentence(error))
    except UnicodeEncodeError as error:
        if error.encoding != "utf-8":
            raise
        fail("an argument is not a text in UTF-8")


def fail(message: str) -> NoReturn:
    for line in message.splitlines():
        click.secho(f"footfall: {line}", fg="red", err=True)
    sys.exit(2)
