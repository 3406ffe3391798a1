"""Bugs of the kind that a tired engineer writes. `make mutants` plants them one at a time, in a copy, and the tests must notice."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """One bug, and who should see it."""

    file: str
    """From the root of the repository."""
    text: str
    """Stands exactly once in the file."""
    replacement: str
    breaks: str
    """A sentence: what people would see."""
    tests: tuple[str, ...]
    """The files or folders that should fail, as narrow as is honest."""
    equivalent: str = ""
    """Why no test can see it. Then it is counted apart."""
