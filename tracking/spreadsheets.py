"""Cells of a CSV file that a spreadsheet shows as they are, and does not run."""

from __future__ import annotations

import re
from typing import Any

FORMULA = re.compile(r"""(?:^|(?<=[;\t\r\n]))(?=[ \xa0\u3000"']{0,8}[=+\-@＝＋－＠])|^(?=[\t\r\n])""")  # noqa: RUF001 - so they are
"""The places at which a spreadsheet would begin to read a formula: the beginning of a text, in full width too,
and after a semicolon, a tab or a line's end, which it may take for the end of a cell (OWASP, CSV injection).
"""
NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?\Z")
BOM = "\ufeff"
"""Tells Excel that this is UTF-8."""


def cell(value: Any) -> Any:
    """The value as a cell of CSV: a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if not isinstance(value, str) or NUMBER.match(value):
        return value
    return FORMULA.sub("'", value)
