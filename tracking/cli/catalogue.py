"""`catalogue`: the tracking plan as a file, for review in git, and as types for those who send."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from tracking.catalogue import event_types, seen, yamlfile
from tracking.catalogue.differences import Change, differences
from tracking.catalogue.pythontypes import python_types
from tracking.catalogue.typescript import typescript
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

LANGUAGES = {"typescript": typescript, "python": python_types}
FILE = "FILE"


@click.group()
def catalogue() -> None:
    """The tracking plan: what each event is called, what it brings, and who answers for it."""


@catalogue.command("list")
@click.option(
    "--days", type=click.IntRange(1, seen.MOST_DAYS), default=seen.DAYS, show_default=True, help="How far back."
)
@as_json
def list_(days: int, as_json: bool) -> None:
    """Show the catalogue with what came in of each name, and the names that came in and are not in it."""
    with opened() as (_, engine), engine.connect() as connection:
        report = seen.report(connection, days)
    if as_json:
        click.echo(json.dumps(report))
        return
    table = Table("name", "mode", "owner", box=None, header_style="bold")
    for heading in ("received", "accepted", "repeats", "rejected", "last seen"):
        table.add_column(heading, justify="right")
    for entry in report["event_types"]:
        mode = entry["mode"] if entry["schema"] is not None else "-"
        state = f"{entry['name']}{' (deprecated)' if entry['status'] == 'deprecated' else ''}"
        table.add_row(printable(state), mode, printable(entry["owner"] or "-"), *_usage(entry["seen"]))
    for row in report["unknown_names"]:
        table.add_row(printable(row["name"]), "unknown", "-", *_usage(row))
    console = Console(width=None if Console().is_terminal else 200, highlight=False, markup=False)
    console.print(table)
    for entry in report["event_types"]:
        for fault in entry["seen"]["faults"]:
            said = f"{fault['name']}: {fault['field']}: {fault['reason']} ({fault['events']:,} events)"
            console.print(printable(said), soft_wrap=True)
        if left := entry["seen"]["faults_left_out"]:
            console.print(f"{printable(entry['name'])}: {left:,} more kinds of faults")
    if left := report["unknown_names_left_out"]:
        console.print(f"{left:,} more names came in that are not in the catalogue")


@catalogue.command("export")
def export() -> None:
    """Print the catalogue as YAML: in one order, so that git shows what changed."""
    click.echo(yamlfile.write(_stored()), nl=False)


@catalogue.command("import")
@click.argument("file", metavar=FILE)
@click.option("--remove", is_flag=True, help="Also remove what is not in FILE.")
@as_json
def import_(file: str, remove: bool, as_json: bool) -> None:
    """Add and change entries as FILE has them (YAML or JSON; -: standard input), all or none."""
    loaded = _loaded(file)
    with opened() as (_, engine), engine.begin() as connection:
        before = event_types.read(connection)
        names = {entry["name"] for entry in loaded}
        others = [entry["name"] for entry in before if entry["name"] not in names]
        try:
            event_types.put(connection, loaded, others if remove else ())
        except event_types.TooMany as error:
            raise click.ClickException(str(error)) from None
        changes = differences(before, event_types.read(connection))
    if as_json:
        click.echo(json.dumps([change._asdict() for change in changes]))
        return
    _print(changes)
    if others and not remove:
        click.echo(f"not in {file}, and left as they are: {', '.join(others)}; --remove takes them out")


@catalogue.command("diff")
@click.argument("file", metavar=FILE)
@click.option("--against", "before", metavar=FILE, help="An older file, as of the main branch. Default: the database.")
@as_json
def diff(file: str, before: str | None, as_json: bool) -> None:
    """Show what FILE would change. Exit status 1 if that breaks: an event that is taken now might be rejected."""
    after = [event_types.wire(entry) for entry in _loaded(file)]
    changes = differences(
        _stored() if before is None else [event_types.wire(entry) for entry in _loaded(before)], after
    )
    if as_json:
        click.echo(json.dumps([change._asdict() for change in changes]))
    else:
        _print(changes)
    if any(change.breaks for change in changes):
        raise SystemExit(1)


@catalogue.command("types")
@click.option("--language", required=True, type=click.Choice(list(LANGUAGES)), help="In which the types are.")
@click.argument("file", metavar=FILE, required=False)
def types(language: str, file: str | None) -> None:
    """Print types of the names and their properties, of FILE, or of the database."""
    entries = _stored() if file is None else [event_types.wire(entry) for entry in _loaded(file)]
    click.echo(LANGUAGES[language](entries), nl=False)


def _stored() -> list[dict[str, Any]]:
    with opened() as (_, engine), engine.connect() as connection:
        return event_types.read(connection)


def _loaded(file: str) -> list[dict[str, Any]]:
    """The entries of a file. Raises `ClickException` with its faults."""
    try:
        if file == "-":
            text = sys.stdin.buffer.read(yamlfile.MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as opened_file:
                text = opened_file.read(yamlfile.MAX_BYTES + 1)
        return yamlfile.read(text)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    except yamlfile.Unreadable as error:
        raise click.ClickException("\n".join(printable(f"{file}: {fault}") for fault in error.args)) from None


def _print(changes: Sequence[Change]) -> None:
    for change in changes:
        click.echo(f"{'breaks' if change.breaks else 'change'}  {printable(f'{change.name}: {change.said}')}")
    if not changes:
        click.echo("nothing changes")


def _usage(row: dict[str, Any]) -> list[str]:
    shares = ["-" if row[key] is None else f"{row[key]:.1%}" for key in ("repeat_share", "rejected_share")]
    return [
        f"{row['received']:,}",
        f"{row['accepted']:,}",
        *shares,
        (row["last_seen"] or "never")[:16].replace("T", " "),
    ]
