"""Every command explains itself, and what a person can mend is said in a line."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from fixtures.processes import free_port
from tracking import __version__
from tracking.cli import cli
from tracking.cli.processes import gunicorn
from tracking.settings import Settings


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [path] if path else []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


ALL = commands(cli)


def test_these_are_the_commands() -> None:
    assert {" ".join(path) for path in ALL} >= {
        "up", "serve", "demo", "migrate", "source add", "source list", "source show", "source set",
        "source rotate", "source revoke", "keys", "token client", "token stats", "token live", "import", "doctor",
    }  # fmt: skip


@pytest.mark.parametrize("path", ALL, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(path: tuple[str, ...], flag: str) -> None:
    result = CliRunner().invoke(cli, [*path, flag])
    assert result.exit_code == 0
    assert f"{' '.join(path)} [OPTIONS]" in result.output
    first = result.output.splitlines()[2].strip()
    assert first, "a sentence says what it does"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command: Any = cli
    for name in path:
        command = command.get_command(click.Context(command), name)
    for option in command.params:
        assert isinstance(option, click.Argument) or option.help, f"{' '.join(path)} {option.name}"


def test_help_and_version_of_the_whole_need_no_database(footfall: Any) -> None:
    assert "migrate" in footfall("--help", DATABASE_URL="nonsense").stdout
    assert __version__ in footfall("--version", DATABASE_URL="nonsense").stdout


def one_line(done: Any) -> str:
    """What was said on standard error: a line, and no traceback."""
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


AWAY = "postgresql+psycopg://footfall:s3cret@/footfall?host=/nowhere"


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("source", "list"),
        ("source", "add", "x"),
        ("token", "stats", "--source", "web", "--owner", "acme"),
    ],
)
def test_an_unreachable_database_is_said_in_a_line(shell: Any, arguments: tuple[str, ...]) -> None:
    line = one_line(shell(*arguments, exits=2, DATABASE_URL=AWAY))
    assert "the database cannot be reached" in line
    assert "DATABASE_URL" in line
    assert "s3cret" not in line


def test_nothing_listening_there_is_said_in_a_line(shell: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"postgresql://x@127.0.0.1:{probe.getsockname()[1]}/x"
        assert "cannot be reached" in one_line(shell("migrate", exits=2, DATABASE_URL=url))


def test_every_bad_setting_is_a_line(shell: Any) -> None:
    done = shell("migrate", exits=2, PORT="http", LOG_LEVEL="loud")
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["PORT", "LOG_LEVEL"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_port_in_use_is_said_in_a_line(shell: Any, command: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        line = one_line(shell(command, exits=1, PORT=port))
    assert f"cannot listen on 127.0.0.1:{port}" in line
    assert "PORT" in line


@pytest.mark.parametrize(
    ("command", "name", "value", "says"),
    [
        ("serve", "RETENTION_DAYS", "5", "it takes 11 or more"),
        ("serve", "DATABASE_API_URL", "postgresql://u:Secret@word9@h/d", "@ as %40"),
        ("serve", "DATABASE_API_URL", "postgresql://u@h/d?pasword=x", "pasword"),
        ("serve", "RATE_STORAGE", "redis://:word9/Secret@h:6379/0", "/ as %2F"),
        ("up", "RATE_STORAGE", "redis+sentinel://word9", "expected redis://"),
        ("serve", "RATE_STORAGE", "redis+cluster://:word9@127.0.0.1:1", "a cluster that is up"),
    ],
)
def test_what_the_workers_could_not_start_with_is_said_in_a_line(
    shell: Any, command: str, name: str, value: str, says: str
) -> None:
    line = one_line(shell(command, exits=2, PORT=str(free_port()), **{name: value}))
    assert line.startswith(f"footfall: {name}: ")
    assert says in line
    assert "word9" not in line


def test_it_listens_on_an_address_of_ipv6(settings: Settings) -> None:
    command = gunicorn(replace(settings, host="::1", port=8000))
    assert command[command.index("--bind") + 1] == "[::1]:8000"


def test_a_data_folder_that_cannot_be_written_is_said_in_a_line(shell: Any) -> None:
    done = shell("migrate", exits=2, FOOTFALL_DATA="/proc/footfall", SECRET_KEYS=None, DATABASE_URL=None)
    assert "/proc/footfall" in one_line(done)


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_an_unreadable_file_is_said_in_a_line(shell: Any, name: str, tmp_path: Path) -> None:
    line = one_line(shell("import", name, "--format", "csv", "--source", "archive", exits=1))
    assert name in line


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_scheduler_has_help_and_does_not_start(shell: Any, flag: str) -> None:
    done = shell(flag, module="jobs", DATABASE_URL="nonsense")
    assert done.stdout.startswith("Usage: python -m jobs [OPTIONS]")
    assert done.stderr == ""


@pytest.mark.parametrize("argument", ["now", "--once"])
def test_the_scheduler_refuses_an_argument_that_it_does_not_know(shell: Any, argument: str) -> None:
    assert argument in shell(argument, module="jobs", exits=2).stderr


@pytest.mark.parametrize(("module", "arguments"), [("tracking", ["serve"]), ("jobs", [])])
def test_without_a_database_it_says_what_is_missing(shell: Any, tmp_path: Path, module: str, arguments: list) -> None:
    """Where no engine is embedded either: it would wait for ever."""
    nowhere = {"DATABASE_URL": None, "DATABASE_API_URL": None, "FOOTFALL_DATA": str(tmp_path / "empty")}
    line = one_line(shell(*arguments, module=module, exits=2, PORT=str(free_port()), **nowhere))
    assert line.startswith("footfall: DATABASE_URL: not set")
    assert "python -m tracking up" in line


def test_the_scheduler_needs_the_owners_url(shell: Any) -> None:
    line = one_line(shell(module="jobs", exits=2, DATABASE_URL=None, DATABASE_API_URL=AWAY))
    assert line.startswith("footfall: DATABASE_URL: must be set for this")
