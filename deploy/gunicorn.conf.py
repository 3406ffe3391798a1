"""The configuration of gunicorn. Address and number of workers come from the command line.

gevent: thousands of waiting requests cost a greenlet each. It patches each worker before the worker imports the
application, and with it psycopg. So nothing of `tracking` is imported here, and nothing is preloaded.
`deploy/server/` bounds each connection.
"""

import gc
import logging
import os
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from deploy.server.worker import Worker

worker_class = Worker
worker_connections = 1000
timeout = 30  # of a worker that hangs; head and body of a request have READ_TIMEOUT_SECONDS each
graceful_timeout = 20
keepalive = 75  # longer than a load balancer's idle timeout of 60 s
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
header_map = "drop"  # X_Forwarded_For is not X-Forwarded-For
forwarded_allow_ips = ""  # TRUSTED_HOPS alone decides which proxies are believed
forwarder_headers = ""
control_socket_disable = True
max_requests = 1_000_000
max_requests_jitter = 100_000


def on_starting(_server: object) -> None:
    """Makes the folder of /metrics, where the workers' numbers lie."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="footfall-metrics-")


def on_exit(_server: object) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Gives the worker the first place that is free. It goes on with the numbers of the one that had it before."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in count(1) if place not in taken)


def post_fork(_server: object, worker: Any) -> None:
    os.environ["FOOTFALL_WORKER"] = str(worker.place)


def worker_exit(_server: object, _worker: object) -> None:
    """Keeps what the worker has counted last, in the worker itself; unless its application could not be loaded."""
    if series := sys.modules.get("tracking.telemetry.series"):
        series.flush()


def child_exit(_server: object, worker: Any) -> None:
    """Forgets what a worker had at that moment, as prometheus_client's mark_process_dead does. That is not imported
    here: it would be there, unpatched, in all workers to come.
    """
    for file in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob(f"gauge_live*_{worker.place}.db"):
        file.unlink()


def post_worker_init(_worker: object) -> None:
    """Sends gunicorn's own records where the application's go. And keeps the garbage collector from reading decoded
    bodies again and again: a body of many small lists takes a tenth of the time.
    """
    from tracking.telemetry import flushing  # noqa: PLC0415 - gevent has patched by now

    flushing.begin()
    gc.set_threshold(50_000)
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
