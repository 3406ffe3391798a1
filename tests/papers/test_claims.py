"""What the project papers name exists: commands with their options, benches, endpoints and settings. Each page is on the map."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

from tracking.cli import cli
from tracking.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAPERS = sorted((DOCS / "project").glob("*.md"))
INDEX = (DOCS / "index.md").read_text()
SETTINGS = {field.metadata["name"] for field in fields(Settings)}
NOT_OURS = {
    "DATABASE_URL",
    "TRACING",
    "AWS",
    "NODE",
    "HTTP",
    "JSON",
    "NDJSON",
    "CSV",
    "POST",
    "GET",
    "PUT",
    "DELETE",
    "COPY",
}
PLANNED = {"/v1/creators/{id}"}
COMMAND = re.compile(r"python -m tracking ([a-z][^`\n;|&)]*)")
BENCH = re.compile(r"python -m (bench\.\w+)([^`\n;|)]*)")
PATH = re.compile(r"(?<![\w.])/v1/[a-z][\w/{}.-]*")
BLOCK = re.compile(r"^ *```(\w*)\n", re.MULTILINE)
RUN = {
    "aggregates": {"json", "sh", "sql"},
    "bottlenecks": {"sql"},
    "demo": {"sh"},
    "disputes": {"sql"},
    "endpoints": {"http", "json", "text"},
}
"""The languages of the examples of a page that its test runs; that of the demo is in test_readme.py."""
QUESTION = re.compile(r"^- \[ \] (\d+)\. .+\? \((\S+): (.+)\)$", re.MULTILINE)

pages = pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.stem)


@pages
def test_every_command_exists_with_its_options(page: Path) -> None:
    for line in COMMAND.findall(page.read_text()):
        command: click.Command = cli
        words = line.split()
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words[0]) if words else None
            if found is None:
                assert not words, f"{line}: no {words[0]}"
                break  # a group as a whole
            command, words = found, words[1:]
        known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known | {"--help"}, line


@pages
def test_every_bench_exists_with_its_options(page: Path) -> None:
    for module, line in BENCH.findall(page.read_text()):
        source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text()
        assert [option for option in re.findall(r"--[\w-]+", line) if f'"{option}"' not in source] == [], (module, line)


@pages
def test_every_endpoint_exists_or_is_planned(page: Path, app: Any) -> None:
    known = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert known & PLANNED == set(), "it is built: the papers should say so"
    assert set(PATH.findall(page.read_text())) - known - PLANNED == set()


@pages
def test_every_setting_exists(page: Path) -> None:
    named = set(re.findall(r"`([A-Z]{3,}(?:_[A-Z]+)+)`", page.read_text()))
    assert named - SETTINGS - NOT_OURS == set()


@pages
def test_no_example_is_of_a_kind_that_no_test_runs(page: Path) -> None:
    opened = BLOCK.findall(page.read_text())
    assert set(opened) - {"", "mermaid"} <= RUN.get(page.stem, set())  # "" closes a block


def test_every_page_is_on_the_map() -> None:
    there = {f"{page.relative_to(DOCS)}" for page in [*DOCS.glob("*.md"), *PAPERS]} - {"index.md"}
    assert [page for page in sorted(there) if f"]({page}" not in INDEX] == []


def test_the_twelve_questions_are_answered_by_the_pages_that_they_name() -> None:
    questions = QUESTION.findall(INDEX)
    assert [int(number) for number, _, _ in questions] == list(range(1, 13))
    assert [page for _, page, words in questions if words not in (DOCS / "project" / page).read_text()] == []
