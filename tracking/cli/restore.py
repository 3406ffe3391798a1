"""`import --format parquet|iceberg`: puts back what Footfall wrote out."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracking import db
from tracking.cli.progress import catch_up, progress_bar
from tracking.cli.session import opened
from tracking.imports.run import printable
from tracking.lake.errors import REQUIREMENTS
from tracking.restoring import Unrestorable

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy import Engine

    from tracking.restoring import Origin
    from tracking.restoring.run import Tally
    from tracking.settings import Settings

FORMATS = ("parquet", "iceberg")
say = partial(click.echo, err=True)


def restore(file: str | None, format_: str, *, as_json: bool) -> None:
    """Puts back the events of a Parquet file, or of the lake with its ledger, and refreshes the counts."""
    if (file is None) is (format_ == "parquet"):
        raise click.UsageError("Missing argument FILE." if file is None else "no FILE: LAKE_URL says where the lake is")
    try:
        with opened() as (settings, engine), progress_bar(quiet=as_json) as progress:
            done = _from_lake(settings, engine, progress) if file is None else _from_file(file, engine, progress)
            catch_up(db.owner_url(settings), progress)
    except ImportError as error:
        raise click.ClickException(
            f"--format {format_}: {error.name} is not installed; "
            f"pip install --no-deps --require-hashes -r {REQUIREMENTS}"
        ) from None
    except Unrestorable as error:
        raise click.ClickException(printable(str(error))) from None
    except KeyboardInterrupt:
        say("interrupted; run the same command again: nothing is stored twice")
        raise SystemExit(130) from None
    _report(done, as_json=as_json)


def _from_file(file: str, engine: Engine, progress: Progress) -> Tally:
    from tracking.restoring.parquet import ParquetFile  # noqa: PLC0415 (who restores nothing needs no pyarrow)

    try:
        with Path(file).open("rb") as raw:
            if not raw.seekable():
                raise Unrestorable(f"{file}: a pipe; save it as a file first: Parquet is read from its end")
            return _events(ParquetFile(raw, file), engine, progress)
    except OSError as error:
        raise Unrestorable(f"{file}: {error.strerror}") from None


def _from_lake(settings: Settings, engine: Engine, progress: Progress) -> Tally:
    from tracking.restoring import lake, run  # noqa: PLC0415 (as above)

    with lake.opened(settings) as origin:
        if origin.missing:
            say(f"{origin.missing:,} events are not in the lake: they were dropped before it was written")
        done = _events(origin, engine, progress)
        days = origin.ledger_days()
        task = progress.add_task("restoring the ledger", total=len(days))
        for day in days:
            done.booked += run.book(engine, origin.lines(day), f"{origin.name}: the ledger of {day}")
            progress.advance(task)
    return done


def _events(origin: Origin, engine: Engine, progress: Progress) -> Tally:
    from tracking.restoring import run  # noqa: PLC0415 (as above)

    task = progress.add_task("restoring events", total=origin.size)
    return run.restore(engine, origin, say, lambda place: progress.update(task, completed=place))


def _report(done: Tally, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    click.echo(f"{done.restored:,} events restored, {done.there:,} were there already")
    if done.booked:
        click.echo(f"{done.booked:,} booked that left no row, such as duplicates")
    if done.left_out:
        click.echo(f"{done.left_out:,} left out: raw events of their time were dropped here, and their counts are kept")
