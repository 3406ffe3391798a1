"""Who writes, and what the guard forgets meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.cast import ago
from tracking.ingest.jobs import FORGET_RECENT_ACTIONS
from tracking.ingest.writer import Writer


@pytest.fixture
def writer(engine: Any) -> Writer:
    return Writer(engine)


@pytest.fixture
def forget(settings: Any, sql: Any) -> Iterator[Any]:
    """The hourly purge, under a lateness that was decided."""
    decide = "update tracking.deployment set value = %s where key = 'lateness_days'"

    def run(lateness_days: int = 7) -> None:
        sql(decide, str(lateness_days))
        FORGET_RECENT_ACTIONS.run(settings)

    yield run
    sql(decide, str(settings.lateness_days))


@pytest.fixture
def send(client: Any, web: str) -> Any:
    """Posts calls as a batch of source `web`."""

    def post(*calls: Any, token: str = web, **more: Any) -> Any:
        return client.post("/v1/batch", json={"batch": calls, "sentAt": ago(), "writeKey": token} | more)

    return post
