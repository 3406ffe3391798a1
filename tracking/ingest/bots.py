"""Finds the events of crawlers, by the user agent of their client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracking.ingest.crawlers import kind

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 10
"""Different agents that are looked at in one request of a client token: one person has one or two."""


class Agents:
    """The user agents of one request: that of the request itself, and those that its events name in their context.

    `own` is the client's, where a client sends its events itself. There is none where a backend relays them, or a file.
    """

    __slots__ = ("_is_own_bot", "_known", "_most")

    def __init__(self, own: str | None = None) -> None:
        # The name of a client library, such as okhttp in an app, says nothing about the person who uses the app.
        self._is_own_bot = own is not None and kind(own) == "crawler"
        self._most = None if own is None else MOST
        self._known: dict[str, bool] = {}

    def is_bot(self, context: Mapping[str, Any] | None) -> bool:
        """Whether an event is a crawler's: by its context's `user_agent`, else by the request's own."""
        agent = context.get("user_agent") if context else None
        if not isinstance(agent, str) or not agent:
            return self._is_own_bot
        found = self._known.get(agent)
        if found is None:
            if self._most is not None and len(self._known) >= self._most:
                return self._is_own_bot
            found = self._known[agent] = kind(agent) != "person"
        return found
