"""How many requests a source, a token and an address may make in a minute, by a sliding window.

In memory each worker counts for itself; with Redis all count together. A Redis that cannot be reached limits nobody:
losing events would be worse than taking too many.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Protocol

import structlog
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from tracking.errors import Problem

if TYPE_CHECKING:
    from tracking.provenance.grants import Grant

log = structlog.get_logger(__name__)

MINUTE = 60
MAX_KEYS = 100_000
SIGNATURE = 24
"""So many of a token's last characters tell it from all others, and cannot be used as one."""


class Window(Protocol):
    def hit(self, rate: int, key: str) -> float:
        """Counts a request, if that is within the rate: 0; else the seconds after which one is."""


class Memory:
    """Sliding windows of this process, at 1 µs a request; the same reckoning as that of `limits`, which takes 9.

    Of the last sixty seconds, this minute's requests count in full, and those of the minute before by the part of it
    that still lies within.
    """

    def __init__(self) -> None:
        self._counts: dict[str, list[float]] = {}

    def hit(self, rate: int, key: str) -> float:
        minute, into = divmod(time.time(), MINUTE)
        found = self._counts.get(key)
        if found is None:
            if len(self._counts) >= MAX_KEYS:
                self._forget(minute)
            found = self._counts[key] = [minute, 0, 0]
        elif found[0] != minute:
            found[:] = [minute, 0, found[1] if found[0] == minute - 1 else 0]
        _, count, before = found
        if count + before * (MINUTE - into) / MINUTE > rate - 1:
            if count < rate:  # until enough of the minute before is out of sight
                return max(1.0, MINUTE * (1 - (rate - 1 - count) / before) - into)
            return max(1.0, MINUTE - into + MINUTE * (1 - (rate - 1) / count))  # and so with this one, when it is over
        found[1] += 1
        return 0.0

    def _forget(self, minute: float) -> None:
        self._counts = {key: found for key, found in self._counts.items() if found[0] >= minute - 1}
        if len(self._counts) >= MAX_KEYS:
            self._counts.clear()


class Redis:
    """Sliding windows that all workers share."""

    def __init__(self, url: str) -> None:
        storage = storage_from_string(url, wrap_exceptions=True, socket_timeout=0.5, socket_connect_timeout=0.5)
        assert isinstance(storage, Storage)  # noqa: S101 - not an async one, as its URL would say
        self._window = SlidingWindowCounterRateLimiter(storage)

    def hit(self, rate: int, key: str) -> float:
        item = RateLimitItemPerMinute(rate, namespace="footfall")
        try:
            if self._window.hit(item, key):
                return 0.0
            return min(max(1.0, self._window.get_window_stats(item, key).reset_time - time.time()), MINUTE)
        except StorageError as error:
            log.warning("rate limits cannot be counted", error=type(error.storage_error).__name__)
            return 0.0


class Limits:
    def __init__(self, url: str | None, *, per_token: int, per_address: int) -> None:
        self._window: Window = Redis(url) if url else Memory()
        self._per_token = per_token
        self._per_address = per_address

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
        wait = math.ceil(self._window.hit(rate, f"{what} {key}"))
        if not wait:
            return
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
