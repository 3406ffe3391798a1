"""Finds the events of crawlers, by the user agent of their client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tracking.ingest.crawlers import kind

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 10
"""Different agents that are looked at in one request of a client token: one person has one or two."""

Excluded = Literal["bot", "prefetch"] | None
"""Why no person is behind an event, as far as its client says so."""


class Agents:
    """The user agents of one request: that of the request itself, and those that its events name in their context.

    `own` is the client's, where a client sends its events itself. There is none where a backend relays them, or a file.
    `excluded` is what else is known of the request.
    """

    __slots__ = ("_known", "_most", "_own")

    def __init__(self, own: str | None = None, excluded: Excluded = None) -> None:
        # The name of a client library, such as okhttp in an app, says nothing about the person who uses the app.
        self._own: Excluded = excluded or ("bot" if own is not None and kind(own) == "crawler" else None)
        self._most = None if own is None else MOST
        self._known: dict[str, Excluded] = {}

    def excluded(self, context: Mapping[str, Any] | None) -> Excluded:
        """Why an event is no person's: by its context's `user_agent`, else by the request's own."""
        agent = context.get("user_agent") if context else None
        if not isinstance(agent, str) or not agent:
            return self._own
        if agent not in self._known:
            if self._most is not None and len(self._known) >= self._most:
                return self._own
            self._known[agent] = "bot" if kind(agent) != "person" else None
        return self._known[agent]
