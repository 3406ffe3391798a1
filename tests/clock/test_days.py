"""Today, yesterday and the last week, on whatever day it is; tests/clock/test_moments.py runs this on the odd ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import an_app, bearer
from fixtures.database import EMPTY, KEY
from tracking import db
from tracking.cli.demo import fill, invitation
from tracking.demo.traffic import BERLIN
from tracking.provenance import credentials, tokens
from tracking.settings import Settings

ZONES = ["Europe/Berlin", "UTC", "America/St_Johns", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
COUNTED = """
select occurred_at, creator from tracking.events
  join tracking.receivers using (receiver_type, receiver_id)
 where excluded is null and owner = 'acme'
"""


@pytest.fixture(scope="module")
def traffic(settings: Settings) -> Settings:
    """The settings of a deployment with nine days of the demo's traffic."""
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute(EMPTY)
        connection.execute("delete from tracking.deployment where key = 'demo'")
    fill(settings, events=2_000, days=9, seed=7)
    return settings


@pytest.fixture
def read(traffic: Settings) -> Callable[[str], list[tuple]]:
    def run(statement: str) -> list[tuple]:
        with db.connect(db.owner_url(traffic)) as connection:
            return connection.execute(statement).fetchall()

    return run


@pytest.fixture
def demo(read: Callable[[str], list[tuple]]) -> list[tuple[datetime, str]]:
    """When each of Acme's counted events happened, and who did it."""
    return read(COUNTED)


@pytest.fixture
def client(traffic: Settings) -> Iterator[Any]:
    """Of an API that knows the traffic. It empties nothing."""
    app = an_app(traffic)
    yield app.test_client()
    app.extensions["footfall"].close()


@pytest.fixture
def ask(client: Any) -> Any:
    token = tokens.mint(credentials.derive(KEY, "web", 1), "stats", seconds=900, owner="acme")

    def get(endpoint: str, **query: Any) -> Any:
        query = {name.strip("_"): value for name, value in query.items()}
        answer = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        return answer.json

    return get


def test_a_day_is_counted_as_its_timezone_has_it(ask: Any, demo: list[tuple[datetime, str]]) -> None:
    for zone in map(ZoneInfo, ZONES):
        today = datetime.now(zone).date()
        for first, last in ((0, 0), (1, 1), (6, 0), (7, 1)):  # today, yesterday, the week with today, and without
            start, end = today - timedelta(days=first), today - timedelta(days=last)
            inside = [row for row in demo if start <= row[0].astimezone(zone).date() <= end]
            query = {"from_": str(start), "to": str(end), "timezone": str(zone)}
            summary, days = ask("summary", **query), ask("timeseries", interval="day", **query)
            said = query | {"events": summary["events"], "creators": summary["creators"]}
            assert said == query | {"events": len(inside), "creators": len({creator for _, creator in inside})}
            assert [bucket["start"][:10] for bucket in days["buckets"]] == [
                str(start + timedelta(days=n)) for n in range((end - start).days + 1)
            ]
            assert sum(bucket["events"] for bucket in days["buckets"]) == len(inside)


def test_an_answer_without_a_period_ends_now(ask: Any, demo: list[tuple[datetime, str]]) -> None:
    answer = ask("timeseries", interval="hour", from_=str((datetime.now(UTC) - timedelta(days=2)).date()))
    to = datetime.fromisoformat(answer["to"])
    assert timedelta(minutes=-1) <= to - datetime.now(UTC) <= timedelta(minutes=15)
    start = datetime.fromisoformat(answer["from"])
    assert answer["events"] == sum(start <= at < to for at, _ in demo)


def test_the_demo_is_of_the_past_and_none_of_it_is_rejected(read: Any) -> None:
    ((first, last, events),) = read("select min(occurred_at), max(occurred_at), count(*) from tracking.events")
    now = datetime.now(UTC)
    day = (now - timedelta(days=9)).astimezone(BERLIN).date()  # it is whole
    assert first.astimezone(BERLIN).date() in {day, day - timedelta(days=1)}  # filled before midnight, read after it
    assert last <= now
    assert events > 1_500
    assert read("select reason, count(*) from tracking.rejected_events group by 1") == []


def test_what_the_demo_invites_to_send_is_accepted(settings: Any, client: Any) -> None:
    said = invitation(settings, "http://x", "http://y", "http://z")
    token = said.partition("Bearer ")[2].partition("'")[0]
    body = said.partition("-d '")[2].partition("'")[0]
    answer = client.post("/v1/events", data=body, headers=bearer(token))
    assert [one["verdict"] for one in answer.json["verdicts"]] == ["accepted"]
