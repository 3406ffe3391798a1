"""How many requests a source, a token and an address may make in a minute, by a sliding window.

The memory store counts per worker; with Redis all count together. A Redis that cannot be reached limits nobody:
losing events would be worse than taking too many.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from tracking.errors import Problem

if TYPE_CHECKING:
    from tracking.provenance.grants import Grant

log = structlog.get_logger(__name__)

MINUTE = 60
SIGNATURE = 24
"""So many of a token's last characters tell it from all others, and cannot be used as one."""


class Limits:
    def __init__(self, url: str | None, *, per_token: int, per_address: int) -> None:
        options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5} if url else {}
        storage = storage_from_string(url or "memory://", wrap_exceptions=True, **options)
        self._window = SlidingWindowCounterRateLimiter(storage)
        self._per_token = per_token
        self._per_address = per_address
        self._items: dict[int, RateLimitItemPerMinute] = {}

    def check_address(self, address: str) -> None:
        """Raises `Problem` 429, as `check` does."""
        if self._per_address:
            self._hit(self._per_address, "address", address)

    def check(self, grant: Grant, text: str) -> None:
        """Counts a request of this token or credential. Raises `Problem` 429 with what is allowed, and from when on."""
        if grant.kind != "source" and self._per_token:
            self._hit(self._per_token, "token", text[-SIGNATURE:])
        if grant.policy is not None and grant.policy.rate:
            self._hit(grant.policy.rate, "source", grant.source)

    def _hit(self, rate: int, what: str, key: str) -> None:
        item = self._items.get(rate)
        if item is None:
            item = self._items[rate] = RateLimitItemPerMinute(rate, namespace="footfall")
        try:
            if self._window.hit(item, what, key):
                return
            reset = self._window.get_window_stats(item, what, key).reset_time
        except StorageError as error:
            log.warning("rate limits cannot be counted", error=type(error.storage_error).__name__)
            return
        wait = min(max(1, round(reset - time.time())), MINUTE)
        raise Problem(
            429,
            "too-many-requests",
            f"More than {rate:,} requests a minute from this {what}; wait, and send more events in one request.",
            retry_after=wait,
            headers={  # draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4
                "RateLimit-Policy": f'"{what}";q={rate};w={MINUTE}',
                "RateLimit": f'"{what}";r=0;t={wait}',
            },
        )
