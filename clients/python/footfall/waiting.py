"""How long to wait before a request is sent again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST, LONGEST = 1.0, 60.0
"""Seconds: the wait after the first failure doubles with each one up to the longest."""
MOST = 3_600.0
"""Seconds that `Retry-After` is believed at most."""


def pause(failures: int) -> float:
    """Seconds: half of the doubled wait, and a random part of the rest, so that clients do not come all at once."""
    doubled = min(LONGEST, FIRST * 2.0 ** min(failures - 1, 10))
    return doubled * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def least(retry_after: str) -> float:
    """Seconds that the server asks for (RFC 9110, section 10.2.3: seconds, or a date); 0 if it asks for none."""
    text = retry_after.strip()
    if text.isdecimal() and len(text) < 10:
        return min(float(text), MOST)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), MOST)
    except Exception:  # noqa: BLE001 - the parser raises of many kinds, and a header may hold anything
        return 0.0
