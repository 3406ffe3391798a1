"""While the database is away, the API goes on by what it read before, for as long as that is trusted."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.clients import post
from fixtures.database import KEY
from fixtures.processes import await_ready, serving
from fixtures.queues import drains, empty, until
from fixtures.rabbit import Rabbit
from fixtures.stopped import Database
from tracking.provenance import credentials, tokens
from tracking.queues import broker

RECYCLED = {"GUNICORN_CMD_ARGS": "--max-requests 10 --max-requests-jitter 0"}


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with ExitStack() as stack:
        yield Database(stack, tmp_path / "data")


def test_clients_do_not_notice_that_it_is_away(database: Database, rabbit: Rabbit, tmp_path: Path) -> None:
    """Nor do they where workers would be replaced meanwhile: a new one would have nothing to go by."""
    empty(broker.of(settings_of(database, rabbit)))
    settings, alice = database.settings, credentials.derive(KEY, "web", 1)
    headers = bearer(tokens.mint(alice, "client", seconds=900, creator=ALICE))
    with (
        serving(settings, tmp_path / "api", QUEUE_URL=rabbit.url, WORKERS="1", **RECYCLED) as server,
        drains(settings_of(database, rabbit), tmp_path / "drains") as drained,
    ):
        database.stop()
        before = workers(server.pid)
        answers = [post(server.url, [event()], headers) for _ in range(60)]
        assert [answer and answer[0] for answer in answers] == [200] * 60
        assert workers(server.pid) == before
        await_ready(server.url, None, server.log)
        database.start()
        drained.start()
        until(lambda: database.rows("select count(*) from tracking.events") == [(60,)])
        until(lambda: replaced(server, headers, before))
        drained.stop()


def replaced(server: Any, headers: dict[str, str], before: list[int]) -> bool:
    """Whether the workers are others, now that they may be."""
    post(server.url, [event()], headers)
    return not set(workers(server.pid)) & set(before)


def settings_of(database: Database, rabbit: Rabbit) -> Any:
    return replace(database.settings, queue_url=rabbit.url)


def workers(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
