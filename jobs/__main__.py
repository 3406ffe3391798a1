"""`python -m jobs`: one scheduler process. Start two for a spare: only the leader works."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import click
import psycopg
import structlog

from jobs.lease import SECONDS, Lease
from jobs.once import is_job, once
from jobs.schedule import schedule
from tracking import db, logs
from tracking.cli import fail
from tracking.cli.processes import check_engine
from tracking.cli.refused import sentence
from tracking.environment import load
from tracking.misspelling import misspelt
from tracking.settings import Settings, SettingsError

if TYPE_CHECKING:
    from types import FrameType

    from apscheduler.schedulers.background import BackgroundScheduler

    from tracking.schedule import Job

log = structlog.get_logger("jobs")


def lead(settings: Settings, lease: Lease, stop: threading.Event) -> None:
    """Works while it holds the lease, waits while another does, until told to stop."""
    scheduler: BackgroundScheduler | None = None
    while not stop.is_set():
        if held := _held(lease):
            if scheduler is None and (made := _scheduled(settings)) is not None:
                log.info("leading", holder=lease.holder)
                scheduler = made
                scheduler.start()
        elif scheduler is not None:
            log.warning("lost the lease", holder=lease.holder)
            scheduler.shutdown(wait=False)
            scheduler = None
        stop.wait(SECONDS / 3 if held else SECONDS / 6)
    if scheduler is not None:
        _release(lease)  # first: jobs that still run do no harm beside the next leader's
        scheduler.shutdown(wait=True)


def _scheduled(settings: Settings) -> BackgroundScheduler | None:
    try:
        return schedule(settings)
    except psycopg.Error as error:
        log.warning("cannot schedule; is the schema up to date?", error=type(error).__name__)
        return None


def _held(lease: Lease) -> bool:
    try:
        return lease.take()
    except Exception as error:  # noqa: BLE001 - the database is away: try again
        log.warning("cannot reach the database", error=type(error).__name__)
        return False


def _release(lease: Lease) -> None:
    try:
        lease.release()
    except Exception as error:  # noqa: BLE001 - the database is away: the lease runs out by itself
        log.warning("could not release the lease", error=type(error).__name__)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--once",
    "only",
    metavar="NAME",
    callback=is_job,
    help="Run this job now, here, and end; exit status 1 if it fails or runs elsewhere.",
)
def main(only: Job | None) -> None:
    """Run the scheduler: refreshes, retention and clean-up, until SIGTERM or Ctrl-C.

    It takes its settings from the environment, as python -m tracking does. Start two for a spare: one works, the
    other waits. What ran, and how it ended: python -m tracking jobs.
    """
    try:
        settings = load()
        url = db.owner_url(settings)
        check_engine(settings)
    except SettingsError as error:
        fail(str(error))
    for warning in misspelt(os.environ):
        click.echo(f"footfall: {warning}", err=True)
    logs.configure(settings.log_level)
    if only is not None:
        try:
            raise SystemExit(0 if once(settings, only) else 1)
        except psycopg.Error as error:
            fail(sentence(error))
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stop.set).start()  # not here: it would wait for a wait that it interrupts

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    engine = db.engine(url)
    lead(settings, Lease(engine, "jobs"), stop)
    engine.dispose()


if __name__ == "__main__":
    main(prog_name="python -m jobs")
