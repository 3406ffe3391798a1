"""Crawlers, by what they call themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import crawleruseragents

if TYPE_CHECKING:
    from tracking.ingest.schemas import Event

MAX_LENGTH = 512


@lru_cache(maxsize=20_000)  # about 160 µs a miss; the world has few user agents that come often
def is_crawler(user_agent: str) -> bool:
    return bool(crawleruseragents.is_crawler(user_agent))


def is_bot(event: Event, request_agent: str) -> bool:
    """Whether the client says it is a crawler: by the event's context, else by the request's own user agent."""
    context = event.context
    agent = context.get("user_agent", request_agent) if context else request_agent
    return isinstance(agent, str) and agent != "" and is_crawler(agent[:MAX_LENGTH])


def browser(user_agent: str) -> str:
    """A request's user agent, where it is a browser's: what only relays events, as curl and SDKs do, is no crawler."""
    return user_agent if user_agent.startswith("Mozilla/") else ""
