"""Whatever an option or argument is given, what comes back is an answer or a sentence, and never a traceback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import sqlalchemy.exc
from click.testing import CliRunner

from fixtures.processes import WHOLE, environment
from tracking import db
from tracking.cli import cli, refused
from tracking.settings import Settings

SILLY = [
    "",
    "-1",
    "99999999999999999999",
    "9999999d",
    "\udcff",
    "x" * 5000,
    "0001-01-01",
    "9999-12-31",
    "https://[::1/",
]
STAYS = {"up", "serve", "demo"}
"""They run until they are ended."""
GIVEN: dict[tuple[str, ...], list[str]] = {
    ("source", "add"): ["another"],
    ("source", "set"): ["web"],
    ("source", "show"): ["web"],
    ("source", "rotate"): ["web"],
    ("source", "revoke"): ["nobody"],
    ("token", "client"): ["--source", "web", "--creator", "user-1"],
    ("token", "stats"): ["--source", "web", "--owner", "acme"],
    ("import",): ["nowhere", "--source", "archive", "--format", "ndjson"],
    ("receiver-type", "set"): ["profile", "--person"],
    ("rebuild-aggregates",): ["--from", "2026-11-01", "--to", "2026-11-02"],
}
"""With these a command does something: arguments first."""


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        elif name not in STAYS:
            yield (*path, name), command


def lines(path: tuple[str, ...], command: click.Command, value: str) -> Iterator[list[str]]:
    """What is given of a command, with one thing of it silly."""
    given = GIVEN.get(path, [])
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield [*path, value, *given[1:]]
        elif isinstance(parameter, click.Option) and not parameter.is_flag:
            yield [*path, *given, parameter.opts[0], value]


@pytest.mark.parametrize("value", SILLY, ids=[ascii(value)[:25] for value in SILLY])
def test_no_value_of_any_option_is_a_traceback(
    web: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)  # some write a file of this name
    env = environment(settings) | {"HOME": str(tmp_path)}
    tried = 0
    for path, command in commands(cli):
        for line in lines(path, command, value):
            tried += 1
            done = CliRunner().invoke(WHOLE, line, env=env)
            assert isinstance(done.exception, SystemExit | None), (line, done.exception)
            assert "Traceback" not in done.output
    assert tried > 30


@pytest.mark.parametrize(
    ("before", "statement", "says"),
    [
        ("", f"select {'9' * 20}::bigint", "out of range; give another value"),
        ("", "select 1 from nowhere", '"nowhere" does not exist; python -m tracking doctor'),
        ("set statement_timeout = 1", "select pg_sleep(9)", "due to statement timeout; mend that"),
        ("set role footfall_api", "delete from tracking.events", "permission denied for table events; DATABASE_URL"),
    ],
)
@pytest.mark.native
def test_what_the_database_refuses_is_said_with_what_to_do(
    settings: Settings, engine: Any, before: str, statement: str, says: str
) -> None:
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute(before)
        with pytest.raises(psycopg.Error) as error:
            connection.execute(statement)
    for told in (error.value, sqlalchemy.exc.DBAPIError(statement, (), error.value)):
        said = refused.sentence(told)
        assert said.startswith("the database refused it: ")
        assert says in said
        assert "\n" not in said
