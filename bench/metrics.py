"""Measures what /metrics costs each request: `python -m bench.metrics --help`. Needs DATABASE_URL for the second part.

In a process like a worker's: patched by gevent, with prometheus-client's values in files that are flushed all the time.
First the layer alone, around an application that does nothing, beside the same with prometheus-client called directly.
Then `POST /v1/events` with one event, with and without all that is counted of it, in turn.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import tempfile  # noqa: E402

FOLDER = tempfile.TemporaryDirectory(prefix="footfall-bench-")
os.environ |= {"PROMETHEUS_MULTIPROC_DIR": FOLDER.name, "FOOTFALL_WORKER": "1"}

import argparse  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402
from unittest import mock  # noqa: E402

from flask import Flask  # noqa: E402

from bench.database import PLAIN, fresh  # noqa: E402
from tracking import db, environment, logs  # noqa: E402
from tracking.app import create_app  # noqa: E402
from tracking.provenance import credentials  # noqa: E402
from tracking.provenance.sources import add_source  # noqa: E402
from tracking.telemetry import flushing, series  # noqa: E402
from tracking.telemetry.tallies import Counts, Spread  # noqa: E402
from tracking.web.watched import Watched  # noqa: E402

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LABELS = ("/v1/events", "POST", "2xx")


def nothing(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    environ[logs.ROUTE] = "/v1/events"
    start_response("200 OK", [])
    return []


def directly(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """The same with one histogram of prometheus-client, its series resolved beforehand."""
    begun = time.perf_counter()

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        CHILD.observe(time.perf_counter() - begun)
        return start_response(status, headers, exc_info)

    return nothing(environ, start)


CHILD = series.REQUESTS._histogram.labels(*LABELS)  # noqa: SLF001


def answered(*_: object) -> Any:
    return None


def seconds_of(application: WSGIApplication, environs: list[dict[str, Any]]) -> float:
    """Seconds of this process' CPU a request: others use the machine, too."""
    begun = time.process_time()
    for environ in environs:
        application(environ, answered)
    return (time.process_time() - begun) / len(environs)


def alone(rounds: int) -> None:
    app = Flask("bench")
    app.extensions["footfall"] = mock.Mock(settings=mock.Mock(log_one_of=100))
    logs.configure("error")
    cases: dict[str, WSGIApplication] = {"none": nothing, "layer": Watched(nothing, app), "directly": directly}
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, application in cases.items():
            made = [{"REQUEST_METHOD": "POST", "PATH_INFO": "/v1/events"} for _ in range(20_000)]
            found[name].append(seconds_of(application, made))
            time.sleep(flushing.EVERY)
    none, layer, direct = (1e6 * statistics.median(found[name]) for name in cases)
    print(f"the layer                          {layer - none:6.2f} µs a request")
    print(f"prometheus-client called directly  {direct - none:6.2f} µs a request")


def posts(credential: str, number: int) -> list[dict[str, Any]]:
    made = []
    for _ in range(number):
        event = {
            "id": str(uuid.uuid4()), "name": PLAIN, "receiver": "job:42", "creator": f"user-{uuid.uuid4()}",
            "occurred_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        body = json.dumps({"events": [event]}).encode()
        made.append(
            {
                "REQUEST_METHOD": "POST", "PATH_INFO": "/v1/events", "QUERY_STRING": "", "SERVER_NAME": "localhost",
                "SERVER_PORT": "80", "wsgi.url_scheme": "http", "CONTENT_LENGTH": str(len(body)),
                "HTTP_AUTHORIZATION": f"Bearer {credential}", "wsgi.input": io.BytesIO(body),
            }
        )  # fmt: skip
    return made


def whole(rounds: int) -> None:
    with fresh("footfall_metrics"), Path(os.devnull).open("w") as nowhere:
        here = environment.load()
        engine = db.engine(db.owner_url(here))
        with engine.begin() as connection:
            add_source(connection, "web", key=here.secret_keys[0], rights=["ingest"])
        engine.dispose()
        credential = credentials.derive(here.secret_keys[0], "web", 1)
        app = create_app(here)
        logging.getLogger().handlers[0].setStream(nowhere)  # type: ignore[attr-defined]  # made, and not seen
        watched: Any = app.wsgi_app
        both: tuple[list[float], list[float]] = [], []
        for number in range(10 * rounds + 1):
            with_ = seconds_of(watched, posts(credential, 50))
            with ExitStack() as stack:
                for tally in (Counts, Spread):
                    stack.enter_context(mock.patch.object(tally, "add", answered))
                stack.enter_context(mock.patch.object(series, "events", answered))
                without = seconds_of(watched._wsgi, posts(credential, 50))  # noqa: SLF001
            if number:  # the first only warms up
                both[0].append(with_)
                both[1].append(without)
        app.extensions["footfall"].close()
    counted, uncounted = (1e6 * statistics.median(each) for each in both)
    print(f"POST /v1/events with, without      {counted:6.0f} µs, {uncounted:.0f} µs: {counted / uncounted:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, help="interleaved; the medians count (default 25)")
    options = parser.parse_args()
    flushing.begin()
    alone(options.rounds)
    whole(options.rounds)


if __name__ == "__main__":
    main()
