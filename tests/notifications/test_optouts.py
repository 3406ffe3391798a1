"""GET and PUT /v1/optouts: the platform reads and sets what a person wants no more."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import bearer
from fixtures.database import KEY
from tracking.notifications import optouts, unsubscribing
from tracking.provenance import credentials

BOB = "creator:bob"


@pytest.fixture
def platform(sql: Any) -> str:
    """The credential of a source that may say what people want."""
    sql("insert into tracking.sources (name, rights) values ('platform', '{catalogue}')")
    return credentials.derive(KEY, "platform", 1)


@pytest.fixture
def put(client: Any, platform: str) -> Any:
    def send(*kinds: Any, token: str = platform, person: Any = BOB, body: Any = None) -> Any:
        sent = {"person": person, "kinds": kinds} if body is None else body
        data = sent if isinstance(sent, bytes) else json.dumps(sent)
        return client.put("/v1/optouts", data=data, headers=bearer(token))

    return send


@pytest.fixture
def get(client: Any, platform: str) -> Any:
    def ask(token: str = platform, **query: Any) -> Any:
        return client.get("/v1/optouts", query_string=query or {"person": BOB}, headers=bearer(token))

    return ask


def kinds(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [stopped["kind"] for stopped in answer.json["kinds"]]


def test_of_whom_nothing_is_known_wants_all(get: Any) -> None:
    assert get().json == {"person": BOB, "kinds": []}


def test_what_is_put_is_what_is_read(put: Any, get: Any) -> None:
    answer = put("weekly", "daily")
    assert kinds(answer) == ["daily", "weekly"]
    assert get().json == answer.json
    for stopped in answer.json["kinds"]:
        assert datetime.now(UTC) - datetime.fromisoformat(stopped["since"]) < timedelta(minutes=1)


def test_what_is_put_takes_the_place_of_what_was(put: Any, get: Any) -> None:
    since = put("daily", "weekly").json["kinds"][0]["since"]
    assert put("daily", "milestone").json["kinds"][0] == {"kind": "daily", "since": since}
    assert kinds(get()) == ["daily", "milestone"]
    assert kinds(put()) == kinds(get()) == []


def test_a_kind_may_come_twice(put: Any) -> None:
    assert kinds(put("daily", "daily")) == ["daily"]


def test_it_is_about_one_person(put: Any, get: Any) -> None:
    put("daily")
    put("weekly", person="owner:bob")
    assert kinds(get()) == ["daily"]
    assert kinds(get(person="owner:bob")) == ["weekly"]


def test_what_a_link_stopped_is_read_and_brought_back(put: Any, get: Any, client: Any) -> None:
    token = unsubscribing.token((KEY,), "footfall", BOB, ["daily"])
    client.post(f"/v1/unsubscribe?token={token}")
    assert kinds(get()) == ["daily"]
    put()
    assert kinds(get()) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"person": "bob", "kinds": []}, "person"),
        ({"person": "creator:", "kinds": []}, "person"),
        ({"person": "receiver:bob", "kinds": []}, "person"),
        ({"person": "creator:a\nb", "kinds": []}, "person"),
        ({"person": f"creator:{'x' * 201}", "kinds": []}, "person"),
        ({"person": 1, "kinds": []}, "person"),
        ({"person": None, "kinds": []}, "person"),
        ({"kinds": []}, "person"),
        ({"person": BOB}, "kinds"),
        ({"person": BOB, "kinds": None}, "kinds"),
        ({"person": BOB, "kinds": "daily"}, "kinds"),
        ({"person": BOB, "kinds": ["hourly"]}, "kinds"),
        ({"person": BOB, "kinds": [1]}, "kinds"),
        ({"person": BOB, "kinds": ["daily"] * 5}, "kinds"),
        ({"person": BOB, "until": "tomorrow"}, "kinds"),
        ({"person": BOB, "kinds": [], "until": "tomorrow"}, "_schema"),
        ([], "_schema"),
        ("x", "_schema"),
        (1, "_schema"),
    ],
)
def test_a_bad_request_is_told_by_its_field_and_changes_nothing(put: Any, get: Any, body: Any, said: str) -> None:
    put("weekly")
    answer = put(body=body)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-parameters")
    assert min(answer.json["errors"]) == said
    assert kinds(get()) == ["weekly"]


@pytest.mark.parametrize("data", [b"{", b"\xff", b'{"person": "\\ud800", "kinds": []}'])
def test_what_is_no_json_is_told(put: Any, data: bytes) -> None:
    answer = put(body=data)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/invalid-json")


@pytest.mark.parametrize("query", [{"who": BOB}, {"person": BOB, "kind": "daily"}, {"person": ""}, {"person": "a\0b"}])
def test_a_bad_question_is_told(get: Any, query: Any) -> None:
    answer = get(**query)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-parameters")


def test_only_a_source_with_the_right_may_ask_or_say_so(
    put: Any, get: Any, web: str, acme: str, alice: str, sql: Any
) -> None:
    link = unsubscribing.token((KEY,), "footfall", BOB, ["daily"])
    refusals = {web: (403, "not-allowed"), acme: (403, "wrong-kind"), alice: (403, "wrong-kind"),
                link: (401, "token-malformed"), "": (401, "token-malformed")}  # fmt: skip
    for token, (status, kind) in refusals.items():
        for answer in (put("daily", token=token), get(token=token)):
            assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{kind}")
    assert sql("select from tracking.notification_optouts") == []


def test_the_answer_is_for_the_platform_alone(put: Any, get: Any) -> None:
    assert [answer.headers["Cache-Control"] for answer in (put("daily"), get())] == ["no-store"] * 2


def test_of_two_calls_at_once_each_is_done_as_a_whole(engine: Any, get: Any) -> None:
    """Each of them stops one kind: never both are stopped, or none."""

    def put(kind: str, together: threading.Barrier) -> None:
        together.wait(20)
        with engine.begin() as connection:
            optouts.put(connection, BOB, [kind])

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            together = threading.Barrier(2)
            calls = [pool.submit(put, kind, together) for kind in ("daily", "weekly")]
            for call in calls:
                call.result(30)
            assert len(kinds(get())) == 1
