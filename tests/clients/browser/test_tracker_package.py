"""The tracker as it is built, served and installed: small, and as its sources are."""

from __future__ import annotations

import gzip
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from fixtures.processes import ROOT
from tracking.embedded import node

if TYPE_CHECKING:
    from pathlib import Path

BUDGETS = {"tracker.js": 3 * 1024, "tracker-elements.js": 2 * 1024, "tracker-proof.js": 1536, "tracker-debug.js": 1024}
"""Bytes after gzip. The first is for every page, the others come when they are needed."""
USE = """
import { consent, flush, init, track } from "footfall";

init({ host: "https://footfall.example.com", token: async (key) => ({ token: `fc_${key}` }), views: () => "job:42" });
track("click__apply", "job:42", { list: "search" });
consent(true);
await flush();
// @ts-expect-error a receiver has a type
track("click", "42");
// @ts-expect-error nobody knows this setting
init({ hosts: "x" });
"""


@pytest.mark.parametrize("name", BUDGETS)
def test_a_part_keeps_to_its_budget(name: str) -> None:
    assert len(gzip.compress((ROOT / "tracking/web/static" / name).read_bytes(), 9)) <= BUDGETS[name]


def test_each_setting_is_documented() -> None:
    types = (ROOT / "clients/browser/types/footfall.d.ts").read_text()
    options = re.findall(r"^  (\w+)\?:", types.partition("interface Options")[2].partition("\n}")[0], re.MULTILINE)
    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/tracker.md").read_text(), re.MULTILINE)
    assert [name for name in told if name in options] == options


def test_the_bundles_are_those_of_the_sources(tracker_sources: Path) -> None:
    command = [node.node(), "build.mjs", "--check"]
    done = subprocess.run(command, cwd=tracker_sources, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_types_are_those_of_the_functions(tracker_sources: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "footfall").symlink_to(tracker_sources)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "use.ts").write_text(USE)
    flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom"]
    command = [node.node(), str(tracker_sources / "node_modules/typescript/bin/tsc"), *flags, "use.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    code = 'import("footfall").then((module) => console.log(Object.keys(module).join()))'
    done = subprocess.run([node.node(), "-e", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "consent,flush,init,track\n", done.stderr
