"""The plan of the house: where each module lives, and what it may lean on."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from fixtures.order import LONG

ROOT = Path(__file__).resolve().parent.parent

FLOORS = (
    ("tracking.embedded", "the engine that a demo and tests run on"),
    ("ground", "single modules: words, settings, problems, the database"),
    ("tracking.telemetry", "what operators see: numbers and traces"),
    ("tracking.provenance", "who sends, and with which rights"),
    ("tracking.catalogue", "what is known of names and receivers"),
    ("tracking.ingest", "JSON becomes events, events become rows, rows are written once"),
    ("tracking.queues", "between the API and the writer, where a queue is in front"),
    ("tracking.imports", "files of events and access logs, by the same way in"),
    ("tracking.trails", "who did what, when, receiver by receiver, packed"),
    ("tracking.aggregates", "refresh, compression and retention of the counts"),
    ("tracking.peers", "receivers beside similar ones, counted each night"),
    ("tracking.stats", "questions and their answers"),
    ("tracking.notifications", "what people are told, once: rules, outbox, delivery"),
    ("tracking.alarms", "trackers that broke: found by what arrives, and told"),
    ("tracking.exports", "stored events in order of arrival: for a file, for the lake"),
    ("tracking.live", "events as they arrive, for those who send them"),
    ("tracking.bi", "the star schema of marketing, its people and attributes, and who reads it by SQL"),
    ("tracking.lake", "history as Iceberg tables, a day of arrival at a time"),
    ("tracking.restoring", "exports and the lake, put back as they were"),
    ("tracking.web", "pages, documents, and the layers around Flask"),
    ("tracking.conformance", "the vectors of the counting standard, and a deployment held against them"),
    ("tracking.demo", "the traffic of a recruitment platform, made up"),
    ("roof", "the application: what it shares, and create_app()"),
    ("tracking.cli", "one file a command"),
    ("deploy", "the web server that runs it"),
    ("jobs", "the scheduler process"),
)
"""From the ground up. A module imports from its own floor and from those below."""

GROUND = {f"tracking.{path.stem}" for path in (ROOT / "tracking").glob("*.py")}
ROOF = {"tracking.app", "tracking.wiring", "wsgi"}
ABOVE = {"tracking.__main__": "tracking.cli"}
"""`python -m tracking`."""

SERVICES = "tracking.services"
"""The one module that names, as types only, what lies above it: what the views of a process share."""

MOST_LINES = 300
SOURCES = ("tracking", "jobs", "deploy", "sql", "tests", "bench", "docs", "clients")
NOT_OURS = {"node_modules", "static", "package-lock.json", "data"}


class Arrow(NamedTuple):
    user: str
    used: str
    is_type: bool
    """Whether it is imported for a type checker only."""


@cache
def modules() -> dict[str, Path]:
    files = [ROOT / "wsgi.py"]
    files += [file for top in ("tracking", "jobs", "deploy") for file in (ROOT / top).rglob("*.py")]
    return {name_of(file): file for file in files if not NOT_OURS & set(file.parts)}


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def arrows() -> list[Arrow]:
    known = modules()
    return [Arrow(name, used, is_type) for name, file in known.items() for used, is_type in imported(file, known)]


def imported(file: Path, known: dict[str, Path]) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(file.read_text())
    guarded = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    types = {id(inner) for node in guarded for inner in ast.walk(node)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in whole]
        yield from ((name, id(node) in types) for name in names if name in known)


def floor(module: str) -> int:
    module = ABOVE.get(module, module)
    room = (
        "roof" if module in ROOF else "ground" if module in GROUND | {"tracking"} else ".".join(module.split(".")[:2])
    )
    room = room if room.startswith("tracking") else room.partition(".")[0]
    return [name for name, _ in FLOORS].index(room)


def test_no_file_leans_on_one_that_leans_on_it() -> None:
    """Whatever the import is for: files that name each other are one thought in two places."""
    used: dict[str, set[str]] = {name: set() for name in modules()}
    for arrow in arrows():
        used[arrow.user] |= {arrow.used} - {arrow.user}
    while leaves := [name for name, others in used.items() if not others & used.keys()]:
        for name in leaves:
            del used[name]
    assert used == {}, "each of these is in a circle, or leans on one"


def test_nothing_leans_on_a_floor_above() -> None:
    back = [arrow for arrow in arrows() if floor(arrow.user) < floor(arrow.used)]
    assert [arrow for arrow in back if not (arrow.is_type and arrow.user == SERVICES)] == []


def test_every_module_has_a_floor() -> None:
    rooms = {floor(module) for module in modules()}
    assert rooms == set(range(len(FLOORS)))


@pytest.mark.parametrize("top", SOURCES)
def test_no_file_is_long(top: str) -> None:
    files = [file for kind in ("py", "sql", "js", "mjs", "css", "php") for file in (ROOT / top).rglob(f"*.{kind}")]
    lengths = {file: len(file.read_text().splitlines()) for file in files if not NOT_OURS & set(file.parts)}
    assert {str(file.relative_to(ROOT)): lines for file, lines in lengths.items() if lines >= MOST_LINES} == {}


def test_the_files_that_run_first_are_there() -> None:
    assert [name for name in LONG if not (ROOT / "tests" / name).exists()] == []
