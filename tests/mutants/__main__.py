"""Plants the bugs of the lists in this folder, one at a time, in a copy, and says which of them no test sees.

`make mutants`, or `PYTHONPATH=tests python -m mutants --help`. Exit status: 0 at 90% killed or more, 1 below, 2 where
an entry is stale or the tests fail without any bug.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from mutants import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENOUGH = 0.9
LENT = (
    ".venv",
    ".venv-spark",
    "tracking/embedded/node_modules",
    "tracking/web/dashboard/node_modules",
    "clients/browser/node_modules",
)
"""What a copy shares with the checkout, as it is large and no bug is planted there."""
WAITS = ("--timeout", "100", "-o", "faulthandler_timeout=130")
"""What waits for ever is not to take as long as it may in `make test`."""
KILLED = {1: "killed", 2: "killed", 3: "killed", 4: "killed"}  # tests fail, or cannot even be imported
NO_TESTS = 5


class Outcome(NamedTuple):
    area: str
    mutant: Mutant
    is_: str
    """`killed`, `hung` (which is killed, too), `survived`, `equivalent`, or `elsewhere`: its tests need the other engine."""
    seconds: float = 0
    by: str = ""


def lists() -> dict[str, list[Mutant]]:
    """Of each area, its bugs."""
    areas = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    return {area: importlib.import_module(f"mutants.{area}").MUTANTS for area in areas}


def planted(mutant: Mutant, text: str) -> str:
    """The file's text with the bug in it. Raises ValueError where the entry no longer fits the file."""
    if (found := text.count(mutant.text)) != 1:
        raise ValueError(f"{mutant.file}: this stands there {found} times, not once: {mutant.text!r}")
    return text.replace(mutant.text, mutant.replacement)


@contextmanager
def a_copy() -> Iterator[Path]:
    """The checkout as it is on the disk, in a folder of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="ff-mutants-") as folder:
        copy = Path(folder)
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        subprocess.run(["git", "init", "-q"], cwd=copy, check=True)  # a test asks git what is of the project
        for name in LENT:
            if (ROOT / name).exists():
                (copy / name).symlink_to(ROOT / name)
        yield copy


def run(copy: Path, tests: tuple[str, ...], limit: float, *options: str) -> tuple[int | None, str]:
    """Pytest's exit status, None where it had to be killed after `limit` seconds, and what it said."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *WAITS, *options, *tests]
    # without bytecode: a bug as long as the text it replaces, planted within the same second, would not be compiled
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, cwd=copy, env=env, stdout=said, stderr=said, start_new_session=True) as process,
    ):
        try:
            status: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        said.seek(0)
        return status, said.read().decode(errors="replace")


def try_one(area: str, mutant: Mutant, copy: Path, limit: float) -> Outcome:
    file = copy / mutant.file
    before = file.read_text()
    start = time.monotonic()
    file.write_text(planted(mutant, before))
    try:
        status, said = run(copy, mutant.tests, limit, "-x")
    finally:
        file.write_text(before)
    hung = status is None or "from pytest-timeout" in said or "Timeout (0:" in said
    is_ = "hung" if hung else "elsewhere" if status == NO_TESTS else KILLED.get(status or 0, "survived")
    by = next((line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))), "")
    return Outcome(area, mutant, is_, round(time.monotonic() - start, 1), by)


def try_all(chosen: list[tuple[str, Mutant]], jobs: int, limit: float, console: Console) -> list[Outcome]:
    """Each in a copy that it has for itself."""
    copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        ExitStack() as stack,
        Progress(*columns, TimeRemainingColumn(), console=console) as progress,
        ThreadPoolExecutor(jobs) as pool,
    ):
        for _ in range(jobs):
            copies.put(stack.enter_context(a_copy()))
        task = progress.add_task("planting", total=len(chosen))

        def one(area: str, mutant: Mutant) -> Outcome:
            copy = copies.get()
            try:
                outcome = try_one(area, mutant, copy, limit)
            finally:
                copies.put(copy)
            progress.advance(task)
            if outcome.is_ == "survived":
                progress.print(f"survived: {mutant.file}: {mutant.breaks}", markup=False)
            return outcome

        return list(pool.map(lambda pair: one(*pair), chosen))


def report(outcomes: list[Outcome], console: Console) -> float:
    """Prints what survived and the share killed of each area; returns the share of all."""
    survivors = Table("file", "planted", "what people would see", title="Survivors", title_justify="left")
    for _, mutant, is_, *_ in outcomes:
        if is_ == "survived":
            survivors.add_row(mutant.file, f"{mutant.text.strip()}\n→ {mutant.replacement.strip()}", mutant.breaks)
    if survivors.row_count:
        console.print(survivors, markup=False)
    for _, mutant, is_, *_ in outcomes:
        if is_ == "equivalent":
            console.print(f"equivalent, not counted: {mutant.file}: {mutant.equivalent}", markup=False)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        counts[outcome.area][outcome.is_] += 1
        counts["all"][outcome.is_] += 1
    areas = Table("area", "killed", "of them hung", "survived", "equivalent", "other engine's", "share killed")
    for area, found in sorted(counts.items(), key=lambda one: one[0] == "all"):
        killed, of = found["killed"] + found["hung"], found["killed"] + found["hung"] + found["survived"]
        numbers = (killed, found["hung"], found["survived"], found["equivalent"], found["elsewhere"])
        areas.add_row(area, *map(str, numbers), f"{killed / of:.0%}" if of else "none")
    console.print(areas)
    killed, survived = counts["all"]["killed"] + counts["all"]["hung"], counts["all"]["survived"]
    return killed / (killed + survived) if killed + survived else 1.0


@click.command()
@click.option("--area", multiple=True, help="Only this list; may be given again.")
@click.option("--only", default="", help="Only the bugs with this in their file, text or sentence.")
@click.option("--jobs", default=1, show_default=True, help="How many at once; an embedded engine takes 0.4 GB each.")
@click.option("--limit", default=300.0, show_default=True, help="Seconds after which a run is hung.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def main(area: tuple[str, ...], only: str, jobs: int, limit: float, as_json: bool) -> None:
    """Plant bugs and see whether the tests notice."""
    console = Console(stderr=as_json)
    chosen = [
        (name, mutant)
        for name, mutants in lists().items()
        for mutant in mutants
        if (not area or name in area) and only in f"{mutant.file}\n{mutant.text}\n{mutant.breaks}"
    ]
    try:
        for _, mutant in chosen:
            planted(mutant, (ROOT / mutant.file).read_text())
    except ValueError as error:
        console.print(f"stale: {error}", markup=False)
        sys.exit(2)
    tried = [pair for pair in chosen if not pair[1].equivalent]
    tests = tuple(sorted({test for _, mutant in tried for test in mutant.tests}))
    with a_copy() as copy:
        status, said = run(copy, tests, limit * len(tests)) if tests else (NO_TESTS, "")
    if status not in {0, NO_TESTS}:
        console.print(said, "The tests must pass before anything is planted.", markup=False)
        sys.exit(2)
    outcomes = try_all(tried, jobs, limit, console)
    outcomes += [Outcome(name, mutant, "equivalent") for name, mutant in chosen if mutant.equivalent]
    share = report(outcomes, console)
    if as_json:
        told = [one._asdict() | {"mutant": one.mutant._asdict()} for one in outcomes]
        click.echo(json.dumps({"share": round(share, 4), "outcomes": told}, indent=2, ensure_ascii=False))
    sys.exit(share < ENOUGH)


if __name__ == "__main__":
    main()
