"""A live stream: server-sent events (HTML, section 9.2) by many short reads, until token or client go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy.exc
import structlog

from tracking.errors import Problem
from tracking.live import feed
from tracking.live.feed import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracking.catalogue.windows import RuleOf
    from tracking.exports.asking import Asking
    from tracking.live.feed import Filter
    from tracking.live.places import Place

log = structlog.get_logger(__name__)

POLL = 0.5
"""Seconds between two reads. With the second that is never settled, an event is seen within two."""
PULSE = 2.0
"""Seconds after which a silent stream says how far it is: each side then knows that the other is there."""
PIECES = 10
"""Of one read after another; if there is more by then, it may be too much to follow."""
AGAIN_MILLISECONDS = 1_000
"""After which a client may connect again."""


@dataclass(frozen=True, slots=True)
class Stream:
    """`check` raises a `Problem` once the client may not watch any longer. `rules` are those of the catalogue now."""

    ask: Asking
    which: Filter
    check: Callable[[], object]
    rules: Callable[[], RuleOf]

    def pieces(self, place: Place | None) -> Iterator[bytes]:
        """Messages, some at a time, and empty pieces between, so that whoever passes them on may end the stream."""
        yield b"retry: %d\n\n" % AGAIN_MILLISECONDS
        try:
            yield from self._endless(place)
        except Problem as problem:
            yield _message(
                "end", {"type": f"/problems/{problem.kind}", "status": problem.status, "detail": str(problem)}
            )
        except sqlalchemy.exc.SQLAlchemyError as error:
            log.warning("a live stream ends", error=type(error).__name__)
            detail = "The database cannot be reached at the moment; connect again."
            yield _message("end", {"type": "/problems/database-unavailable", "status": 503, "detail": detail})

    def _endless(self, place: Place | None) -> Iterator[bytes]:
        begun = self.ask(partial(feed.begin, place=place))
        if not isinstance(begun, Gap):
            yield _pulse(begun)  # with it a client has an id before there is an event
        said = time.monotonic()
        while True:
            self.check()
            if isinstance(begun, Gap):
                yield _message("gap", {"events": begun.events}, begun.place)
                begun = begun.place
            whole, pieces = False, 0
            while not whole and pieces < PIECES:
                arrived, begun, whole = self.ask(partial(feed.read, place=begun, which=self.which))
                pieces += 1
                if arrived:
                    said = time.monotonic()
                    rules = self.rules()
                    yield b"".join(_message("event", one.message(rules), one.place) for one in arrived)
            if not whole:
                begun = self.ask(partial(feed.skip, place=begun))
                yield b""
                continue
            if time.monotonic() - said >= PULSE:
                said = time.monotonic()
                yield _pulse(begun)
            yield b""
            time.sleep(POLL)


def _pulse(place: Place) -> bytes:
    return _message("pulse", {"until": place.moment}, place)


def _message(kind: str, data: dict[str, Any], place: Place | None = None) -> bytes:
    """`place`: where to go on behind it."""
    id_ = f"id: {place}\n" if place else ""
    return f"{id_}event: {kind}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
