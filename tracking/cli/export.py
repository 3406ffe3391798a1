"""`export`: writes stored events to a file."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import marshmallow as ma

from tracking import deployment
from tracking.cli.progress import progress_bar
from tracking.cli.session import as_json, opened
from tracking.errors import Problem
from tracking.exports import files, forms
from tracking.exports.asking import TO_GO_ON, Asking
from tracking.exports.queries import FORMATS, ExportQuery, filtered
from tracking.exports.reading import Export
from tracking.exports.schemas import ExportQuerySchema
from tracking.stats.periods import PeriodError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    from tracking.exports.forms import Writer

EXAMPLES = """
\b
Examples:
  export events.ndjson.gz
  export acme.csv --owner acme --from 2026-11-01 --to 2026-11-30
  export more.parquet --since 2026-11-27T21:00:00.123456Z
  export - --name 'click__*' | jq .receiver_id
"""
OPTIONS = ("receiver", "owner", "type", "source", "from", "to", "timezone", "name", "action", "bom")
"""Parameters of the API that are options here, by the same names."""


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    """Adds these options, with the API's own words."""
    fields = {field.data_key or name: field for name, field in ExportQuerySchema().fields.items()}
    for name in reversed(OPTIONS):
        field = fields[name]
        said = field.metadata["description"]
        options: dict[str, Any] = {"help": f"{said[0].upper()}{said[1:]}.", "default": None}
        options |= {"is_flag": True} if name == "bom" else {"multiple": isinstance(field, ma.fields.List)}
        command = click.option(f"--{name}", name, **options)(command)
    return command


@click.command("export", epilog=EXAMPLES)
@click.argument("file")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: by the ending of FILE.")
@_filters
@click.option("--since", "cursor", metavar="CURSOR", help="Where to go on: the next cursor that an export printed.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@as_json
def export(file: str, format_: str | None, *, force: bool, as_json: bool, **parameters: Any) -> None:
    """Write stored events to FILE, in the order of their arrival (- for standard output).

    FILE ends with .ndjson, .csv or .parquet; .ndjson.gz and .csv.gz are compressed. It is there when it is whole.
    Excluded events come with their reason.
    """
    form = forms.FORMS[format_ or _format(file)]
    if form is forms.PARQUET and file.endswith(".gz"):
        raise click.UsageError("FILE ends with .gz, and Parquet is compressed inside: let it end with .parquet")
    if form is forms.PARQUET and not forms.has_parquet():
        raise click.ClickException(forms.INSTALL)
    query = _query({name: value for name, value in parameters.items() if value not in (None, ())})
    with opened() as (_, engine), _target(file, force=force) as out, progress_bar(quiet=as_json) as progress:
        timezone = deployment.read(engine).timezone
        try:
            ask = Asking(engine.connect, TO_GO_ON)
            going = Export(ask, filtered(query, timezone), query.cursor)
        except PeriodError as error:
            raise click.UsageError(f"--{error.field}: {error}") from None
        except Problem as problem:
            raise click.ClickException(_said(problem)) from None
        events = _write(going, form.write(query.bom), out, progress)
    said = {"file": file, "format": form.name, "events": events, "next_cursor": str(going.next)}
    if as_json:
        click.echo(json.dumps(said), err=file == "-")
    else:
        click.echo(f"{events:,} events; go on with --since {going.next}", err=file == "-")


def _write(export: Export, writer: Writer, out: IO[bytes], progress: Progress) -> int:
    """Writes all, and returns the number of events."""
    task, events = progress.add_task("exporting", total=export.booked()), 0
    for page in export.pages():
        out.write(writer.rows(page.rows) if page.rows else b"")
        events += len(page.rows)
        progress.advance(task, page.passed)
    out.write(writer.end())
    return events


def _format(file: str) -> str:
    """The form that a file's ending says; for standard output NDJSON."""
    if file == "-":
        return "ndjson"
    name = Path(file).name.removesuffix(".gz")
    form = name.rpartition(".")[2]
    if form not in FORMATS:
        raise click.UsageError("FILE ends with none of .ndjson, .csv, .parquet; name its form by --format")
    return form


def _query(parameters: dict[str, Any]) -> ExportQuery:
    """Raises `click.UsageError` that names the first option at fault."""
    try:
        query: ExportQuery = ExportQuerySchema().load(parameters)
    except ma.ValidationError as error:
        field, said = next(iter(error.messages_dict.items()))
        while isinstance(said, dict):
            said = next(iter(said.values()))
        option = "since" if field == "cursor" else field
        raise click.UsageError(f"--{option}: {' '.join(said)}") from None
    return query


@contextmanager
def _target(file: str, *, force: bool) -> Iterator[IO[bytes]]:
    """Where to write. Raises `click.ClickException` where that is not possible."""
    if file == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(f"standard output cannot be written: {error.strerror or error}") from None
        return
    path = Path(file)
    try:
        if path.exists() and not (force and path.is_file()):
            raise click.ClickException(_taken(path))
        with files.whole(path, replace=force) as out:
            yield out
    except FileExistsError:
        raise click.ClickException(_taken(path)) from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror or error}") from None


def _taken(path: Path) -> str:
    if path.is_file():
        return f"{path} is there already; --force replaces it"
    return f"{path} is no file; write to standard output with - instead"


def _said(problem: Problem) -> str:
    errors = problem.members.get("errors", {})
    return f"--since: {' '.join(errors['cursor'])}" if "cursor" in errors else problem.detail
