"""`python -m jobs.drain`: writes what waits in the queue. Start as many as you like, on as many machines."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import click

from tracking import db, logs
from tracking.cli import fail
from tracking.cli.processes import check_engine
from tracking.environment import load
from tracking.misspelling import misspelt
from tracking.queues import broker
from tracking.queues.consume import Drain
from tracking.settings import SettingsError

if TYPE_CHECKING:
    from types import FrameType


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Write the events that wait in the queue of QUEUE_URL, until SIGTERM or Ctrl-C.

    It needs QUEUE_URL, and the API's login to the database: DATABASE_API_URL is enough. What it has in hand when it is
    killed is delivered again, and counted once. Dead letters: python -m tracking queue dead.
    """
    try:
        settings = load(signs=False)
        queue = broker.of(settings)
        check_engine(settings)
        url = db.api_url(settings)
    except SettingsError as error:
        fail(str(error))
    for warning in misspelt(os.environ):
        click.echo(f"footfall: {warning}", err=True)
    logs.configure(settings.log_level)
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stop.set).start()  # not here: it would wait for a wait that it interrupts

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    engine = db.engine(url, statement_timeout_ms=settings.statement_timeout_ms)
    Drain(queue, engine).run(stop)
    engine.dispose()


if __name__ == "__main__":
    main(prog_name="python -m jobs.drain")
