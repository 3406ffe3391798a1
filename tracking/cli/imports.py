"""`import`: files of events that happened elsewhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tracking import db
from tracking.aggregates.refresh import due
from tracking.aggregates.refresh import refresh as refresh_windows
from tracking.cli.database import as_json, opened
from tracking.cli.sources import checked_name
from tracking.imports import Unreadable
from tracking.imports.reader import FORMATS, Reader
from tracking.ingest.bulk import BATCH, Bulk, Tally
from tracking.ingest.writer import VERDICTS
from tracking.provenance.sources import add_source, list_sources

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

    from tracking.imports import Parsed

SHOWN = 10
"""Refused lines that are told in full; of the rest, only the number."""


@click.command("import")
@click.argument("file")
@click.option(
    "--format",
    "format_",
    type=click.Choice(sorted(FORMATS)),
    required=True,
    help="ndjson: an event per line; csv: with a header row; combined: a web server's access log.",
)
@click.option("--source", required=True, help="The source they count as; made where it does not exist yet.")
@as_json
def import_file(file: str, format_: str, source: str, as_json: bool) -> None:
    """Import FILE (plain or gzip, - for standard input).

    Importing a file again adds nothing. An interrupted import goes on where it stopped.
    """
    with opened() as (settings, engine):
        _ensure_source(engine, source, settings.secret_keys[0])
        bulk = Bulk(engine, settings, source)
        try:
            with Reader(file, FORMATS[format_].errors) as reader, progress_bar(quiet=as_json) as progress:
                done = Import(engine, bulk, source, file).run(reader, format_, progress)
                refresh(db.owner_url(settings), progress)
        except Unreadable as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            click.echo("interrupted; the same command goes on from here", err=True)
            raise SystemExit(130) from None
    counts = {verdict: done.counts[verdict] for verdict in (*VERDICTS, "rejected")}
    if as_json:
        click.echo(json.dumps({"lines": done.counts.total(), "verdicts": counts}))
    else:
        said = ", ".join(f"{n:,} {verdict}" for verdict, n in counts.items() if n)
        click.echo(f"{done.counts.total():,} events: {said or 'none'}")


class Import:
    """One run over one file: batches go in, and after each the place is kept."""

    def __init__(self, engine: Engine, bulk: Bulk, source: str, file: str) -> None:
        self._engine = engine
        self._bulk = bulk
        self._file = file
        self._key = (source, fingerprint(file))
        self._told = 0

    def run(self, reader: Reader, format_: str, progress: Progress) -> Tally:
        """Imports what is not imported yet, and returns the tally of the whole file."""
        tally = Tally()
        skip, counts = self._resume()
        tally.counts.update(counts)
        task = progress.add_task("importing", total=reader.size)
        batch: list[Parsed] = []
        for parsed in FORMATS[format_].parse(reader):
            if parsed.line <= skip:  # parsed all the same: the ids of repeated lines count them from the top
                continue
            if parsed.event is None:
                self._tell(parsed.line, str(parsed.problem))
                tally.counts["rejected"] += 1
                continue
            batch.append(parsed)
            if len(batch) == BATCH:
                self._write(batch, tally)
                progress.update(task, completed=parsed.progress)
                batch = []
        if batch:
            self._write(batch, tally)
        if self._key[1]:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(db.query("import_finish"), self._key)
        progress.update(task, total=reader.size or 1, completed=reader.size or 1)
        return tally

    def _resume(self) -> tuple[int, dict[str, int]]:
        with self._engine.connect() as connection:
            row = connection.exec_driver_sql(db.query("import_progress"), self._key).one_or_none()
        if row is None:
            return 0, {}
        click.echo(f"going on after line {row.lines:,}", err=True)
        return row.lines, row.counts

    def _write(self, batch: list[Parsed], tally: Tally) -> None:
        events: list[dict[str, Any]] = [parsed.event for parsed in batch if parsed.event is not None]
        for parsed, verdict in zip(batch, self._bulk.write(events, tally), strict=True):
            if verdict["verdict"] == "rejected":
                self._tell(parsed.line, f"{verdict['field']}: {verdict['reason']}")
        if self._key[1]:
            place = (*self._key, self._file, batch[-1].line, json.dumps(tally.counts))
            with self._engine.begin() as connection:
                connection.exec_driver_sql(db.query("import_advance"), place)

    def _tell(self, line: int, problem: str) -> None:
        self._told += 1
        if self._told <= SHOWN:
            click.echo(f"line {line:,}: {problem}", err=True)
        elif self._told == SHOWN + 1:
            click.echo("more lines are refused; they are counted below", err=True)


def fingerprint(file: str) -> str:
    """What tells a file from another, cheaply: its path, size and first 64 KiB. Empty for standard input."""
    if file == "-":
        return ""
    try:
        path = Path(file)
        with path.open("rb") as opened_:
            head = opened_.read(65_536)
        return hashlib.sha256(f"{path.resolve()} {path.stat().st_size} ".encode() + head).hexdigest()
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from None


def _ensure_source(engine: Engine, name: str, key: str) -> None:
    """A source that only imports has no rights of its own: no credential of it opens anything."""
    with engine.begin() as connection:
        known = {one.name: one for one in list_sources(connection)}
        if name not in known:
            add_source(connection, checked_name(name, "--source"), key=key, rights=[], description="imported")
        elif known[name].revoked:
            raise click.ClickException(f"source {name} is revoked")


def progress_bar(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description:<30}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=quiet)


def refresh(url: URL, progress: Progress) -> None:
    """Counts what waits: what was written now, and what an import that was killed has left."""
    task = progress.add_task("refreshing the aggregates", total=None)
    windows = due(url)
    progress.update(task, total=len(windows))
    for _ in refresh_windows(url, windows):
        progress.advance(task)
