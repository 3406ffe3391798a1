"""`lake`: history as Apache Iceberg tables."""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.progress import Progress

from tracking.cli.progress import progress_bar
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable
from tracking.lake.errors import LakeError, check_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from tracking.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])


class Bar:
    """Shows how a run goes on; it is as long as the events that are due."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def due(self, events: int) -> None:
        if events:
            self._task = self._progress.add_task("writing the lake", total=events)

    def read(self, events: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, events)


@click.group()
def lake() -> None:
    """The lake: history as Apache Iceberg tables at LAKE_URL, which Spark, Athena, Trino and DuckDB read.

    The job `write the lake` does the same as `lake write`, once an hour.
    """


@lake.command()
@click.option("--day", type=DAY, help="Write this day of arrival (UTC) again.  [default: all that are not there]")
@as_json
def write(day: datetime | None, as_json: bool) -> None:
    """Write each day of arrival that is over and not in the lake yet, oldest first."""
    with _lake() as settings, progress_bar(quiet=as_json) as progress:
        from tracking.lake import running

        bar = Bar(progress)
        if day is None:
            written = running.write_due(settings, bar)
        else:
            one = running.write_again(settings, day.date(), bar)
            written = [one] if one else []
    if as_json:
        click.echo(json.dumps([_plain(dataclasses.asdict(one)) for one in written]))
        return
    for one in written:
        lacks = f"; {one.missing:,} more were dropped before" if one.missing else ""
        click.echo(f"{one.day}: {one.events:,} events{lacks}")
    if not written:
        click.echo("nothing to write: the lake has each day that is over")


@lake.command()
@as_json
def status(as_json: bool) -> None:
    """Show what the lake has, and how far it is behind."""
    with _lake() as settings:
        from tracking.lake import status

        found = status.status(settings)
    if as_json:
        said = found._asdict() | {"tables": [table._asdict() for table in found.tables]}
        click.echo(json.dumps(_plain(said)))
        return
    click.echo(
        f"{found.url}: {found.days:,} {_days(found.days)}" + (f", {found.first} to {found.last}" if found.days else "")
    )
    for table in found.tables:
        click.echo(
            f"{table.name}: {table.rows:,} rows in {table.files:,} files, {table.bytes / 1e6:,.1f} MB; "
            f"{table.snapshots} snapshots"
        )
    for day, events in sorted(found.missing.items()):
        click.echo(f"{day}: {events:,} events were dropped before the day was written")
    behind = (
        f"{len(found.behind):,} {_days(len(found.behind))} behind, from {found.behind[0]} on"
        if found.behind
        else "not behind"
    )
    click.echo(f"{behind}; arrival is settled until {found.settled_until.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z")


@lake.command()
@as_json
def verify(as_json: bool) -> None:
    """Compare, by day, the lake's events with its ledger, and this with the database's.

    Exit status 1 if they differ.
    """
    with _lake() as settings, progress_bar(quiet=as_json) as progress:
        from tracking.lake import verify

        task = progress.add_task("reading the lake", total=None)

        def read(rows: int, total: int) -> None:
            progress.update(task, total=total, advance=rows)

        found = verify.verify(settings, read)
    if as_json:
        click.echo(json.dumps(found._asdict()))
    else:
        for fault in found.faults:
            click.echo(printable(fault))
        says = "they differ" if found.faults else "all agree"
        click.echo(f"{found.days:,} {_days(found.days)}, {found.events:,} events: {says}")
    if found.faults:
        raise SystemExit(1)


@lake.command()
@as_json
def expire(as_json: bool) -> None:
    """Expire snapshots after a week, and remove files that none names; the job `expire the lake` does so each day."""
    with _lake() as settings:
        from tracking.lake import expiry

        done = expiry.expire(settings)
    if as_json:
        click.echo(json.dumps(done._asdict()))
    else:
        click.echo(f"expired {done.snapshots} snapshots; removed {done.files} files, {done.bytes / 1e6:,.1f} MB")


@lake.command()
@as_json
def adopt(as_json: bool) -> None:
    """Make the tables at LAKE_URL known to a catalog that has lost them, or to that of a restored deployment."""
    with _lake() as settings:
        from tracking.lake import running

        adopted = running.adopt(settings)
    if as_json:
        click.echo(json.dumps(adopted))
    else:
        click.echo(f"adopted: {', '.join(adopted)}" if adopted else "nothing to adopt: the catalog knows both tables")


@lake.command()
@as_json
def files(as_json: bool) -> None:
    """List the current data files of the events, for a program that reads Parquet and no Iceberg."""
    with _lake() as settings:
        from tracking.lake import current

        found = current.data_files(settings)
    click.echo(json.dumps(found) if as_json else "\n".join(found))


@contextmanager
def _lake() -> Iterator[Settings]:
    """The settings of a deployment with a lake, on its database."""
    with opened() as (settings, _):
        if settings.lake_url is None:
            raise LakeError("LAKE_URL is not set; set it to file:///FOLDER or s3://BUCKET/PREFIX")
        check_packages()
        yield settings


def _days(number: int) -> str:
    return "day" if number == 1 else "days"


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    match value:
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case date() | datetime():
            return value.isoformat()
        case _:
            return value
