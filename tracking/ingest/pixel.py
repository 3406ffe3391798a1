"""Stage 1: a picture whose address is one event, and who fetches it: a person's program, a crawler, or a mail program
before anybody opens the mail. docs/pixel.md says what that can measure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tracking.ingest.crawlers import kind
from tracking.ingest.schemas import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracking.ingest.bots import Excluded
    from tracking.provenance.grants import Grant

PATH = "/v1/pixel.gif"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""One transparent pixel (GIF89a)."""
HEADERS = {
    # else a mail program's proxy keeps it, and the next open tells nobody
    "Cache-Control": "private, no-store, no-cache, max-age=0",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

PREFETCHERS = {
    # Apple Mail Privacy Protection, since September 2021: all pictures of all mails, at a time of its own
    "Mozilla/5.0",
    # Gmail, before it shows a mail in an open window: bird.com/blog/gmail-prefetching-images, read in November 2026
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
        "Safari/537.36 Edge/12.246 Mozilla/5.0"
    ),
}
"""The whole user agents of mail programs that fetch ahead."""

PROXIES = ("GoogleImageProxy", "YahooMailProxy")
"""In the user agents of those that fetch when a person opens the mail, for the first time at least."""

SPECULATIVE = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
"""Headers by which a browser says that nobody looks yet: Fetch Standard, Sec-Purpose, and those before it."""


def excluded(environ: Mapping[str, str]) -> Excluded:
    """Why no person is behind a request for a picture, as far as it says so."""
    agent = environ.get("HTTP_USER_AGENT", "")
    said = [environ.get(header, "").lower() for header in SPECULATIVE]
    if agent in PREFETCHERS or any(purpose.startswith(("prefetch", "preview")) for purpose in said):
        return "prefetch"
    if any(proxy in agent for proxy in PROXIES):
        return None
    return "bot" if kind(agent) == "crawler" else None


def event(grant: Grant) -> Event:
    """The event that a pixel token says, as of now. Its id follows from its time: each fetch is an event of its own."""
    (receiver,) = grant.receivers or ("",)
    (name,) = grant.names or ("",)
    return Event(name=name, receiver=receiver, occurred_at=datetime.now(UTC))
