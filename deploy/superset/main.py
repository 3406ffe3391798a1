"""Runs Apache Superset on Footfall's data, imports the dashboard, and checks it against the stats API.

It makes a virtual environment of its own (.venv-superset, 1 GB, some minutes the first time), starts Superset on this
machine, imports deploy/superset/export, asks every chart by Superset's API, compares their numbers with those of a
running Footfall, takes a picture of the dashboard and ends Superset again. Exit status 0: all of it passed.

  export BI_DATABASE_URL=…   # what `python -m tracking bi grant superset` printed
  export STATS_TOKEN=…       # the credential of a source with the right `stats`
  deploy/superset/run --api http://127.0.0.1:8000
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from deploy.superset import charts, comparing, installing
from deploy.superset.bundle import Address, address
from deploy.superset.server import USER, Superset, free_port
from deploy.superset.talking import Json
from deploy.superset.told import Steps, SupersetError

ROOT = installing.ROOT
MOST_BYTES = 300_000
STEPS = 7


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/superset/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    seen = "; an argument is seen by everybody on this machine, so prefer the environment"
    parser.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("BI_DATABASE_URL"),
        help=f"what `python -m tracking bi grant NAME` printed; BI_DATABASE_URL in the environment{seen}",
    )
    parser.add_argument(
        "--api",
        metavar="URL",
        default=os.environ.get("FOOTFALL_URL", "http://127.0.0.1:8000"),
        help="the running Footfall on the same database; FOOTFALL_URL in the environment (default: %(default)s)",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("STATS_TOKEN"),
        help=f"credential of a source with the right stats; STATS_TOKEN in the environment{seen}",
    )
    parser.add_argument("--port", type=int, help="of Superset, on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--keep", action="store_true", help="leave Superset running, and say where and as whom to log in"
    )
    parser.add_argument(
        "--home", type=Path, help="of what Superset remembers (default: .superset with --keep, else a temporary folder)"
    )  # fmt: skip
    parser.add_argument(
        "--screenshot", type=Path, default=ROOT / "docs" / "images" / "superset.png", help="(default: %(default)s)"
    )
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv-superset", help="(default: %(default)s)")
    chosen = parser.parse_args()
    if not chosen.database or not chosen.token:
        parser.error("set BI_DATABASE_URL and STATS_TOKEN, or give --database and --token")
    if not chosen.api.startswith(("http://", "https://")):
        parser.error(f"--api must begin with http:// or https://, not {chosen.api!r}")
    return chosen


def chromium() -> str:
    """Raises `SupersetError`."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SupersetError("no Chromium here for the picture: apt-get install chromium, or name one in CHROMIUM")
    return found


def photograph(chosen: argparse.Namespace, superset: Superset, browser: str) -> int:
    """Writes the picture and returns its bytes. Raises `SupersetError`."""
    chosen.screenshot.parent.mkdir(parents=True, exist_ok=True)
    path = chosen.screenshot.resolve()
    command = [
        str(chosen.venv / "bin" / "python"),
        str(installing.HERE / "screenshot.py"),
        superset.url,
        USER,
        str(path),
        browser,
    ]
    done = subprocess.run(command, input=superset.password, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SupersetError(f"no picture could be taken: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
    size: int = path.stat().st_size
    if size > MOST_BYTES:
        raise SupersetError(f"{path} has {size:,} bytes, and the repository takes {MOST_BYTES:,} at most")
    return size


def check(chosen: argparse.Namespace, database: Address, stack: ExitStack) -> tuple[Superset, str]:
    """All steps; the running Superset, and what passed. Raises `SupersetError`."""
    steps, browser = Steps(STEPS), chromium()
    stack.callback(steps.end, "stopped here")
    stats = Json(chosen.api.rstrip("/"), {"Authorization": f"Bearer {chosen.token}"})
    steps.begin("asking the stats API")
    stats.ask("/v1/stats/summary", uniques="false", compare="none")
    steps.begin(f"installing Superset into {chosen.venv}")
    if not installing.is_current(chosen.venv):
        installing.install(chosen.venv)
    home = chosen.home or (
        ROOT / ".superset" if chosen.keep else Path(stack.enter_context(tempfile.TemporaryDirectory()))
    )
    superset = Superset(chosen.venv / "bin", home.resolve(), chosen.port or free_port())
    steps.begin("preparing Superset")
    superset.prepare()
    steps.begin("starting Superset and importing the dashboard")
    superset.start()
    stack.callback(lambda: None if chosen.keep and not sys.exc_info()[0] else superset.stop())
    api = charts.log_in(superset)
    charts.connect(api, database)
    steps.begin("asking every chart")
    answers = charts.asked(api)
    steps.end(f"{len(answers)} answered")
    steps.begin("comparing with the stats API")
    equal = comparing.compare(answers, stats)
    steps.end(f"{equal} numbers are equal")
    steps.begin("taking a picture")
    size = photograph(chosen, superset, browser)
    steps.end()
    found = f"{len(answers)} charts answered, {equal} numbers equal to the stats API"
    return superset, f"passed: {found}, picture of {size // 1000} kB in {chosen.screenshot}"


def main() -> None:
    chosen = options()
    try:
        with ExitStack() as stack:
            superset, passed = check(chosen, address(chosen.database), stack)
            if chosen.keep:
                sys.stdout.write(
                    f"Superset stays at {superset.url}/superset/dashboard/footfall/ (user {USER}, password in "
                    f"{superset.log.parent}/password); kill {superset.pid} ends it\n"
                )
    except SupersetError as error:
        sys.exit(f"deploy/superset/run: {error}")
    except KeyboardInterrupt:
        with suppress(OSError):
            sys.stdout.write("\n")
        sys.exit("deploy/superset/run: stopped")
    sys.stdout.write(f"{passed}\n")
