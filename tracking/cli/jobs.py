"""`jobs`: the scheduler's jobs and their runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tracking import db
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable

Row = dict[str, Any]

LAST = 20


@click.command()
@click.option("--job", "name", help="Only this job, with its last runs.")
@click.option("--last", type=click.IntRange(1, 1000), help=f"How many runs of that job.  [{LAST}]")
@as_json
def jobs(name: str | None, last: int | None, as_json: bool) -> None:
    """Show the scheduler's jobs: which process leads, how each last ran, and how often it failed since."""
    if last is not None and name is None:
        raise click.UsageError("--last needs --job")
    with opened() as (_, engine), engine.connect() as connection:
        holder, alive = db.run(connection, "doctor_jobs").one_or_none() or (None, False)
        known = [dict(row) for row in db.run(connection, "job_list").mappings()]
        history: list[Row] = []
        if name is not None:
            known = [_named(name, known)]
            found = db.run(connection, "job_history", job=name, number=last or LAST)
            history = [dict(row) for row in found.mappings()]
    leader = holder if alive else None
    if as_json:
        jobs = [_described(row) for row in known]
        if name is not None:
            jobs[0]["runs"] = [_run(row) for row in history]
        click.echo(json.dumps({"leader": leader, "jobs": jobs}))
        return
    click.echo(f"led by {leader}" if leader else "no process leads; start one: python -m jobs")
    if name is None:
        _show_jobs(known)
    else:
        click.echo(f"{name}: {known[0]['schedule']}, {_failures(known[0])}")
        _show_runs(history)


def _named(name: str, known: list[Row]) -> Row:
    for row in known:
        if row["job"] == name:
            return row
    names = ", ".join(row["job"] for row in known) or "none yet; they are known once python -m jobs has run"
    raise click.ClickException(f"no job {name[:100]!r}; there are: {names}")


def _described(row: Row) -> Row:
    last = _run(row) if row["started_at"] else None
    return {"job": row["job"], "schedule": row["schedule"], "failures": row["failures"], "last": last}


def _run(row: Row) -> Row:
    return {
        "due_at": _moment(row["due_at"]),
        "started_at": _moment(row["started_at"]),
        "ended_at": _moment(row["ended_at"]),
        "seconds": _seconds(row),
        "outcome": row["outcome"],
        "rows": row["rows"],
        "error": row["error"],
        "instance": row["instance"],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _seconds(row: Row) -> float | None:
    return round((row["ended_at"] - row["started_at"]).total_seconds(), 3) if row["ended_at"] else None


def _failures(row: Row) -> str:
    return f"{row['failures']} failures in a row" if row["failures"] else "no failures since the last success"


def _show_jobs(known: list[Row]) -> None:
    table = _table("job", "schedule")
    table.add_column("failures in a row", justify="right")
    for row in known:
        failures = str(row["failures"]) if row["failures"] else "·"
        table.add_row(row["job"], row["schedule"], *_cells(row), failures, style="red" if row["failures"] else None)
    console = _console()
    console.print(table if known else "no jobs are known yet: they are once python -m jobs has run")
    for row in known:
        if row["failures"]:
            console.print(printable(f"{row['job']}: {row['because']}"), soft_wrap=True)


def _show_runs(history: list[Row]) -> None:
    table = _table()
    table.add_column("by")
    table.add_column("error", overflow="fold")
    for row in history:
        failed = row["outcome"] in {"failed", "broken off"}
        table.add_row(
            *_cells(row), row["instance"], row["error"] and printable(row["error"]), style="red" if failed else None
        )
    _console().print(table if history else "it has not run yet")


def _table(*headings: str) -> Table:
    table = Table(*headings, "started (UTC)", box=None, header_style="bold")
    table.add_column("took", justify="right")
    table.add_column("outcome")
    table.add_column("rows", justify="right")
    return table


def _cells(row: Row) -> list[str]:
    if row["started_at"] is None:
        return ["·"] * 4
    seconds = _seconds(row)
    return [
        f"{row['started_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "·" if seconds is None else f"{seconds:,.1f} s",
        row["outcome"],
        "·" if row["rows"] is None else f"{row['rows']:,}",
    ]


def _console() -> Console:
    """Names and errors are shown as they are: no markup. In a pipe a line may be long."""
    return Console(width=None if Console().is_terminal else 200, highlight=False, markup=False, emoji=False)
