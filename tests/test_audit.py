"""The audit of dependencies finds what it is for."""

import runpy
from pathlib import Path

import pytest

audit = runpy.run_path(str(Path(__file__).resolve().parent.parent / "deploy" / "audit.py"))["audit"]
GOOD = "flask==3.1.3 \\\n    --hash=sha256:aa\n    # via footfall\nredis==7.4.1 ; python_version < '4' \\\n    --hash=sha256:bb\n"


def test_pinned_hashed_and_installed_is_well() -> None:
    assert audit({"r.txt": GOOD}, {"flask": "3.1.3", "redis": "7.4.1", "pip": "24"}) == []


@pytest.mark.parametrize(
    ("text", "installed", "said"),
    [
        ("flask>=3\n", {}, "r.txt: not pinned: flask>=3"),
        ("flask==3.1.3\n", {}, "r.txt: no hash: flask"),
        ("limits[redis]==5.8.0 --hash=sha256:aa\n", {}, "r.txt: has an extra: limits[redis]"),
        (GOOD, {"requests": "2"}, "installed, but in no requirements file: requests"),
        (GOOD, {"flask": "3.0.0"}, "installed in another version than pinned: flask 3.0.0"),
    ],
)
def test_what_is_not_is_named(text: str, installed: dict[str, str], said: str) -> None:
    assert audit({"r.txt": text}, installed) == [said]
