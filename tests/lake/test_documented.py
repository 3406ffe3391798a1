"""docs/lake.md: what it shows runs as it stands there, and what is meant for AWS is at least well formed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fixtures.processes import ROOT, environment
from fixtures.readme import BLOCK
from tracking.settings import Settings

PAGE = (ROOT / "docs/lake.md").read_text()


def blocks(heading: str) -> list[tuple[str, str]]:
    """The language and text of each block of a section."""
    section = PAGE[PAGE.index(f"\n## {heading}") + 1 :]
    return BLOCK.findall(section[: section.find("\n## ", 1)])


def test_duckdb_counts_as_the_page_shows(
    lake: Settings, arrived: Callable[..., None], footfall: Any, place: str, tmp_path: Path
) -> None:
    arrived()
    footfall("lake", "write", LAKE_URL=place)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    ((_, script),) = blocks("On a laptop")
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=tmp_path,
        env=environment(lake, LAKE_URL=place),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [re.findall(r"[^│\s]+", line) for line in done.stdout.splitlines() if "job" in line]
    assert [row[1:] for row in rows] == [["job", "42", "click__apply", "1", "1"], ["job", "42", "view", "1", "1"]]


def test_the_policy_and_the_command_for_aws_are_well_formed() -> None:
    ((_, policy),) = [block for block in blocks("Set it up") if block[0] == "json"]
    actions = [action for statement in json.loads(policy)["Statement"] for action in statement["Action"]]
    assert "s3:PutObject" in actions
    (_, commands) = blocks("With Spark")[1]
    driver = json.loads(commands[commands.index("'{") + 1 : commands.rindex("}'") + 1])["sparkSubmit"]
    program = (ROOT / "jobs/lake/spark_counts.py").read_text()
    given = [argument for argument in driver["entryPointArguments"] if argument.startswith("--")]
    assert given
    assert all(f'"{option}"' in program for option in given)
