"""A platform's server, and delivery to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fixtures.telling import FILLED, TOLD, due, noon, people
from fixtures.webhooks import Receiver, serving
from tracking.notifications import delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracking.settings import Settings


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A platform's server that gets webhooks."""
    with serving(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def local(settings: Settings) -> Settings:
    """Settings under which a webhook may go to this machine."""
    return replace(settings, local_webhooks=True)


@pytest.fixture
def send(local: Settings) -> Callable[[], int]:
    """Sends what is due, as the job does."""
    return lambda: delivery.send(local)


@pytest.fixture
def told(rule, seen, fill, hook, sql):
    """Puts into the outbox, due now, that these profiles were viewed yesterday."""

    def put(*profiles: str, count: int = 3, **fields) -> None:
        rule(url=hook.url, first_day=TOLD, **fields)
        for profile in profiles:
            seen(f"profile:{profile}", people(count), noon(TOLD))
        fill(FILLED)
        due(sql)

    return put
