"""What can be wrong with a lake, each as one sentence for people."""

from __future__ import annotations

REQUIREMENTS = "tracking/lake/requirements.txt"


class LakeError(Exception):
    """The lake cannot be read or written now; the message says what, where, and what to do."""


def lacks_packages(error: ImportError) -> LakeError:
    """What to say where the lake's packages are not installed."""
    return LakeError(
        f"LAKE_URL is set, but the lake's packages are not installed (no {error.name}); "
        f"pip install --no-deps --require-hashes -r {REQUIREMENTS}"
    )
