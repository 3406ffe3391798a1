"""A misspelt setting would be ignored in silence: names that are nearly those of settings are said."""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING

from tracking.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE, MIN_ALIKE = 0.88, 6
"""The likeness (difflib's ratio) at which a name counts as misspelt. Too many other names are near a short one."""


def misspelt(environment: Iterable[str]) -> list[str]:
    """A warning for each variable that is nearly the name of a setting: a misspelt setting is ignored."""
    known = [field.metadata["name"] for field in dataclasses.fields(Settings)]
    long = [name for name in known if len(name) >= MIN_ALIKE]
    return [
        f"{name} is not a setting and is ignored; did you mean {alike[0]}?"
        for name in sorted({name.removesuffix("_FILE") for name in environment} - {*known})
        if (alike := difflib.get_close_matches(name.upper().removeprefix("FOOTFALL_"), long, n=1, cutoff=ALIKE))
    ]
