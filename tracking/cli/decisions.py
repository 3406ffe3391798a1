"""`decisions`: what a restore must not undo."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from tracking.cli.session import as_json, opened
from tracking.exports import files
from tracking.imports.run import printable
from tracking.restoring import Unrestorable, decisions

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group("decisions")
def decisions_() -> None:
    """Keep what a restore must not undo: revoked sources, ended logins, and people who want no more messages."""


@decisions_.command("export")
@click.argument("file")
def export(file: str) -> None:
    """Write them to FILE (- for standard output), which is replaced once the new one is whole.

    It names people: only its owner may read it.
    """
    try:
        with opened() as (settings, engine), _target(file) as out:
            for line in decisions.written(settings, engine):
                out.write(line)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror or error}") from None


@contextmanager
def _target(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdout.buffer
        return
    with files.whole(Path(file), replace=True) as out:
        os.fchmod(out.fileno(), 0o600)
        yield out


@decisions_.command("apply")
@click.argument("file")
@as_json
def apply(file: str, as_json: bool) -> None:
    """Take away, after a restore, what FILE (- for standard input) does not allow any more. It gives nothing."""
    try:
        with click.open_file(file, "rb") as lines:
            found, at = decisions.read(lines, file)
        with opened() as (settings, engine):
            done = decisions.apply(settings, engine, found, at)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror or error}") from None
    except Unrestorable as error:
        raise click.ClickException(printable(str(error))) from None
    if as_json:
        said = {name: getattr(done, name) for name in ("sources", "optouts", "logins", "lacking", "left")}
        click.echo(json.dumps(said | {"at": at.isoformat(timespec="seconds")}))
    else:
        _show(done)
    if done.left:
        raise SystemExit(1)


def _show(done: decisions.Applied) -> None:
    click.echo(f"as of {done.at:%Y-%m-%d %H:%M:%S%z}:")
    click.echo(f"sources made narrower: {', '.join(done.sources) or 'none'}")
    click.echo(f"logins removed: {', '.join(done.logins) or 'none'}")
    click.echo(f"kinds of messages stopped: {done.optouts:,}")
    if done.lacking:
        click.echo(f"not here, so their credentials are void (source add): {printable(', '.join(done.lacking))}")
    for left in done.left:
        click.secho(printable(left), fg="yellow", err=True)
