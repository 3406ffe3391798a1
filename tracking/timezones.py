"""Timezones by the names that IANA gives them, and no machine of its own."""

from __future__ import annotations

import functools
from importlib.resources import files

from marshmallow import ValidationError

UNSET = "Factory"
"""What a machine has until somebody says where it is (tz database, file `factory`)."""


@functools.cache
def names() -> frozenset[str]:
    """As the package tzdata lists them: the machine's folder has others beside them, `localtime` or `posixrules`."""
    return frozenset((files("tzdata") / "zones").read_text().split()) - {UNSET}


def is_timezone(name: str) -> None:
    """Raises `marshmallow.ValidationError` for what is no name of a timezone everywhere."""
    if name not in names():
        raise ValidationError("not an IANA timezone such as Europe/Berlin")
