"""The pages about backups and upgrades: a test runs each of their lines, or the page says that none does."""

import re
from pathlib import Path

import pytest

from fixtures.clusters import Page
from fixtures.processes import ROOT
from fixtures.readme import BLOCK

PAGES = ("backup.md", "upgrade.md")
TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("name", PAGES)
def test_every_line_is_run_by_a_test(name: str) -> None:
    for heading, blocks in Page(name).headings.items():
        for number in range(len(blocks)):
            assert re.search(rf'"{heading}", {number},', TESTS), f"{name}, {heading}: no test runs block {number}"


@pytest.mark.parametrize("name", PAGES)
def test_what_no_test_runs_is_said_to_be_so(name: str) -> None:
    """Such lines are in blocks of another kind, below a sentence that says it."""
    for section in (ROOT / "docs" / name).read_text().split("\n## "):
        languages = [language for language, _ in BLOCK.findall(section)]
        assert set(languages) <= {"sh", "console"}
        if "console" in languages:
            assert re.search("not run by a test", section.partition("```console")[0], re.IGNORECASE), section[:60]
