"""A platform's receivers and events, and the nightly job."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from fixtures.peers import BERLIN, BY, STEPS
from fixtures.recounting import INSERT
from tracking import db
from tracking.peers import nightly


@pytest.fixture
def connection(settings: Any, engine: Any) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


@pytest.fixture
def put(connection: Any) -> Any:
    """Describes receivers."""
    return lambda receivers: db.run(connection, "receivers_put", receivers=json.dumps(receivers))


@pytest.fixture
def insert(connection: Any) -> Any:
    def send(events: list[dict[str, Any]]) -> None:
        sent = [event | {"occurred_at": event["occurred_at"].isoformat()} for event in events]
        connection.execute(INSERT, (json.dumps(sent),))

    return send


@pytest.fixture
def night(settings: Any, engine: Any) -> Any:
    """The job, so many days ago."""

    def run(days_ago: int = 0, **said: Any) -> int:
        now = datetime.now(BERLIN) - timedelta(days=days_ago)
        return nightly.write(db.owner_url(settings), said.get("by", BY), said.get("steps", STEPS), now)

    return run


def events(receiver: str, day: datetime, impressions: int, views: int, applications: int) -> list[dict[str, Any]]:
    """So many of each, at one moment."""
    names = {"impression": impressions, "view": views, "click__applicationCreated": applications}
    kind, _, id_ = receiver.partition(":")
    return [
        {"occurred_at": day, "source": "web", "creator": f"user-{n}", "receiver_type": kind, "receiver_id": id_,
         "name": name, "properties": None, "excluded": None}
        for name, count in names.items() for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def market(put: Any, insert: Any) -> Any:
    """Twelve jobs of six owners, eight days old, of 400 impressions, 100 to 111 views and 30 applications; acme's, too.

    Acme's job 42 has what is asked for.
    """

    def fill(impressions: int = 400, views: int = 131, applications: int = 30) -> None:
        born = datetime.now(BERLIN).replace(hour=12) - timedelta(days=8)
        attributes = {"category": "it", "region": "north", "contract": "full"}
        jobs = {f"job:{n}": f"owner-{n % 6}" for n in range(12)} | {"job:42": "acme", "job:43": "acme"}
        put([
            {"type": "job", "id": key[4:], "owner": owner, "title": f"Job {key[4:]}", "attributes": attributes}
            for key, owner in jobs.items()
        ])  # fmt: skip
        sent = [each for n in range(12) for each in events(f"job:{n}", born, 400, 100 + n, 30)]
        sent += events("job:42", born, impressions, views, applications)
        insert(sent)

    return fill
