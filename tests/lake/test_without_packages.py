"""Who needs no lake installs none of it: everything else works, and nothing looks for its packages at the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from fixtures.processes import ROOT, environment
from test_install import EMBEDDED, LAKE, RUNTIME, listed
from tracking.settings import Settings

Run = Any


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with those that `make demo` installs, and no others."""
    folder = tmp_path_factory.mktemp("packages")
    for name in listed(RUNTIME, EMBEDDED):
        for file in metadata.distribution(name).files:
            top = file.parts[0]
            if top != ".." and not (folder / top).exists():
                (folder / top).symlink_to(Path(file.locate()).parents[len(file.parts) - 1] / top)
    return folder


@pytest.fixture
def run(settings: Settings, engine: object, bare: Path) -> Run:
    """Runs `python …` with those packages only."""

    def run(*arguments: str, exits: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        env = environment(settings, **more) | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(bare)])}
        done = subprocess.run(
            [sys.executable, "-S", *arguments],
            env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == exits, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_these_are_not_installed_there(run: Run) -> None:
    for package in ("pyarrow", "pyiceberg"):
        assert package in listed(LAKE)
        run("-c", f"import importlib.util as u; assert u.find_spec({package!r}) is None")


def test_the_api_the_jobs_and_the_command_line_start(run: Run) -> None:
    run(
        "-c",
        "import wsgi; from tracking.app import create_app; from tracking.environment import load; create_app(load())",
    )
    for job in ("write the lake", "expire the lake"):
        assert run("-m", "jobs", "--once", job).stdout.startswith(f"{job}: ok")
    run("-m", "tracking", "ledger")
    run("-m", "tracking", "lake", "--help")


def test_the_lake_says_what_to_install(run: Run, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/lake"
    said = run("-m", "tracking", "lake", "write", LAKE_URL=url, exits=2).stderr
    assert "packages of the lake are not installed (pyarrow, pyiceberg, pyiceberg_core)" in said
    assert "-r tracking/lake/requirements.txt" in said
    assert "not installed" in run("-m", "jobs", "--once", "write the lake", LAKE_URL=url, exits=1).stdout
    findings = json.loads(run("-m", "tracking", "doctor", "--json", LAKE_URL=url, exits=1).stdout)
    (lake,) = [one for one in findings if one["check"] == "lake"]
    assert not lake["ok"]
    assert "not installed" in lake["says"]


def test_with_them_nothing_loads_them_at_the_start(settings: Settings) -> None:
    """They would take a second and a hundred megabytes."""
    heavy = "pyarrow", "pyiceberg", "boto3", "botocore"
    program = (
        "import sys, wsgi, jobs.schedule, tracking.app, tracking.cli.lake, tracking.cli.doctor\n"
        f"sys.exit(', '.join(name for name in {heavy!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(settings), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
