"""Limits the requests, events and bytes that a source, a token and an address may send in a minute (sliding).

A token may use up its own budget, and no more than a part of its source's: docs/decisions/0022.

In memory each worker counts for itself; with Redis all count together. A Redis that cannot be reached limits nobody:
losing events would be worse than taking too many.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Protocol

import structlog
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from tracking.errors import Problem
from tracking.provenance.addresses import party
from tracking.settings import SettingsError
from tracking.telemetry.series import RATE_LIMITED

if TYPE_CHECKING:
    from tracking.provenance.grants import Grant
    from tracking.vocabulary import Unit

log = structlog.get_logger(__name__)

MINUTE = 60
MAX_KEYS = 100_000

SHARE = 4
"""The part of its source's budget that one token may use: a quarter."""
EVENTS_A_REQUEST = 5
BYTES_A_REQUEST = 2_000
"""Events, and bytes after decompression, for each request of a token's budget."""

LATER = "wait, and send the rest later"
ADVICE = {"requests": "wait, and send more events in one request", "events": LATER, "bytes": LATER}


class Window(Protocol):
    """Counts by key what came within a minute."""

    def hit(self, most: int, key: str, amount: int = 1) -> float:
        """Counts `amount` and returns 0 if a minute has room for it; else the seconds until it has.

        An amount above `most` needs a whole minute's room.
        """


class Memory:
    """Sliding windows of this process, at 1 µs a request; the same reckoning as that of `limits`, which takes 9.

    Of the last sixty seconds, this minute's requests count in full, and those of the minute before by the part of it
    that still lies within.
    """

    def __init__(self) -> None:
        self._counts: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def hit(self, most: int, key: str, amount: int = 1) -> float:
        """See `Window`: 0, or the seconds to wait, one at least."""
        minute, into = divmod(time.time(), MINUTE)
        amount = min(amount, most)
        room = most - amount
        with self._lock:
            found = self._counts.get(key)
            if found is None:
                if len(self._counts) >= MAX_KEYS:
                    self._forget(minute)
                found = self._counts[key] = [minute, 0, 0]
            elif found[0] != minute:
                found[:] = [minute, 0, found[1] if found[0] == minute - 1 else 0]
            _, count, before = found
            if count + before * (MINUTE - into) / MINUTE <= room:
                found[1] += amount
                return 0.0
        if count <= room:  # wait until enough of the minute before has passed
            return max(1.0, MINUTE * (1 - (room - count) / before) - into)
        return max(1.0, MINUTE - into + MINUTE * (1 - room / count))  # the same rule, once this minute has passed

    def __len__(self) -> int:
        """Number of keys that are remembered."""
        return len(self._counts)

    def _forget(self, minute: float) -> None:
        self._counts = {key: found for key, found in self._counts.items() if found[0] >= minute - 1}
        if len(self._counts) >= MAX_KEYS:
            self._counts.clear()


class Redis:
    """Sliding windows that all workers share."""

    def __init__(self, url: str) -> None:
        try:
            storage = storage_from_string(url, wrap_exceptions=True, socket_timeout=0.5, socket_connect_timeout=0.5)
        except Exception:  # noqa: BLE001 - of redis, too, which who counts in memory need not import
            raise SettingsError(  # without what was said, which may be a part of the password
                "RATE_STORAGE: expected redis://:PASSWORD@HOST:PORT/DATABASE, or a cluster that is up; within a "
                "password write : as %3A, / as %2F, ? as %3F and # as %23"
            ) from None
        assert isinstance(storage, Storage)  # noqa: S101 - not an async one, as its URL would say
        self._window = SlidingWindowCounterRateLimiter(storage)

    def hit(self, most: int, key: str, amount: int = 1) -> float:
        """See `Window`: 0, or the seconds to wait, from one to a minute. 0 if Redis cannot be reached."""
        item = RateLimitItemPerMinute(most, namespace="footfall")
        try:
            if self._window.hit(item, key, cost=min(amount, most)):
                return 0.0
            return min(max(1.0, self._window.get_window_stats(item, key).reset_time - time.time()), MINUTE)
        except StorageError as error:
            log.warning("rate limits cannot be counted", error=type(error.storage_error).__name__)
            return 0.0


class Limits:
    """The budgets of addresses, tokens and sources, for a minute each."""

    def __init__(self, url: str | None, *, per_token: int, per_address: int) -> None:
        self._window: Window = Redis(url) if url else Memory()
        self._addresses = (
            self._window if url else Memory()
        )  # their own: whoever has many of them fills no other's memory
        self._per_token = {
            "requests": per_token,
            "events": per_token * EVENTS_A_REQUEST,
            "bytes": per_token * BYTES_A_REQUEST,
        }
        self._per_address = per_address

    def check_address(self, address: str) -> None:
        """Counts a request from this address. Raises `Problem` 429, as `spend` does."""
        if self._per_address:
            self._hit(self._addresses, "requests", self._per_address, "address", party(address), 1)

    def spend(self, grant: Grant, what: Unit, amount: int = 1) -> None:
        """Counts what a token or credential sends: on its own account, then, if that allows it, on its source's.

        Raises `Problem` 429 with what is allowed, and from when on.
        """
        source = grant.source.budget(what) if grant.source is not None else 0
        if grant.kind != "source":
            own = self._per_token[what]
            if source:
                share = max(1, source // SHARE)
                own = min(own, share) if own else share
            if own:
                self._hit(self._window, what, own, "token", grant.account, amount)
        if source:
            self._hit(self._window, what, source, "source", grant.source_name, amount)

    @staticmethod
    def _hit(window: Window, what: Unit, most: int, whose: str, key: str, amount: int) -> None:
        wait = math.ceil(window.hit(most, f"{what} {whose} {key}", amount))
        if not wait:
            return
        name = whose if what == "requests" else f"{whose}-{what}"
        RATE_LIMITED.add((name,))
        raise Problem(
            429,
            "too-many-requests",
            f"More than {most:,} {what} a minute from this {whose}; {ADVICE[what]}.",
            retry_after=wait,
            headers={  # draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4
                "RateLimit-Policy": f'"{name}";q={most};w={MINUTE}',
                "RateLimit": f'"{name}";r=0;t={wait}',
            },
        )
