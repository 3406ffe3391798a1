"""Somebody has recorded a request of Alice's, and sends it again."""

import http.client
import json
import random
import threading
import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.cast import BOB, bearer
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

TIMES = 10_000


def again(server: Any, capture: Any, times: int, verdicts: list[str]) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    for _ in range(times):
        connection.request("POST", "/v1/events", capture.body, bearer(capture.token))
        with connection.getresponse() as response:
            verdicts += json.loads(response.read())["counts"]
    connection.close()


def test_a_captured_request_ten_thousand_times(server: Any, capture: Any) -> None:
    """Over real HTTP, by twenty connections at once: all of it is duplicate."""
    verdicts: list[str] = []
    threads = [
        threading.Thread(target=again, args=(server, capture, TIMES // 20, verdicts), daemon=True) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert verdicts == ["duplicate"] * TIMES


def counts(client: Any, token: str, events: list[dict[str, Any]]) -> dict[str, int]:
    response = client.post("/v1/events", json={"events": events}, headers=bearer(token))
    assert response.status_code == 200, response.text
    return dict(response.json["counts"])


def test_shuffled_repeated_and_split(client: Any, capture: Any) -> None:
    events = capture.events * 20
    random.Random(1).shuffle(events)
    assert counts(client, capture.token, events) == {"duplicate": 60}
    for one in events:
        assert counts(client, capture.token, [one]) == {"duplicate": 1}


@pytest.mark.leaves(stored=3)
def test_under_new_ids(client: Any, capture: Any) -> None:
    """Kept for whoever looks into it, and not counted: the same click at the same moment."""
    events = [one | {"id": str(uuid.uuid4())} for one in capture.events]
    assert counts(client, capture.token, events) == {"repeat": 3}


@pytest.mark.leaves(stored=3)
def test_under_new_ids_a_second_later(client: Any, capture: Any) -> None:
    later = datetime.fromisoformat(capture.events[0]["occurred_at"]) + timedelta(seconds=1)
    events = [one | {"id": str(uuid.uuid4()), "occurred_at": later.isoformat()} for one in capture.events]
    assert counts(client, capture.token, events) == {"repeat": 3}


@pytest.mark.leaves(stored=3)
def test_re_timed_under_the_same_ids_within_the_window(client: Any, capture: Any) -> None:
    later = datetime.fromisoformat(capture.events[0]["occurred_at"]) + timedelta(milliseconds=300)
    events = [one | {"occurred_at": later.isoformat()} for one in capture.events]
    assert counts(client, capture.token, events) == {"repeat": 3}


def test_with_other_content_under_the_same_ids(client: Any, capture: Any) -> None:
    events = [one | {"properties": {"price": 1}} for one in capture.events]
    assert counts(client, capture.token, events) == {"conflict": 3}


@pytest.mark.parametrize("days", [-8, -400, 1, 400])
def test_re_timed_out_of_all_bounds(client: Any, capture: Any, days: int) -> None:
    moved = datetime.fromisoformat(capture.events[0]["occurred_at"]) + timedelta(days=days)
    events = [one | {"occurred_at": moved.isoformat()} for one in capture.events]
    assert counts(client, capture.token, events) == {"rejected": 3}


def test_as_another_creator(rejected: Any, capture: Any) -> None:
    assert rejected(capture.token, *[one | {"creator": BOB} for one in capture.events]) == ["creator"] * 3


def test_re_signed_with_a_key_of_ones_own(refused: Any, capture: Any) -> None:
    thief = credentials.derive("a key of the thief's own, of 32 bytes", "web", 1)
    token = tokens.mint(thief, "client", seconds=900, creator="user-alice")
    assert refused(token, *capture.events) == "401 token-invalid"


def test_after_the_token_expired(refused: Any, capture: Any, web: str) -> None:
    token = tokens.mint(web, "client", seconds=0, creator="user-alice")
    assert refused(token, *capture.events) == "401 token-expired"


def test_after_the_source_was_revoked(refused: Any, capture: Any, sql: Any, app: Any) -> None:
    sql("update tracking.sources set revoked_at = now()")
    app.extensions["footfall"].guard.registry._snapshot._read_at = float("-inf")  # as two seconds later
    assert refused(capture.token, *capture.events) == "401 source-revoked"


def test_with_the_token_moved_into_the_body(client: Any, capture: Any) -> None:
    sent = {"token": capture.token, "events": capture.events}
    assert client.post("/v1/events", data=json.dumps(sent), content_type="text/plain").json["counts"] == {
        "duplicate": 3
    }


def test_by_another_source(client: Any, capture: Any, sql: Any) -> None:
    """The token is the sender's word for who it is: its source cannot be swapped for another."""
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint}')")
    moved = capture.token.replace("fc_web_", "fc_ios_")
    response = client.post("/v1/events", data=capture.body, headers=bearer(moved))
    assert (response.status_code, response.json["type"]) == (401, "/problems/token-invalid")
    assert credentials.derive(KEY, "ios", 1) != credentials.derive(KEY, "web", 1)
