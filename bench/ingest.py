"""Measures how fast events go in: `make bench`, or `python -m bench.ingest --help`. Needs DATABASE_URL and wrk."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.database import FILL, PLAIN, WINDOWED, ceiling, fresh
from tracking import db, environment
from tracking.cli.processes import gunicorn
from tracking.provenance import credentials
from tracking.provenance.sources import add_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
PORT = {"api": 8090, "nothing": 8091}
SINGLES = 256
"""Connections that send single events: with fewer, each waiting for its commit, a part of the CPU has nothing to do."""
BATCHES = 16
TARGETS = {
    "single event / do-nothing app": (">=", 0.70),
    "batches of 500 / same SQL without HTTP": (">=", 0.50),
    "batches of 50 / same SQL without HTTP": (">=", 0.30),
    "batches of 500 without a window / with": ("<=", 1.60),
    "single events without a window / with": ("<=", 1.60),
    "cost per event at 10 million / at none": ("<=", 1.30),
}


@contextmanager
def serving(name: str, application: str) -> Iterator[subprocess.Popen[bytes]]:
    """Gunicorn as Footfall runs it, with two workers."""
    here = environment.load()
    command = [word for word in gunicorn(here) if word != "wsgi:app"]
    command[command.index("--bind") + 1] = f"127.0.0.1:{PORT[name]}"
    command[command.index("--workers") + 1] = "2"
    server = subprocess.Popen([*command, application], cwd=HERE.parent, start_new_session=True)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT[name]}/healthz", timeout=1)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        yield server
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


class Load:
    """wrk, with a run number of its own each time, so that no id comes twice."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._run = 0

    def __call__(
        self, name: str, events: int, connections: int, seconds: float, event: str, pause: float = 0
    ) -> list[float]:
        """(requests/s, p50 ms, p99 ms); stops if a request failed."""
        self._run += 1
        environment = os.environ | {
            "TOKEN": self._token, "EVENTS": str(events), "NAME": event, "RUN": str(self._run), "PAUSE_MS": str(pause)
        }  # fmt: skip
        command = ["wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "10s",
                   "-s", str(HERE / "load.lua"), f"http://127.0.0.1:{PORT[name]}/v1/events"]  # fmt: skip
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        result = next(line for line in said.splitlines() if line.startswith("RESULT")).split()
        if result[4] != "0":
            raise SystemExit(f"{result[4]} requests failed:\n{said}")
        return [float(figure) for figure in result[1:4]]


def rss(server: subprocess.Popen[bytes]) -> int:
    """MB of memory of the largest worker."""
    children = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=True).stdout
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children.split()]
    return max(pages) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; the medians count (default 5)")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement (default 4)")
    parser.add_argument("--stored", type=int, default=10_000_000, help="events for the growth test; 0 leaves it out")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed: apt-get install wrk")
    with fresh("footfall_bench") as dsn:
        figures = measure(dsn, options.rounds, options.seconds)
        if options.stored:
            figures |= grow(dsn, options.rounds, options.stored)
    show(figures)


def measure(dsn: str, rounds: int, seconds: float) -> dict[str, float]:
    here = environment.load()
    engine = db.engine(db.owner_url(here))
    with engine.begin() as connection:
        add_source(connection, "web", key=here.secret_keys[0], rights=["ingest"])
    engine.dispose()
    load = Load(credentials.derive(here.secret_keys[0], "web", 1))
    results: dict[str, list[float]] = {}
    with serving("api", "wsgi:app") as api, serving("nothing", "bench.nothing:app"):
        cases: dict[str, Callable[[], float]] = {
            "do-nothing app, requests/s": lambda: load("nothing", 1, SINGLES, seconds, PLAIN)[0],
            "single event, requests/s": lambda: load("api", 1, SINGLES, seconds, PLAIN)[0],
            "single event with a window, requests/s": lambda: load("api", 1, SINGLES, seconds, WINDOWED)[0],
            "same SQL, 500, events/s": lambda: ceiling(dsn, size=500, name=PLAIN, connections=2, seconds=seconds),
            "same SQL with a window, 500, events/s": lambda: ceiling(
                dsn, size=500, name=WINDOWED, connections=2, seconds=seconds
            ),
            "batches of 500, events/s": lambda: 500 * load("api", 500, BATCHES, seconds, PLAIN)[0],
            "batches of 500 with a window, events/s": lambda: 500 * load("api", 500, BATCHES, seconds, WINDOWED)[0],
            "batches of 50, events/s": lambda: 50 * load("api", 50, BATCHES, seconds, PLAIN)[0],
            "batches of 50 with a window, events/s": lambda: 50 * load("api", 50, BATCHES, seconds, WINDOWED)[0],
        }
        for number in range(rounds):
            for name, case in cases.items():
                results.setdefault(name, []).append(case())
                print(f"round {number + 1}/{rounds}  {name:<42} {results[name][-1]:>10,.0f}", file=sys.stderr)
        medians = {name: statistics.median(runs) for name, runs in results.items()}
        half = medians["single event, requests/s"] / 2
        latency = [load("api", 1, SINGLES, seconds, PLAIN, pause=1000 * SINGLES / half) for _ in range(rounds)]
        medians["half load: requests/s"] = statistics.median(run[0] for run in latency)
        medians["half load: p50 ms"] = statistics.median(run[1] for run in latency)
        medians["half load: p99 ms"] = statistics.median(run[2] for run in latency)
        medians["memory of a worker, MB"] = rss(api)
    return medians


def grow(dsn: str, rounds: int, stored: int) -> dict[str, float]:
    """Microseconds per event on one connection, in an empty table and in a full one."""

    def cost() -> float:
        runs = [ceiling(dsn, size=500, name=PLAIN, connections=1, seconds=2) for _ in range(rounds)]
        return 1e6 / statistics.median(runs)

    with db.connect(db.owner_url(environment.load())) as connection:
        connection.execute("truncate tracking.events")
        connection.execute("checkpoint")  # what was written before is not this measurement's to write out
        empty = cost()
        for done in range(0, stored, 500_000):
            print(f"storing {done:,} of {stored:,}", file=sys.stderr)
            connection.execute(FILL, (min(500_000, stored - done),))
        connection.execute("vacuum analyze tracking.events")
        connection.execute("checkpoint")
        full = cost()
    return {"empty table, µs/event": empty, f"{stored:,} events stored, µs/event": full, "growth": full / empty}


def show(figures: dict[str, float]) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"\n{machine}, {time.strftime('%Y-%m-%d')}\n")
    for name, figure in figures.items():
        print(f"{name:<44} {figure:>12,.1f}")
    ratios = {
        "single event / do-nothing app": figures["single event, requests/s"] / figures["do-nothing app, requests/s"],
        "batches of 500 / same SQL without HTTP": figures["batches of 500, events/s"]
        / figures["same SQL, 500, events/s"],
        "batches of 50 / same SQL without HTTP": figures["batches of 50, events/s"]
        / figures["same SQL, 500, events/s"],
        "batches of 500 without a window / with": figures["batches of 500, events/s"]
        / figures["batches of 500 with a window, events/s"],
        "single events without a window / with": figures["single event, requests/s"]
        / figures["single event with a window, requests/s"],
    }
    if "growth" in figures:
        ratios["cost per event at 10 million / at none"] = figures["growth"]
    print()
    for name, ratio in ratios.items():
        sense, target = TARGETS[name]
        met = ratio >= target if sense == ">=" else ratio <= target
        print(f"{name:<44} {ratio:>12.2f}   target {sense} {target:.2f}   {'met' if met else 'MISSED'}")
    print("\n" + json.dumps({"figures": figures, "ratios": ratios}))


if __name__ == "__main__":
    main()
