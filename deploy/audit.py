"""Checks the dependencies without a network: each is pinned, hashed, and installed in that version.

None has an extra: an extra asks for packages of its own, and pip would look for their newest release.

`make lint` runs it. A check for known vulnerabilities needs a network:
`uvx pip-audit --require-hashes -r requirements.txt`.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = (
    "requirements.txt", "tracking/embedded/requirements.txt", "tracking/lake/requirements.txt",
    "tracking/telemetry/requirements.txt", "tests/requirements.txt",
)  # fmt: skip
ELSEWHERE = (
    "deploy/aws/requirements.txt", "deploy/dbt/requirements.txt", "deploy/superset/requirements.txt",
    "tests/spark/build.txt", "tests/spark/requirements.txt",
)  # fmt: skip
"""Lists of environments of their own."""
PINNED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<extra>\[[^]]*\])?==(?P<version>[^ ;\\]+)")
NOT_PINNED_BY_US = {"pip", "setuptools", "wheel", "footfall"}


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def audit(files: dict[str, str], installed: dict[str, str]) -> list[str]:
    """The faults, a line each; `files` by name, versions `installed` by package."""
    faults: list[str] = []
    pins: dict[str, set[str]] = {}
    for file, text in files.items():
        for entry in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)):
            if not entry.strip():
                continue
            match = PINNED.match(entry)
            if match is None:
                faults.append(f"{file}: not pinned: {entry.splitlines()[0]}")
                continue
            if "--hash=sha256:" not in entry:
                faults.append(f"{file}: no hash: {match['name']}")
            if match["extra"]:
                faults.append(f"{file}: has an extra: {match['name']}{match['extra']}")
            pins.setdefault(name_of(match["name"]), set()).add(match["version"])
    for package, version in sorted(installed.items()):
        if package not in pins:
            faults += [] if package in NOT_PINNED_BY_US else [f"installed, but in no requirements file: {package}"]
        elif version not in pins[package]:
            faults.append(f"installed in another version than pinned: {package} {version}")
    return faults


def main() -> int:
    installed = {name_of(one.metadata["Name"]): one.version for one in metadata.distributions()}
    faults = audit(_texts(FILES), installed) + audit(_texts(ELSEWHERE), {})
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


def _texts(files: tuple[str, ...]) -> dict[str, str]:
    return {file: (ROOT / file).read_text() for file in files}


if __name__ == "__main__":
    sys.exit(main())
