"""Counts come from the replica while it answers and is near; else from the primary, and nobody notices but by the time.

A stand-in plays the replica here; tests/stats/test_standby.py has a real one.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.cast import an_app, bearer, event
from fixtures.standin import StandIn, asking
from tracking.stats import replica as replica_module
from tracking.stats.replica import BEHIND, PASSED_OVER, Replica

SUMMARY = "/v1/stats/summary?compare=none"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(replica_module, "time", clock)
    return clock


@pytest.fixture
def ask(app: Any, there: tuple[StandIn, str], acme: str) -> Iterator[Any]:
    """Asks an API that has a single turn, and a single connection to each of the two."""
    yield from asking(app, there[1], acme)


def seconds_old(response: Any) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(response.headers["As-Of"])).total_seconds()


def test_the_replica_answers_and_the_answer_says_of_when_it_is(ask: Any, stand_in: StandIn, verdicts: Any) -> None:
    verdicts(event())
    stand_in.seconds = 40
    response = ask(SUMMARY)
    assert (response.status_code, response.json["events"], stand_in.asked) == (200, 1, 1)
    assert 39 < seconds_old(response) < 55
    assert 39 < int(response.headers["Age"]) < 55
    assert response.headers["As-Of"].endswith("+00:00")


def test_an_answer_of_the_primary_is_of_now(client: Any, acme: str, sql: Any) -> None:
    ((before,),) = sql("select clock_timestamp()")
    response = client.get(SUMMARY, headers=bearer(acme))
    ((after,),) = sql("select clock_timestamp()")
    said = datetime.fromisoformat(response.headers["As-Of"])
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= said <= after
    assert response.headers["Age"] == "0"


def test_the_moment_is_in_a_csv_too_and_leaves_the_etag_alone(ask: Any, stand_in: StandIn) -> None:
    """Else no answer would ever be the same."""
    period = "&from=2020-01-01&to=2020-01-31"
    first = ask(SUMMARY + period)
    stand_in.seconds = 30
    again = ask(SUMMARY + period)
    assert first.headers["As-Of"] > again.headers["As-Of"]
    assert first.headers["ETag"] == again.headers["ETag"]
    assert "As-Of" in ask(f"{SUMMARY}&format=csv").headers


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("40001", False),  # canceling statement due to conflict with recovery
        ("40P01", False),  # the same, of a deadlock with what it replays
        ("40001", True),  # terminating connection due to conflict with recovery
        ("57P01", True),  # it is shut down
        ("57P04", True),  # its database was dropped
        ("42P01", False),  # it has not replayed the newest migration yet
        ("42501", False),
        ("XX000", False),
    ],
)
def test_what_the_replica_breaks_off_is_asked_of_the_primary(
    ask: Any, stand_in: StandIn, verdicts: Any, code: str, ends: bool
) -> None:
    verdicts(event())
    stand_in.breaks, stand_in.ends = code, ends
    response = ask(SUMMARY)
    assert (response.status_code, response.json["events"], stand_in.asked) == (200, 1, 1)
    assert seconds_old(response) < 10


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_query_that_was_in_its_way_says_nothing_of_the_next_one(ask: Any, stand_in: StandIn, code: str) -> None:
    stand_in.breaks = code
    assert ask(SUMMARY).status_code == 200
    stand_in.breaks = ""
    assert ask(SUMMARY).status_code == 200
    assert stand_in.asked == 2


@pytest.mark.parametrize(
    ("code", "status", "kind"), [("57014", 422, "too-heavy"), ("22P05", 422, "invalid-parameters")]
)
def test_what_no_database_could_answer_is_not_asked_twice(
    ask: Any, stand_in: StandIn, code: str, status: int, kind: str
) -> None:
    """A statement that took too long, or a value that does not fit, is the asker's."""
    stand_in.breaks = code
    response = ask(SUMMARY)
    assert (response.status_code, response.json["type"]) == (status, f"/problems/{kind}")
    stand_in.breaks = ""
    assert ask(SUMMARY).status_code == 200
    assert stand_in.asked == 2


@pytest.mark.parametrize("code", ["57P03", "28000", "53300"])
def test_a_replica_that_lets_nobody_in_is_left_alone_for_a_while(
    ask: Any, stand_in: StandIn, verdicts: Any, clock: Clock, code: str
) -> None:
    """It starts, or knows no such login, or is full."""
    verdicts(event())
    stand_in.lets_in = code
    assert ask(SUMMARY).json["events"] == 1
    stand_in.lets_in = ""
    clock.now += PASSED_OVER - 0.1
    assert ask(SUMMARY).json["events"] == 1
    assert stand_in.asked == 0
    clock.now += 0.2
    assert ask(SUMMARY).json["events"] == 1
    assert stand_in.asked == 1
    assert ask(SUMMARY).json["events"] == 1
    assert stand_in.asked == 2


def test_a_port_that_refuses_costs_a_try_in_a_while(app: Any, settings: Any, acme: str, verdicts: Any) -> None:
    verdicts(event())
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    for ask in asking(app, f"postgresql+psycopg://nobody:s3cret@127.0.0.1:{port}/x", acme):
        assert [ask(SUMMARY).json["events"] for _ in range(3)] == [1, 1, 1]


def test_one_that_never_says_a_word_is_given_up_and_then_left_alone(app: Any, acme: str, verdicts: Any) -> None:
    """It takes the connection, and that is all."""
    verdicts(event())
    with socket.create_server(("127.0.0.1", 0)) as door:
        port, came = door.getsockname()[1], 0
        for ask in asking(app, f"postgresql+psycopg://nobody@127.0.0.1:{port}/x", acme):
            assert [ask(SUMMARY).json["events"] for _ in range(3)] == [1, 1, 1]
        door.settimeout(0.1)
        with suppress(TimeoutError):
            while True:
                door.accept()[0].close()
                came += 1
    assert came == 1


def test_while_one_question_tries_the_others_go_to_the_primary(clock: Clock) -> None:
    place = Replica(SimpleNamespace())
    place._found("it was away")
    assert place.is_asked()  # nobody tried yet
    assert not place.is_asked()
    clock.now += PASSED_OVER + 0.1
    assert [place.is_asked() for _ in range(3)] == [True, False, False]
    place._found(None)
    assert [place.is_asked() for _ in range(3)] == [True, True, True]


def test_a_replica_that_is_too_far_behind_is_passed_over(
    ask: Any, stand_in: StandIn, clock: Clock, caplog: Any
) -> None:
    stand_in.seconds = int(BEHIND) - 10
    assert ask(SUMMARY).status_code == 200
    assert stand_in.asked == 1
    stand_in.seconds = int(BEHIND) + 1
    assert seconds_old(ask(SUMMARY)) < 10
    assert stand_in.asked == 1
    assert "the primary answers for the replica" in (log := caplog.text)
    assert f"behind, and may be {BEHIND:.0f}" in log
    stand_in.seconds = 0
    clock.now += PASSED_OVER + 0.1
    assert ask(SUMMARY).status_code == 200
    assert stand_in.asked == 2
    assert "the replica answers again" in caplog.text


def test_a_server_that_is_no_replica_is_not_asked(ask: Any, stand_in: StandIn, caplog: Any) -> None:
    """One that was promoted goes ways of its own; nobody writes there what people send."""
    stand_in.is_replica = False
    assert seconds_old(ask(SUMMARY)) < 10
    assert stand_in.asked == 0
    assert "it is no replica, or is one no more" in caplog.text


def test_nothing_of_a_password_is_logged(app: Any, acme: str, caplog: Any) -> None:
    for ask in asking(app, "postgresql+psycopg://nobody:s3cret@127.0.0.1:1/x", acme):
        assert ask(SUMMARY).status_code == 200
    log = caplog.text
    assert "the primary answers for the replica" in log
    assert "s3cret" not in log


def test_the_hint_of_a_heavy_question_is_the_same(ask: Any, stand_in: StandIn) -> None:
    stand_in.breaks = "57014"
    assert any("receiver=" in way for way in ask(SUMMARY).json["narrow"])


def test_what_is_written_or_settled_is_read_from_the_primary(
    app: Any, ask: Any, stand_in: StandIn, verdicts: Any, web: str, sql: Any
) -> None:
    """A replica sees no sessions of the primary: it cannot know what is settled."""
    stand_in.lets_in = "57P03"  # whoever came would be refused
    sql("update tracking.sources set rights = '{ingest,mint,stats,export,catalogue}'")
    verdicts(event())
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.get("/v1/events", headers=bearer(web)).status_code == 200
    assert client.get("/v1/event-types", headers=bearer(web)).status_code == 200
    assert app.extensions["footfall"].counts.replica._away is None


def test_the_api_is_built_with_the_replica_of_its_settings(settings: Any, engine: Any) -> None:
    here = replace(settings, database_url="postgresql+psycopg://owner@db/footfall", database_api_url=None)
    for url, wanted in ((None, None), ("postgresql+psycopg://replica.example/footfall", "replica.example")):
        app = an_app(replace(here, read_database_url=url))
        counts = app.extensions["footfall"].counts
        assert (counts.replica and counts.replica._engine.url.host) == wanted
        app.extensions["footfall"].close()


def test_it_is_documented(client: Any) -> None:
    document = json.loads(client.get("/openapi.json").data)
    headers = document["paths"]["/v1/stats/summary"]["get"]["responses"]["200"]["headers"]
    assert set(headers) == {"Age", "As-Of", "Counting-Standard", "Small-Groups"}
