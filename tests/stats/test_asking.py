"""A question by POST is the same question."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.cast import bearer, event
from fixtures.proofs import Browser
from tracking.provenance import tokens

ENDPOINTS = ["summary", "timeseries", "breakdown", "top", "funnel"]
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "summary": [{}, {"receiver": ["job:42"], "uniques": False, "compare": "year"}, {"receiver": ["job:77"]}],
    "timeseries": [{"interval": "week", "name": ["view", "click__*"]}, {"timezone": "Asia/Kathmandu", "format": "csv"}],
    "breakdown": [{"by": "property:color", "limit": 3}, {"by": "creator"}, {"action": ["view"], "owner": "globex"}],
    "top": [{"order": "creators", "search": "Engin"}, {"limit": 0}, {"from": "2026-11-02", "to": "2026-11-01"}],
    "funnel": [{"step": ["view", "click"]}, {"nme": "x"}, {"type": "job"}],
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
            assert posted.json["type"].rpartition("/")[2] in {got.json["type"].rpartition("/")[2], "invalid-parameters"}


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
        (b'{"token": "x"}', 422), (b"[" * 10_000, 400),
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
