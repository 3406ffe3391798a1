"""An install resolves nothing: the lists are complete, and every command takes them as they are."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fixtures.lists import applies, listed
from tracking.embedded import node

ROOT = Path(__file__).resolve().parent.parent
AUDIT = runpy.run_path(str(ROOT / "deploy" / "audit.py"))
RUNTIME, EMBEDDED, LAKE, TRACING, TESTS = AUDIT["FILES"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ASKED = {
    RUNTIME: PROJECT["project"]["dependencies"],
    EMBEDDED: PROJECT["dependency-groups"]["embedded"],
    LAKE: PROJECT["dependency-groups"]["lake"],
    TRACING: PROJECT["dependency-groups"]["tracing"],
    TESTS: PROJECT["dependency-groups"]["dev"],
}


def needed(asked: list[str]) -> list[Requirement]:
    """What is asked for, and all that this asks for in turn, extras included."""
    found: dict[str, Requirement] = {}
    waiting = [Requirement(one) for one in asked]
    while waiting:
        one = waiting.pop()
        if str(one) in found:
            continue
        found[str(one)] = one
        theirs = [Requirement(text) for text in metadata.requires(one.name) or []]
        waiting += [its for its in theirs if any(applies(its, extra) for extra in ("", *one.extras))]
    return list(found.values())


@pytest.mark.parametrize(
    "files",
    [(RUNTIME,), (EMBEDDED,), (RUNTIME, LAKE), (RUNTIME, TRACING), (RUNTIME, EMBEDDED, LAKE, TRACING, TESTS)],
    ids=" ".join,
)
def test_a_list_has_all_that_its_packages_need_in_versions_they_take(files: tuple[str, ...]) -> None:
    pins = listed(*files)
    wanted = needed([one for file in files for one in ASKED[file]])
    assert [str(one) for one in wanted if canonicalize_name(one.name) not in pins] == []
    assert [str(one) for one in wanted if not one.specifier.contains(pins[canonicalize_name(one.name)])] == []
    assert pins.keys() - {canonicalize_name(one.name) for one in wanted} == set(), "in the list, and needed by nobody"


@pytest.mark.parametrize("file", AUDIT["FILES"])
def test_every_line_is_one_version_with_its_hashes_and_no_extra(file: str) -> None:
    assert AUDIT["audit"]({file: (ROOT / file).read_text()}, {}) == []


def installs(file: str) -> list[str]:
    """The commands of the file that install packages, variables of make put in."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    named = dict(re.findall(r"^([A-Z]+) *:= *(.*)$", text, re.MULTILINE))
    lines = [line for line in text.splitlines() if not re.match(r"#|[A-Z]+ *[:?]?= ", line)]
    told = [re.sub(r"\$\((INSTALL|CHECK)\)", lambda found: named[found[1]], line) for line in lines]
    return [line for line in told if re.search(r"\bpip\b.* (install|check)\b", line)]


def test_lists_that_are_installed_together_agree() -> None:
    every = [listed(file) for file in AUDIT["FILES"]]
    assert {name: {pins[name] for pins in every if name in pins} for pins in every for name in pins} == {
        name: {version} for pins in every for name, version in pins.items()
    }


@pytest.mark.parametrize(
    ("file", "asked", "theirs"),
    [
        (LAKE, "${LAKE:+-r /tmp/lake.txt}", "pyiceberg"),
        (TRACING, "${TRACING:+-r /tmp/tracing.txt}", "opentelemetry-sdk"),
    ],
)
def test_only_who_asks_for_a_lake_or_for_traces_gets_their_packages(file: str, asked: str, theirs: str) -> None:
    """The demo does not, nor does an image that was built without them."""
    with_them = [line for line in installs("Makefile") if file in line]
    assert [TESTS in line for line in with_them] == [True]
    (image,) = installs("Dockerfile")
    assert image.count(Path(asked.partition("/tmp/")[2][:-1]).stem) == image.count(asked) == 1
    assert theirs in listed(file)
    assert theirs not in listed(RUNTIME) | listed(EMBEDDED)


@pytest.mark.parametrize(("file", "count"), [("Makefile", 6), ("Dockerfile", 1)])
def test_every_command_that_installs_takes_the_list_as_it_is_and_checks_it(file: str, count: int) -> None:
    told = " ; ".join(installs(file))
    commands = re.findall(r"pip\b[^;&|]* install\b[^;&|]*", told)
    assert len(commands) == count
    for option in ("--no-deps", "--require-hashes", "--only-binary :all:", "-r "):
        assert [command for command in commands if option not in command] == []
    after = re.split(r"pip\b[^;&|]* install\b", told)[1:]
    lists = [rest for rest in after if "build.txt" not in rest]  # that is what only builds another
    assert all(re.search(r"pip\b[^;&|]* check\b", rest) for rest in lists)


FOLDERS = {
    "engine": node.HERE,
    "dashboard": ROOT / "tracking" / "web" / "dashboard",
    "diagrams": ROOT / "docs" / "diagrams",
    "SDKs": ROOT / "tests" / "clients" / "sdks",
}


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_npm_is_told_every_version_and_hash(folder: Path) -> None:
    """`npm ci` installs what the lock file says; it stops where package.json asks for something else."""
    asked = json.loads((folder / "package.json").read_text())
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    ours = lock.pop("")
    for kind in ("dependencies", "devDependencies"):
        assert ours.get(kind) == asked.get(kind)
    assert [name for name, one in lock.items() if not one.get("integrity", "").startswith("sha512-")] == []
    assert "npm ci --ignore-scripts" in (ROOT / "Makefile").read_text()
