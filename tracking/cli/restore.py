"""`import --format parquet|iceberg`: puts back what Footfall wrote out."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracking import db
from tracking.cli.progress import catch_up, progress_bar
from tracking.cli.session import opened
from tracking.imports.run import printable
from tracking.restoring import Unrestorable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.restoring import Origin
    from tracking.restoring.run import Tally

FORMATS = ("parquet", "iceberg")


def restore(file: str | None, format_: str, *, as_json: bool) -> None:
    """Puts back the events of a Parquet file, or of the lake."""
    say = partial(click.echo, err=True)
    try:
        from tracking.restoring import run  # noqa: PLC0415 (who restores nothing needs no pyarrow)

        with _origin(file) as origin, opened() as (settings, engine), progress_bar(quiet=as_json) as progress:
            task = progress.add_task("restoring", total=origin.size)
            done = run.restore(engine, origin, say, lambda place: progress.update(task, completed=place))
            catch_up(db.owner_url(settings), progress)
    except ImportError as error:
        raise click.ClickException(
            f"--format {format_} needs {error.name}: pip install -r tracking/lake/requirements.txt"
        ) from None
    except Unrestorable as error:
        raise click.ClickException(printable(str(error))) from None
    except KeyboardInterrupt:
        say("interrupted; run the same command again: nothing is stored twice")
        raise SystemExit(130) from None
    _report(done, as_json=as_json)


@contextmanager
def _origin(file: str | None) -> Iterator[Origin]:
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    from tracking.restoring.parquet import ParquetFile  # noqa: PLC0415 (as above)

    try:
        with Path(file).open("rb") as raw:
            if not raw.seekable():
                raise Unrestorable(f"{file}: a pipe; save it as a file first: Parquet is read from its end")
            yield ParquetFile(raw, file)
    except OSError as error:
        raise Unrestorable(f"{file}: {error.strerror}") from None


def _report(done: Tally, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    click.echo(f"{done.restored:,} events restored, {done.there:,} were there already")
    if done.left_out:
        click.echo(f"{done.left_out:,} left out: raw events of their time were dropped here, and their counts are kept")
