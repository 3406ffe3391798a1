"""Timezones by IANA's names, without a machine's own names."""

from __future__ import annotations

import functools
from importlib.resources import files

from marshmallow import ValidationError

UNSET = "Factory"
"""The zone of a machine without a set place (tz database, file `factory`)."""


@functools.cache
def names() -> frozenset[str]:
    """The names in the package tzdata. A machine's folder also has other names, such as `localtime` or `posixrules`."""
    return frozenset((files("tzdata") / "zones").read_text().split()) - {UNSET}


def is_timezone(name: str) -> None:
    """Raises `marshmallow.ValidationError` for a name that is not a timezone on every machine."""
    if name not in names():
        raise ValidationError("not an IANA timezone such as Europe/Berlin")
