"""What can be wrong with a lake, each as one sentence for people. This module needs none of the lake's packages."""

from __future__ import annotations

from importlib.util import find_spec

PACKAGES = ("pyarrow", "pyiceberg", "pyiceberg_core")
REQUIREMENTS = "tracking/lake/requirements.txt"


class LakeError(Exception):
    """The lake cannot be read or written now; the message says what, where, and what to do."""


class LostTableError(LakeError):
    """A table lies there, and the catalog does not know it."""


def check_packages() -> None:
    """Raises `LakeError` if the lake's packages are not installed."""
    if said := packages_lacking():
        raise LakeError(said)


def packages_lacking() -> str:
    """What to say if the lake's packages are not installed, else nothing."""
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    return (
        f"LAKE_URL is set, but packages of the lake are not installed ({', '.join(lacking)}); "
        f"pip install --no-deps --require-hashes -r {REQUIREMENTS}"
        if lacking
        else ""
    )
