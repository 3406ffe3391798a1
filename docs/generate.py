"""Writes what follows from code and data into README.md and docs/: `python docs/generate.py`, or `make readme`.

With `--check` it writes nothing, names each stale part, and exits 1 if there is one.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from marshmallow import validate

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import alternatives, order, scale  # noqa: E402 - from this checkout, in any folder
from docs import endpoints, plan_tables  # noqa: E402
from tracking.cli import cli  # noqa: E402
from tracking.settings import Settings  # noqa: E402

PART = re.compile(r"(?P<open><!-- generated: (?P<name>[a-z]+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL)


def settings() -> Iterator[str]:
    yield "| setting | default | what it is |"
    yield "| --- | --- | --- |"
    for field in dataclasses.fields(Settings):
        about = field.metadata
        default = f"`{field.default}`" if field.default not in (None, ()) else ""
        limits = f" ({check.min} to {check.max})" if isinstance(check := about["check"], validate.Range) else ""
        secret = " *(secret)*" if about["secret"] else ""
        yield f"| `{about['name']}` | {default} | {cell(about['help'])}{limits}{secret} |"


def commands() -> Iterator[str]:
    yield "| `python -m tracking …` | what it does |"
    yield "| --- | --- |"
    for usage, says in sorted(walk(cli, "")):
        yield f"| `{usage}` | {cell(says)} |"


def walk(group: click.Group, prefix: str) -> Iterator[tuple[str, str]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from walk(command, f"{prefix}{name} ")
        elif command:
            yield " ".join([f"{prefix}{name}", *needed(command)]), command.help or ""


def needed(command: click.Command) -> Iterator[str]:
    """The arguments and options that the command cannot do without."""
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield str(parameter.name).upper()
        elif parameter.required:
            yield f"{parameter.opts[0]} {parameter.opts[0].removeprefix('--').upper()}"


def cell(text: str) -> str:
    """The first paragraph, as one cell of a Markdown table."""
    return " ".join(text.strip().partition("\n\n")[0].split()).replace("|", r"\|")


FILES: dict[str, dict[str, Callable[[], Iterator[str]]]] = {
    "README.md": {"settings": settings, "commands": commands},
    "docs/scale.md": {"sizes": scale.sizes, "bounds": scale.bounds, "inputs": scale.inputs},
    "docs/project/plan.md": plan_tables.PARTS,
    "docs/project/tasks.md": {"tasks": plan_tables.tasks},
    "docs/project/bottlenecks.md": {"order": order.order},
    "docs/project/alternatives.md": {"costs": alternatives.costs, "people": alternatives.people},
    "docs/project/endpoints.md": endpoints.PARTS,
}


def written(name: str) -> tuple[str, list[str]]:
    """The file as it should be, and the parts of it that are stale. Raises `click.ClickException` if one is missing."""
    parts, stale = FILES[name], []

    def fresh(match: re.Match[str]) -> str:
        lines = "\n".join(parts[match["name"]]())
        text = f"{match['open']}{lines}\n{match['close']}"
        if text != match[0]:
            stale.append(match["name"])
        return text

    text = (ROOT / name).read_text()
    if missing := parts.keys() - {match["name"] for match in PART.finditer(text)}:
        raise click.ClickException(f"{name} has no part {', '.join(sorted(missing))}")
    return PART.sub(fresh, text), stale


def main() -> int:
    status = 0
    for name in FILES:
        try:
            text, stale = written(name)
        except click.ClickException as error:
            error.show()
            return 1
        if "--check" not in sys.argv[1:]:
            (ROOT / name).write_text(text)
        elif stale:
            click.echo(f"{name} is stale in: {', '.join(stale)}; run make readme", err=True)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
