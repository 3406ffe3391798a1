"""Segment's HTTP API: what becomes of each call."""

import base64
import gzip
import json
import uuid
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, ago, bearer
from fixtures.segment import call, said
from tracking.ingest.dialects import DIALECTS
from tracking.provenance import tokens


def test_a_call_is_an_event(send: Any, sql: Any) -> None:
    assert send(call(messageId=str(one := uuid.uuid4()))).json == {
        "success": True,
        "counts": {"accepted": 1},
        "verdicts": [{"verdict": "accepted"}],
    }
    assert sql(
        "select event_id, source, creator, receiver_type, receiver_id, name, properties from tracking.events"
    ) == [(one, "web", ALICE, "job", "42", "click__saveJob", {"page": "/jobs"})]


def test_what_is_sent_again_is_a_duplicate_whenever_it_is_sent(send: Any) -> None:
    one = call()
    assert said(send(one, sentAt=ago(seconds=30))) == ["accepted"]
    assert said(send(one, sentAt=ago())) == ["duplicate"]
    assert said(send(one | {"sentAt": ago(), "_metadata": {"retryCount": 2}})) == ["duplicate"]
    assert said(send(one | {"properties": {"receiver": "job:77"}})) == ["conflict"]


@pytest.mark.parametrize("length", [1, 100])
def test_an_id_may_be_any_short_text(send: Any, sql: Any, length: int) -> None:
    sent = call(messageId="é" * length)
    assert said(send(sent)) + said(send(sent)) == ["accepted", "duplicate"]
    assert [one.version for (one,) in sql("select event_id from tracking.events")] == [5]


def test_a_call_without_an_id_gets_it_from_its_content(send: Any) -> None:
    sent = call(messageId=None)
    assert said(send(sent, sent)) == ["accepted", "duplicate"]
    assert said(send(sent | {"messageId": ""})) == ["duplicate"]


def test_its_own_time_counts_and_no_correction(send: Any, sql: Any) -> None:
    moment = ago(hours=3)
    late = call(timestamp=None, originalTimestamp=moment, sentAt=ago(hours=2))
    both = call(timestamp=moment, originalTimestamp=ago(hours=9), event="view")
    assert said(send(late, both)) == ["accepted", "accepted"]
    assert sql("select distinct occurred_at = %s from tracking.events", moment) == [(True,)]


def test_pages_and_screens_are_views(send: Any, sql: Any) -> None:
    page = call(type="page", event=None, name="Jobs", category="Search")
    screen = call(type="screen", event=None, name="Start", properties={"receiver": "job:77", "name": "Home"})
    assert said(send(page, screen)) == ["accepted"] * 2
    assert sql("select receiver_id, name, properties from tracking.events order by 1") == [
        ("42", "view", {"name": "Jobs", "category": "Search", "page": "/jobs"}),
        ("77", "view", {"name": "Home"}),
    ]


def test_what_is_no_event_is_told_apart_and_not_kept(send: Any, sql: Any) -> None:
    others = [call(type=kind, traits={"email": "alice@example.org"}) for kind in ("identify", "group", "alias")]
    answer = send(others[0], call(), others[1], {"type": "nothing"}, others[2]).json
    assert [(one["verdict"], one.get("type")) for one in answer["verdicts"]] == [
        ("acknowledged", "identify"), ("accepted", None), ("acknowledged", "group"), ("rejected", None),
        ("acknowledged", "alias"),
    ]  # fmt: skip
    assert answer["counts"] == {"acknowledged": 3, "accepted": 1, "rejected": 1}
    assert said(send(*others)) == ["acknowledged"] * 3
    assert sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1 order by 1") == [
        ("accepted", 1), ("rejected", 1),
    ]  # fmt: skip
    kept = sql("select array_agg(to_jsonb(e)::text) from tracking.events e")[0][0]
    assert "alice@" not in str(kept + sql("select payload from tracking.rejected_events"))


def test_a_path_says_what_its_calls_are(client: Any, web: str) -> None:
    """Also what analytics-next says itself; each has a short form."""
    for path, kind in {"track": "track", "t": "track", "page": "page", "s": "screen", "i": "identify"}.items():
        sent = call(type=None, event="click" if kind == "track" else None, writeKey=web)
        expected = "acknowledged" if kind == "identify" else "accepted"
        assert said(client.post(f"/v1/{path}", json=sent)) == [expected], path
    assert said(client.post("/v1/t", json=call(type="identify", writeKey=web))) == ["acknowledged"]
    assert said(client.post("/v1/b", json={"batch": [call()], "writeKey": web})) == ["accepted"]


def test_who_it_was_is_the_user_or_else_the_visitor(send: Any, sql: Any) -> None:
    assert said(send(call(anonymousId="visitor-1"), call(userId=None, anonymousId="visitor-2"), call(userId="")))[:2] == [
        "accepted", "accepted",
    ]  # fmt: skip
    assert sql("select creator from tracking.events order by 1") == [(ALICE,), ("visitor-2",)]


def test_a_client_token_says_who_it_was(send: Any, alice: str, sql: Any) -> None:
    visitor = call(userId=None, anonymousId="visitor-1")
    answer = send(visitor, call(userId=ALICE, event="click__a"), call(userId=BOB), token=alice).json["verdicts"]
    assert [one["verdict"] for one in answer] == ["accepted", "accepted", "rejected"]
    assert answer[2] == {"verdict": "rejected", "field": "userId", "reason": "not the creator of the token"}
    assert sql("select distinct creator from tracking.events") == [(ALICE,)]


WRONG = {
    "no receiver": ({"properties": {}}, "properties.receiver", "missing; expected TYPE:ID"),
    "no properties": ({"properties": None}, "properties.receiver", "missing; expected TYPE:ID"),
    "a bad receiver": ({"properties": {"receiver": "42"}}, "properties.receiver", "expected TYPE:ID"),
    "no event": ({"event": None}, "event", "missing; expected a letter"),
    "a bad event": ({"event": "🖱"}, "event", "expected a letter"),
    "a number for an event": ({"event": 5}, "event", "a number, not a string; expected a letter"),
    "no time": ({"timestamp": None}, "timestamp", "missing; expected a time"),
    "a time without an offset": ({"timestamp": "2026-11-24T10:00:00"}, "timestamp", "expected a time with its offset"),
    "a long id": ({"messageId": "x" * 101}, "messageId", "expected 1 to 100 characters"),
    "a long user": ({"userId": "x" * 201}, "userId", "expected 1 to 200 characters"),
    "nobody": ({"userId": None}, "userId", "missing; with a source credential"),
    "a kind that nobody knows": ({"type": "buy"}, "type", "expected track, page, screen"),
    "too deep": ({"properties": {"a": {"b": {"c": {"d": {"e": 1}}}}}}, "properties", "nested deeper than 4 levels"),
    "an old one": ({"timestamp": "2019-01-01T00:00:00Z"}, "timestamp", "too old"),
    "NUL": ({"properties": {"receiver": "job:42", "a": "\0"}}, "properties", r"text holds \u0000"),
    "half a pair": (
        {"properties": {"receiver": "job:42", "a": "\ud800"}},
        "properties",
        "text holds half of a surrogate pair",
    ),
}


@pytest.mark.parametrize(("fields", "field", "reason"), WRONG.values(), ids=WRONG)
def test_a_bad_call_is_rejected_alone(send: Any, sql: Any, fields: Any, field: str, reason: str) -> None:
    answers = send(call(), call(**fields), call(event="view")).json["verdicts"]
    assert [one["verdict"] for one in answers] == ["accepted", "rejected", "accepted"]
    assert answers[1]["field"] == field
    assert answers[1]["reason"].startswith(reason)
    payload = json.loads(sql("select payload from tracking.rejected_events")[0][0])
    assert {"name", "id"} & payload.keys(), "the event that it would have been is kept for a look"


BAD = {
    "no JSON": (b"{", "invalid-json"),
    "no batch": (b'{"sentAt": 1}', "invalid-envelope"),
    "no list": (b'{"batch": {}}', "invalid-envelope"),
    "a list": (b"[]", "invalid-envelope"),
    "nothing in it": (b'{"batch": []}', "no-events"),
    "too many": (json.dumps({"batch": [{}] * 501}).encode(), "too-many-events"),
}


@pytest.mark.parametrize(("body", "kind"), BAD.values(), ids=BAD)
def test_a_problem_has_a_code_and_a_message(client: Any, web: str, body: bytes, kind: str) -> None:
    response = client.post("/v1/batch", data=body, headers=bearer(web))
    assert (response.status_code, response.json["type"]) == (400, f"/problems/{kind}")
    assert (response.json["code"], response.json["message"]) == (kind, response.json["detail"])


def test_a_refusal_has_a_code_and_a_message_on_each_path(client: Any, web: str) -> None:
    for path in DIALECTS.keys() - {"/v1/events"}:
        response = client.post(path, json=call(writeKey=web[:-1] + "!"))
        assert (response.status_code, response.json["code"]) == (401, "credential-invalid"), path
        assert "message" in response.json
    assert "code" not in client.post("/v1/events", json={}).json


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("is_zipped", [True, False])
def test_the_bytes_say_what_a_body_is(client: Any, web: str, kind: str, is_zipped: bool) -> None:
    body = json.dumps({"batch": [call()]}).encode()
    basic = base64.b64encode(f"{web}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": kind, "Content-Encoding": "identity"}
    assert said(client.post("/v1/batch", data=gzip.compress(body) if is_zipped else body, headers=headers)) == [
        "accepted"
    ]


def test_what_a_context_says_of_persons_is_not_kept(send: Any, sql: Any) -> None:
    context = {
        "ip": "203.0.113.9", "traits": {"email": "alice@example.org"}, "device": {"advertisingId": "x"},
        "page": {"path": "/reset", "url": "https://p.example/reset?key=1", "search": "?key=1", "title": "Reset"},
        "locale": "de-DE", "timezone": "Europe/Berlin", "campaign": {"name": "autumn"},
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    }  # fmt: skip
    assert said(send(call(context=context), call(context={"ip": "203.0.113.9"}, event="view"))) == ["accepted"] * 2
    assert sql("select context from tracking.events order by name") == [
        (
            {
                "page": {"path": "/reset", "title": "Reset"}, "locale": "de-DE", "timezone": "Europe/Berlin",
                "campaign": {"name": "autumn"}, "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            },
        ),
        (None,),
    ]  # fmt: skip


def test_a_crawler_is_known_by_the_agent_of_its_context(send: Any) -> None:
    assert said(send(call(context={"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}))) == ["bot"]


def test_pages_of_the_source_may_send(client: Any, web: str, sql: Any) -> None:
    """analytics-next says text/plain and sends its key as Basic: a browser asks first, since that is a header."""
    sql("update tracking.sources set origins = '{https://jobs.example}'")
    token = tokens.mint(web, "client", seconds=900, creator=ALICE)
    origin = {"Origin": "https://jobs.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = client.options("/v1/t", headers=origin | asked)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://jobs.example"
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    sent = client.post("/v1/t", data=json.dumps(call(writeKey=token)), content_type="text/plain", headers=origin)
    assert (said(sent), sent.headers["Access-Control-Allow-Origin"]) == (["accepted"], "https://jobs.example")


def test_calls_count_against_the_budget_before_it_is_explained_what_is_wrong(send: Any, sql: Any) -> None:
    sql("update tracking.sources set events = 40")
    assert send(*[{}] * 30).json["counts"] == {"rejected": 30}
    assert send(*[{}] * 30).status_code == 429
