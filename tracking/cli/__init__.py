"""The command line: `python -m tracking --help`."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click
import psycopg
import sqlalchemy.exc

from tracking import __version__
from tracking.cli.refused import sentence
from tracking.embedded import EngineError
from tracking.lake.errors import LakeError
from tracking.misspelling import misspelt
from tracking.prerequisites import MigrationError
from tracking.settings import SettingsError

COMMANDS = {
    "up": "serving:up",
    "serve": "serving:serve",
    "demo": "serving:demo",
    "migrate": "session:migrate",
    "source": "sources:source",
    "token": "tokens:token",
    "pixel": "tokens:pixel",
    "keys": "keys:keys",
    "receiver-type": "receiver_types:receiver_type",
    "rule": "rules:rule",
    "notification": "notifications:notification",
    "bi": "bi:bi",
    "catalogue": "catalogue:catalogue",
    "rejected": "rejected:rejected",
    "decisions": "decisions:decisions_",
    "import": "imports:import_file",
    "export": "export:export",
    "ledger": "ledger:ledger",
    "incidents": "incidents:incidents",
    "deployed": "deployed:deployed",
    "lake": "lake:lake",
    "queue": "queue:queue",
    "doctor": "doctor:doctor",
    "conform": "conform:conform",
    "jobs": "jobs:jobs",
    "rebuild-aggregates": "rebuild:rebuild_aggregates",
}
"""Where each command is: module and name. Only the one that runs is loaded, which saves most of a second."""


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"tracking.cli.{module}"), name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="footfall")
def cli() -> None:
    """Footfall: self-hosted event tracking. It counts each action once, and outsiders cannot forge one."""
    for warning in misspelt(os.environ):
        click.echo(f"footfall: {warning}", err=True)


def main() -> None:
    """Runs a command. A fault that a person can mend becomes one line, without a traceback."""
    try:
        cli(prog_name="python -m tracking")
    except (SettingsError, MigrationError, EngineError, LakeError) as error:
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
