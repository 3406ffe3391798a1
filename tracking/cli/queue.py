"""`queue`: what waits in front of the database, and the messages that could not be written."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from tracking.cli import fail
from tracking.cli.session import as_json
from tracking.environment import load
from tracking.imports.run import printable
from tracking.queues import broker as brokers
from tracking.queues import dead as dead_letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.queues.broker import Broker
    from tracking.queues.dead import Letter

MOST = 10_000
limited = click.option(
    "--limit", default=1000, show_default=True, type=click.IntRange(1, MOST), help="Look at so many at most."
)


@click.group()
def queue() -> None:
    """The queue of QUEUE_URL, and its dead letters."""


@contextmanager
def _asked() -> Iterator[Broker]:
    """The broker. What goes wrong with it becomes one line."""
    settings = load(signs=False)
    broker = brokers.of(settings)
    try:
        yield broker
    except brokers.ERRORS as error:
        fail(f"QUEUE_URL: the queue is away: {brokers.said(error, broker.address)}")


@queue.command()
@as_json
def status(as_json: bool) -> None:
    """Show how many messages wait, and how many dead letters there are. Exit status 1 if there are any, 2 if the
    queue is away.
    """
    with _asked() as broker, broker.connected() as connection:
        waiting, dead = broker.depth(connection, broker.main), broker.depth(connection, broker.dead)
    if as_json:
        click.echo(json.dumps({"queue": broker.main.name, "waiting": waiting, "dead": dead}))
    else:
        click.echo(f"{broker.main.name}: {waiting:,} messages wait to be written; {dead:,} dead letters")
        if dead:
            click.echo("python -m tracking queue dead lists them")
    if dead:
        raise SystemExit(1)


@queue.command("dead")
@limited
@as_json
def dead_(limit: int, as_json: bool) -> None:
    """List the dead letters: messages that could not be written, and why."""
    with _asked() as broker:
        found = dead_letters.letters(broker, limit)
    if as_json:
        click.echo(json.dumps([letter._asdict() for letter in found]))
        return
    if not found:
        click.echo("there are no dead letters")
        return
    table = Table("id", "source", "accepted", "events", "put aside", "reason", box=None, header_style="bold")
    for letter in found:
        events = "" if letter.events is None else f"{letter.events:,}"
        table.add_row(letter.id, letter.source, letter.accepted_at, events, letter.at, printable(letter.reason))
    Console(width=None if Console().is_terminal else 200, highlight=False).print(table)


@queue.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
@limited
@as_json
def resend(ids: tuple[str, ...], every: bool, limit: int, as_json: bool) -> None:
    """Put dead letters back into the queue, by their IDS or --all. Events that were written already count once."""
    if bool(ids) == every:
        raise click.UsageError("name the ids of dead letters, or --all")
    with _asked() as broker:
        done = list(dead_letters.resend(broker, frozenset(ids), limit))
    _say(done, ids, "sent again", as_json=as_json)


@queue.command()
@click.argument("ids", nargs=-1, required=True)
@limited
@as_json
def discard(ids: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Throw dead letters away, by their IDS. Their events are lost, unless the clients send them again."""
    with _asked() as broker:
        done = list(dead_letters.discard(broker, frozenset(ids), limit))
    _say(done, ids, "thrown away", as_json=as_json)


def _say(done: list[Letter], ids: tuple[str, ...], what: str, *, as_json: bool) -> None:
    unknown = sorted(set(ids) - {letter.id for letter in done})
    if as_json:
        click.echo(json.dumps({"done": [letter.id for letter in done], "unknown": unknown}))
    else:
        click.echo(f"{len(done):,} dead letters {what}")
        for one in unknown:
            click.echo(f"no dead letter has the id {printable(one)}", err=True)
    if unknown:
        raise SystemExit(1)
