"""The source asks for proof, and somebody has copied a request of Alice's, token, proof and all."""

import gzip
import json
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, bearer, event
from fixtures.proofs import Browser
from tracking.provenance import tokens


@pytest.fixture
def browser(sql: Any, two_seconds_pass: Any) -> Browser:
    sql("update tracking.sources set proof = 'required'")
    two_seconds_pass()
    return Browser()


@pytest.fixture
def bound(web: str, browser: Browser) -> str:
    return tokens.mint(web, "client", seconds=900, creator=ALICE, cnf={"jkt": browser.thumbprint})


@pytest.fixture
def copied(client: Any, browser: Browser, bound: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request that was answered; with no event in it, so that only what follows could count."""
    body = json.dumps({"events": [event(receiver="nonsense")]}).encode()
    headers = bearer(bound) | {"DPoP": browser.prove(bound, body)}
    assert client.post("/v1/events", data=body, headers=headers).json["counts"] == {"rejected": 1}
    return body, headers


def kind(response: Any) -> str:
    assert response.status_code == 401, response.text
    return response.json["type"].removeprefix("/problems/")


def test_sent_again(client: Any, copied: Any) -> None:
    body, headers = copied
    assert kind(client.post("/v1/events", data=body, headers=headers)) == "proof-reused"


def test_proof_stripped(client: Any, copied: Any, bound: str) -> None:
    assert kind(client.post("/v1/events", data=copied[0], headers=bearer(bound))) == "proof-missing"


def test_proof_over_another_body(client: Any, copied: Any) -> None:
    body = json.dumps({"events": [event()]}).encode()
    assert kind(client.post("/v1/events", data=body, headers=copied[1])) == "proof-invalid"


def test_proof_with_a_body_that_decompresses_to_the_signed_one(client: Any, browser: Browser, bound: str) -> None:
    """The bytes that were sent are signed, not what they become."""
    body = json.dumps({"events": [event()]}).encode()
    headers = bearer(bound) | {"DPoP": browser.prove(bound, body)}
    assert kind(client.post("/v1/events", data=gzip.compress(body), headers=headers)) == "proof-invalid"


def test_proof_moved_into_a_beacon(client: Any, copied: Any, bound: str) -> None:
    sent = {"token": bound, "proof": copied[1]["DPoP"], "body": copied[0].decode()}
    assert kind(client.post("/v1/events", json=sent)) == "proof-reused"


def test_proof_of_a_beacon_over_events_beside_the_signed_text(client: Any, browser: Browser, bound: str) -> None:
    """What is signed is what is read; events smuggled beside it are not."""
    body = json.dumps({"events": [event(receiver="nonsense")]})
    sent = {"token": bound, "proof": browser.prove(bound, body.encode()), "body": body, "events": [event()]}
    assert client.post("/v1/events", json=sent).json["counts"] == {"rejected": 1}


def test_proof_by_the_thiefs_own_key(client: Any, bound: str) -> None:
    body = json.dumps({"events": [event()]}).encode()
    headers = bearer(bound) | {"DPoP": Browser().prove(bound, body)}
    assert kind(client.post("/v1/events", data=body, headers=headers)) == "proof-invalid"


def test_the_thiefs_proof_beside_the_copied_one(client: Any, copied: Any, browser: Browser, bound: str) -> None:
    body = json.dumps({"events": [event()]}).encode()
    both = f"{copied[1]['DPoP']}, {browser.prove(bound, body)}"
    assert kind(client.post("/v1/events", data=body, headers=bearer(bound) | {"DPoP": both})) == "proof-invalid"


def test_proof_for_bobs_token_with_alices(client: Any, web: str, browser: Browser, bound: str) -> None:
    """Even under one key, as on a shared computer."""
    bobs = tokens.mint(web, "client", seconds=900, creator=BOB, cnf={"jkt": browser.thumbprint})
    body = json.dumps({"events": [event()]}).encode()
    headers = bearer(bound) | {"DPoP": browser.prove(bobs, body)}
    assert kind(client.post("/v1/events", data=body, headers=headers)) == "proof-invalid"


def test_an_unbound_token_where_the_source_requires_proof(client: Any, browser: Browser, alice: str) -> None:
    body = json.dumps({"events": [event()]}).encode()
    for headers in (bearer(alice), bearer(alice) | {"DPoP": browser.prove(alice, body)}):
        assert kind(client.post("/v1/events", data=body, headers=headers)) == "proof-required"
