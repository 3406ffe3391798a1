"""`python -m jobs`: one scheduler process. Start two for a spare: only the leader works."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from jobs import policies, purge
from jobs.lease import SECONDS, Lease
from tracking import db, logs
from tracking.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from types import FrameType

log = structlog.get_logger("jobs")


def schedule(settings: Settings) -> BackgroundScheduler:
    """The leader's work, not started yet. A run that was missed is made up once, and never overlaps itself."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    url = db.owner_url(settings)
    scheduler.add_job(
        purge.recent_actions, "interval", [url, settings.lateness_days], hours=1, id="purge recent actions"
    )
    scheduler.add_job(purge.proof_ids, "interval", [url], minutes=10, id="purge proof ids")
    if settings.embedded:
        for job_id, name, every in policies.policies(url):
            scheduler.add_job(policies.run, "interval", [url, job_id], seconds=every.total_seconds(), id=name)
    return scheduler


def lead(settings: Settings, lease: Lease, stop: threading.Event) -> None:
    """Works while it holds the lease, waits while another does, until told to stop."""
    scheduler: BackgroundScheduler | None = None
    while not stop.is_set():
        if held := _held(lease):
            if scheduler is None:
                log.info("leading", holder=lease.holder)
                scheduler = schedule(settings)
                scheduler.start()
        elif scheduler is not None:
            log.warning("lost the lease", holder=lease.holder)
            scheduler.shutdown(wait=False)
            scheduler = None
        stop.wait(SECONDS / 3 if held else SECONDS / 6)
    if scheduler is not None:
        scheduler.shutdown(wait=True)
        _release(lease)


def _held(lease: Lease) -> bool:
    try:
        return lease.take()
    except Exception as error:  # noqa: BLE001 - the database is away: whoever has it leads, and we try again
        log.warning("cannot reach the database", error=type(error).__name__)
        return False


def _release(lease: Lease) -> None:
    try:
        lease.release()
    except Exception as error:  # noqa: BLE001 - the database is away: the lease runs out by itself
        log.warning("could not release the lease", error=type(error).__name__)


def main() -> int:
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - logging needs settings
        return 2
    logs.configure(settings.log_level)
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    engine: Any = db.engine(db.owner_url(settings))
    lead(settings, Lease(engine, "jobs"), stop)
    engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
