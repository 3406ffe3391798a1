"""Which web pages may send: origins, as browsers name them."""

from __future__ import annotations

import re

ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")


def is_origin(text: str) -> bool:
    """Scheme, host and port as in an Origin header: RFC 6454, section 7; never `null`, never a pattern."""
    return ORIGIN.fullmatch(text) is not None
