"""`rejected`: the events that were put aside, and those among them that can be taken again."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.console import Console
from rich.table import Table

from tracking import db
from tracking.cli.durations import Duration
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable
from tracking.ingest.retry import Retry, Wanted
from tracking.vocabulary import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 10_000
MOST_IDS = 1000
SHOWN = 10
"""Reasons that are shown of events that stay rejected."""
MENDABLE = ("name", "schema")
LARGEST = 2**63 - 1
NUMBER = click.IntRange(1, LARGEST)


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which events are meant."""
    for option in (
        click.option("--name", help="Of this name only."),
        click.option("--source", help="Of this source only."),
        click.option(
            "--since", "seconds", type=Duration(), default="30d", show_default=True, help="How far back: 24h."
        ),
    ):
        command = option(command)
    return command


@click.group()
def rejected() -> None:
    """Events that were put aside. They are kept for 30 days."""


@rejected.command("list")
@chosen
@click.option("--cause", type=click.Choice(get_args(Cause)), help="Rejected for this kind of fault only.")
@click.option("--limit", "most", type=click.IntRange(1, MOST), default=50, show_default=True, help="The latest ones.")
@as_json
def list_(seconds: int, as_json: bool, **wanted: Any) -> None:
    """List events that were put aside, the latest first, and why."""
    with opened() as (_, engine), engine.connect() as connection:
        rows = [dict(row) for row in db.run(connection, "rejected_list", since=_ago(seconds), **wanted).mappings()]
    if as_json:
        click.echo(json.dumps([_told(row) for row in rows]))
        return
    table = Table("id", "received", "source", "name", "cause", "field", "reason", box=None, header_style="bold")
    for row in rows:
        when = f"{row['received_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        cause = f"{row['cause'] or '-'}{' (retried)' if row['retried_at'] else ''}"
        shown = (row["source"], row["name"] or "-", cause, row["field"], row["reason"])
        table.add_row(str(row["id"]), when, *(printable(text) for text in shown))
    console = Console(width=None if Console().is_terminal else 200, highlight=False, markup=False)
    console.print(table if rows else "nothing was put aside")


@rejected.command("show")
@click.argument("number", type=NUMBER)
@as_json
def show(number: int, as_json: bool) -> None:
    """Show the event of this number, with what was sent."""
    with opened() as (_, engine), engine.connect() as connection:
        row = db.run(connection, "rejected_find", ids=[number]).mappings().one_or_none()
    if row is None:
        raise click.ClickException(f"there is no {number}, or no longer; see rejected list")
    if as_json:
        click.echo(json.dumps(_told(dict(row))))
        return
    for key, value in _told(dict(row)).items():
        click.echo(f"{key:<12} {'-' if value in {None, ''} else printable(str(value))}")


@rejected.command("retry", epilog="Only causes name and schema can be mended: by the catalogue, or by source set.")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...", type=NUMBER)
@chosen
@as_json
def retry(numbers: tuple[int, ...], seconds: int, source: str | None, name: str | None, as_json: bool) -> None:
    """Take rejected events again that the catalogue allows by now: all of them, or those of these numbers.

    Their own time, id and creator stay. The ledger books what becomes of them as of now. It may be run at any time and
    twice at once: an event is taken once.
    """
    if len(numbers) > MOST_IDS:
        raise click.UsageError(f"{len(numbers):,} numbers; the most is {MOST_IDS:,}")
    counts: Counter[str] = Counter()
    left: Counter[str] = Counter()
    with opened() as (settings, engine):
        if numbers:
            with engine.connect() as connection:
                _check(db.run(connection, "rejected_find", ids=list(numbers)).all(), numbers)
        wanted = Wanted(_ago(seconds), source, name, list(numbers) or None)
        for _, verdict in Retry(engine, settings.future_seconds).run(wanted):
            counts[verdict["verdict"]] += 1
            if verdict["verdict"] == "rejected":
                left[f"{verdict['field']}: {verdict['reason']}".removeprefix(": ")] += 1
    if as_json:
        click.echo(json.dumps({"verdicts": counts, "reasons": dict(left.most_common(SHOWN))}))
        return
    taken = {verdict: count for verdict, count in counts.items() if verdict != "rejected"}
    listed = ", ".join(f"{count:,} {verdict}" for verdict, count in taken.items())
    click.echo(f"{sum(taken.values()):,} taken again{f': {listed}' if listed else ''}")
    if counts["rejected"]:
        click.echo(f"{counts['rejected']:,} stay rejected")
    for reason, count in left.most_common(SHOWN):
        click.echo(f"  {count:>6,}  {printable(reason)}")


def _check(found: Any, ids: tuple[int, ...]) -> None:
    """Raises `ClickException` for numbers that cannot be retried."""
    by_number = {row.id: row for row in found}
    for number in ids:
        row = by_number.get(number)
        if row is None:
            raise click.ClickException(f"there is no {number}, or no longer; see rejected list")
        if row.cause not in MENDABLE:
            raise click.ClickException(f"{number} cannot be retried: its cause is {row.cause}, not name or schema")
        if row.retried_at:
            raise click.ClickException(f"{number} was taken again at {row.retried_at:%Y-%m-%d %H:%M:%S%z} already")


def _ago(seconds: int) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    times = {key: row[key].astimezone(UTC).isoformat() if row[key] else None for key in ("received_at", "retried_at")}
    return row | times
