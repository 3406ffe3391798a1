"""`ledger`: received events by verdict, and whether they agree with the stored events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tracking import db
from tracking.cli.durations import Duration
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable
from tracking.vocabulary import VERDICTS

SUSPICIOUS = 0.2
"""From this share of repeats or duplicates on, a front end probably fires or sends twice."""
ENOUGH = 20


@click.command()
@click.option(
    "--since", "seconds", type=Duration(), default="24h", show_default=True, help="How far back: 30m, 24h, 7d."
)
@as_json
def ledger(seconds: int, as_json: bool) -> None:
    """Show received events by source, name and verdict, and whether ledger and events balance.

    Exit status 1 if they do not.
    """
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    with opened() as (_, engine), engine.connect() as connection:
        rows = [dict(row) for row in db.run(connection, "ledger", since=since).mappings()]
        off = [dict(row) for row in db.run(connection, "ledger_balance", since=since).mappings()]
        left_out, dropped = db.run(connection, "ledger_left_out", since=since).one()
    for row in rows:
        row["repeat_share"] = round(row["repeat"] / row["received"], 4)
        row["duplicate_share"] = round(row["duplicate"] / row["received"], 4)
    if as_json:
        said = {"since": since.isoformat(), "balances": not off, "left_out": left_out, "off": off, "rows": rows}
        click.echo(json.dumps(said))
    else:
        _show(rows, off)
        if left_out:
            when = f"{dropped:%Y-%m-%d %H:%M%z}"
            click.echo(f"left out: {left_out:,} events, booked together with events before {when}, which were dropped")
    if off:
        raise SystemExit(1)


def _show(rows: list[dict[str, Any]], off: list[dict[str, Any]]) -> None:
    table = Table("source", "name", box=None, header_style="bold")
    for heading in ("received", *VERDICTS, "repeats", "duplicates"):
        table.add_column(heading, justify="right")
    for row in rows:
        counts = [f"{row[key]:,}" if row[key] else "·" for key in ("received", *VERDICTS)]
        shares = [_share(row[key], row["received"]) for key in ("repeat_share", "duplicate_share")]
        table.add_row(row["source"], printable(row["name"] or "(no valid name)"), *counts, *shares)
    console = Console(width=None if Console().is_terminal else 200, highlight=False)
    console.print(table if rows else "nothing came in")
    for row in off:
        console.print(
            f"[red]off[/red]: {row['source']} {row['name']} {row['verdict']}: "
            f"{row['booked']:,} booked, {row['stored']:,} stored"
        )
    console.print("ledger and events balance" if not off else "ledger and events do not balance")


def _share(share: float, received: int) -> str:
    text = f"{share:.1%}"
    return f"[red]{text}[/red]" if share >= SUSPICIOUS and received >= ENOUGH else text
