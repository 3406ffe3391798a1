"""Durations, as people type them."""

from __future__ import annotations

import re

import click

DURATION = re.compile(r"([1-9][0-9]{0,6})([smhd])")
LONGEST = 36_500 * 86_400
"""A hundred years: a longer duration leaves the calendar."""
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Duration(click.ParamType[int]):
    """30s, 15m, 12h or 7d, as seconds; with `zero`, also 0."""

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if self._zero and str(value) in {"0", "0s"}:
            return 0
        match = DURATION.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not a duration such as 15m, 12h or 7d", param, ctx)
        seconds = int(match[1]) * SECONDS[match[2]]
        if seconds > LONGEST:
            self.fail(f"{value!r} is longer than {in_words(LONGEST)}", param, ctx)
        return seconds


def in_words(seconds: int) -> str:
    """The duration as it is typed: 86400 is 1d, 90 is 90s."""
    unit = next(unit for unit in reversed(SECONDS) if seconds % SECONDS[unit] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"
