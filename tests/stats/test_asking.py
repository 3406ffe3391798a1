"""A question by POST is the same question."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
import pytest

from fixtures.cast import bearer, event
from fixtures.proofs import Browser
from tracking.provenance import tokens
from tracking.stats import schemas

ENDPOINTS = ["summary", "timeseries", "breakdown", "top", "funnel", "explain", "overlap"]
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "summary": [{}, {"receiver": ["job:42"], "uniques": False, "compare": "year"}, {"receiver": ["job:77"]}],
    "timeseries": [{"interval": "week", "name": ["view", "click__*"]}, {"timezone": "Asia/Kathmandu", "format": "csv"}],
    "breakdown": [{"by": "property:color", "limit": 3}, {"by": "creator"}, {"action": ["view"], "owner": "globex"}],
    "top": [{"order": "creators", "search": "Engin"}, {"limit": 0}, {"from": "2026-11-02", "to": "2026-11-01"}],
    "funnel": [{"step": ["view", "click"]}, {"nme": "x"}, {"type": "job"}],
    "overlap": [{"action": ["view"], "and_action": ["click"]}, {"name": ["view"]}, {"and_receiver": ["job:77"]}],
    "explain": [{"name": ["view", "click__*"]}, {"compare": "year"}, {"receiver": ["job:77"]}],
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_post_is_answered_as_the_same_get(client: Any, acme: str, verdicts: Any, endpoint: str) -> None:
    verdicts(event(), event(name="click"), event(name="click__save"))
    for question in QUESTIONS[endpoint]:
        query = {key: str(value).lower() if isinstance(value, bool) else value for key, value in question.items()}
        got = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(acme))
        posted = client.post(f"/v1/stats/{endpoint}", json=question, headers=bearer(acme))
        assert (posted.status_code, posted.content_type) == (got.status_code, got.content_type), posted.text
        if got.status_code == 200:
            assert posted.data == got.data
        else:
            assert posted.json | {"request_id": ""} == got.json | {"request_id": ""}


def test_two_hundred_receivers_with_long_ids_are_one_question(client: Any, web: str) -> None:
    receivers = [f"job:{n:032x}-{n:032x}" for n in range(200)]
    token = tokens.mint(web, "stats", seconds=900, owner="acme")
    assert client.post("/v1/stats/summary", json={"receiver": receivers}, headers=bearer(web)).json["events"] == 0
    assert client.post("/v1/stats/summary", json={"receiver": receivers}, headers=bearer(token)).status_code == 403
    assert client.post("/v1/stats/summary", json={"receiver": ["job:1"] * 201}, headers=bearer(web)).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"null", 400), (b"{", 400), (b'{"search": "\\ud800"}', 400), (b"\xff", 400),
        (b'{"receiver": "job:42"}', 422), (b'{"limit": 1e400}', 400), (b'{"limit": ' + b"9" * 400 + b"}", 422),
        (b'{"search": "\\u0000"}', 422), (b'{"uniques": []}', 422), (b'{"from": 7}', 422), (b'{"from": {"a": 1}}', 422),
        (b'{"token": "x"}', 422), (b"[" * 10_000, 400), (b'{"limit": 1.5}', 422), (b'{"limit": 5.0}', 422),
        (b'{"limit": true}', 422), (b'{"limit": ' + b"9" * 500_000 + b"}", 400),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_meant_is_refused(client: Any, acme: str, body: bytes, status: int) -> None:
    response = client.post("/v1/stats/top", data=body, headers=bearer(acme))
    assert (response.status_code, response.content_type) == (status, "application/problem+json"), response.text


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_may_not_ask_may_not_ask_by_post(client: Any, alice: str, endpoint: str) -> None:
    assert client.post(f"/v1/stats/{endpoint}", json={}).status_code == 401
    answer = client.post(f"/v1/stats/{endpoint}", json={}, headers=bearer(alice))
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-kind")
    in_body = client.post(f"/v1/stats/{endpoint}", json={"token": alice})
    assert (in_body.status_code, in_body.json["type"]) == (401, "/problems/token-missing")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_may_not_ask_does_not_learn_what_is_wrong_with_the_question(client: Any, alice: str, endpoint: str) -> None:
    for query in ("nme=x", "&".join(f"p{n}" for n in range(1_800)), "name=&" * 1_200):
        for headers, kind in (({}, "token-missing"), (bearer(alice), "wrong-kind")):
            answer = client.get(f"/v1/stats/{endpoint}?{query}", headers=headers)
            assert answer.json["type"] == f"/problems/{kind}"


def wrong(client: Any, token: str, question: dict[str, Any]) -> dict[str, Any]:
    """What is told to be wrong with either form of the question."""
    got = client.get("/v1/stats/top", query_string=question, headers=bearer(token))
    posted = client.post("/v1/stats/top", json=question, headers=bearer(token))
    for answer in (got, posted):
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-parameters")
        assert len(answer.data) < 2_000
    assert posted.json | {"request_id": ""} == got.json | {"request_id": ""}
    return dict(got.json["errors"])


def test_of_what_is_wrong_the_first_is_told_and_how_much_more_there_is(client: Any, acme: str) -> None:
    names = wrong(client, acme, {"name": [""] * 45})["name"]
    assert names.pop("_schema") == ["only the first 20 are listed; 25 more were not checked"]
    assert list(names) == [str(n) for n in range(20)]
    unknown = wrong(client, acme, {f"p{n:04}": "" for n in range(900)})
    assert unknown.pop("_schema") == ["900 fields; there are only 15"]
    assert list(unknown) == [f"p{n:04}" for n in range(20)]


@pytest.mark.parametrize(
    ("schema", "name", "most"),
    [
        (schema, name, field.validators[0].max)
        for schema in (schemas.SummaryQuerySchema, schemas.FunnelQuerySchema)
        for name, field in schema().fields.items()
        if isinstance(field, ma.fields.List)
    ],
)
def test_a_list_that_is_too_long_is_not_looked_into(schema: type[ma.Schema], name: str, most: int) -> None:
    for value in ([], [""] * (most + 1), [""] * 240_000):
        assert schema().validate({name: value})[name] == [f"Length must be between 1 and {most}."]
    assert list(schema().validate({name: [""]})[name]) == [0]


@pytest.mark.parametrize("limit", ["\u0665", "1.5", "1_0", " 5", "5 ", "-5", "", "9" * 5_000])
def test_a_limit_is_written_in_digits(client: Any, acme: str, limit: str) -> None:
    assert wrong(client, acme, {"limit": limit}).keys() == {"limit"}


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "posix/UTC", "right/UTC", "utc", "../UTC"])
def test_a_timezone_is_the_same_on_every_machine(client: Any, acme: str, name: str) -> None:
    assert wrong(client, acme, {"timezone": name}).keys() == {"timezone"}


def test_the_proof_of_a_bound_token_covers_the_body(client: Any, web: str, receivers: None) -> None:
    browser = Browser()
    token = tokens.mint(web, "stats", seconds=900, owner="acme", cnf={"jkt": browser.thumbprint})
    body = json.dumps({"receiver": ["job:42"]}).encode()
    path = "/v1/stats/summary"

    def ask(sent: bytes, **signed: Any) -> Any:
        proof = browser.prove(token, **{"path": path, "body": body} | signed)
        return client.post(path, data=sent, headers=bearer(token) | {"DPoP": proof})

    assert ask(body).status_code == 200
    for answer in (ask(b"{}"), ask(body, method="GET"), client.post(path, data=body, headers=bearer(token))):
        assert answer.status_code == 401


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(("name", "values"), [("owner", ["acme", "globex"]), ("from", ["2026-11-01", "2026-11-02"])])
def test_what_may_be_given_once_is_not_taken_twice(
    client: Any, acme: str, endpoint: str, name: str, values: list[str]
) -> None:
    """Whichever of them counted, the answer would be to another question."""
    answer = client.get(f"/v1/stats/{endpoint}", query_string={name: values}, headers=bearer(acme))
    assert (answer.status_code, answer.json["errors"]) == (422, {name: ["may be given once"]})


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_question_is_in_the_body_or_in_the_address(client: Any, acme: str, endpoint: str) -> None:
    answer = client.post(f"/v1/stats/{endpoint}?receiver=job:42", json={"receiver": ["job:43"]}, headers=bearer(acme))
    assert (answer.status_code, answer.json["errors"]) == (422, {"receiver": ["in the body, not in the address"]})
