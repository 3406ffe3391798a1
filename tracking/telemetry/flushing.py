"""Flushes a worker's numbers while it lives, so that a scrape finds them whichever worker it asks."""

from __future__ import annotations

import threading
import time

import structlog

from tracking.telemetry import series

log = structlog.get_logger(__name__)

EVERY = 0.1
"""Seconds: the most that a worker loses which is killed."""


def begin() -> None:
    """From now on this process flushes by itself; under gevent in a greenlet."""
    threading.Thread(target=_go_on, name="metrics", daemon=True).start()


def _go_on() -> None:
    while True:
        time.sleep(EVERY)
        try:
            series.flush()
        except OSError as error:  # the folder is gone, or the disk is full: requests are answered all the same
            log.error("metrics cannot be kept", error=type(error).__name__, said=error.strerror)  # noqa: TRY400
            return
