"""Names of sources, as people type them."""

from __future__ import annotations

import re

import click

from tracking.vocabulary import SOURCE_NAME


def checked_name(name: str, parameter: str) -> str:
    """The name of a source; raises `click.BadParameter` for what cannot be one."""
    if not re.fullmatch(SOURCE_NAME, name):
        raise click.BadParameter(
            "lower-case letters, digits, hyphens; a letter first; at most 32", param_hint=parameter
        )
    return name
