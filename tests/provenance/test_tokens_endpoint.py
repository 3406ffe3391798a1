"""POST /v1/tokens: a backend has tokens signed, and none that grants more than its source may."""

import secrets
import time
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

THUMB = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.fixture
def ask(client: Any, web: str) -> Any:
    """Asks for a token, as `web` unless another credential is given."""
    return lambda token=web, **asked: client.post("/v1/tokens", json=asked, headers=bearer(token))


def kind(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json", response.text
    return response.status_code, response.json["type"].removeprefix("/problems/")


def test_a_client_token_is_minted_and_writes(ask: Any, client: Any, stored: Any) -> None:
    response = ask(kind="client", creator=ALICE, receivers=["job:42"], names=["view"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: response.json[name] for name in ("kind", "expires_in")} == {"kind": "client", "expires_in": 900}
    assert response.json["creator"] == ALICE
    assert abs(response.json["now"] - time.time()) < 60
    assert 0 <= response.json["now"] + 900 - response.json["expires_at"] < 1
    sent = {"events": [event(), event(receiver="job:77"), event(name="click")]}
    reply = client.post("/v1/events", json=sent, headers=bearer(response.json["token"]))
    assert [verdict["verdict"] for verdict in reply.json["verdicts"]] == ["accepted", "rejected", "rejected"]
    assert [row[1] for row in stored()] == [ALICE]


def test_a_stats_token_is_minted_and_reads(ask: Any, client: Any, receivers: None) -> None:
    token = ask(kind="stats", owner="acme", expires_in=60).json["token"]
    read = lambda receiver: client.get(f"/v1/stats/timeseries?receiver={receiver}", headers=bearer(token))  # noqa: E731
    assert (read("job:42").status_code, read("job:77").status_code) == (200, 403)


def test_a_minted_token_is_for_this_deployment(ask: Any) -> None:
    token = ask(kind="client", creator=ALICE).json["token"]
    assert tokens.verify(token, (KEY,), max_seconds=900).grant.source_name == "web"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "kind"),
        ({"kind": "admin", "creator": ALICE}, "kind"),
        ({"kind": "client"}, "creator"),
        ({"kind": "client", "creator": ""}, "creator"),
        ({"kind": "client", "creator": "a\0b"}, "creator"),
        ({"kind": "client", "creator": "\ud800"}, "creator"),
        ({"kind": "client", "creator": "x" * 201}, "creator"),
        ({"kind": "client", "creator": ALICE, "owner": "acme"}, "owner"),
        ({"kind": "client", "creator": ALICE, "receivers": ["42"]}, "receivers"),
        ({"kind": "client", "creator": ALICE, "receivers": []}, "receivers"),
        ({"kind": "client", "creator": ALICE, "rights": ["erase"]}, "rights"),
        ({"kind": "client", "creator": ALICE, "exp": 10**12}, "exp"),
        ({"kind": "client", "creator": ALICE, "expires_in": 86_401}, "expires_in"),
        ({"kind": "client", "creator": ALICE, "expires_in": 0}, "expires_in"),
        ({"kind": "client", "creator": ALICE, "expires_in": 1.5}, "expires_in"),
        ({"kind": "client", "creator": ALICE, "expires_in": "60"}, "expires_in"),
        ({"kind": "client", "creator": ALICE, "key": "short"}, "key"),
        ({"kind": "client", "creator": ALICE, "key": THUMB}, "key"),
        ({"kind": "stats"}, "owner"),
        ({"kind": "stats", "owner": "acme", "creator": ALICE}, "creator"),
        ({"kind": "stats", "owner": "acme", "names": ["view"]}, "names"),
        ({"kind": "live", "owner": "acme"}, "owner"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_field(ask: Any, asked: dict[str, Any], field: str) -> None:
    response = ask(**asked)
    assert kind(response) in {(422, "invalid-parameters"), (400, "invalid-json")}
    assert response.status_code == 400 or field in response.json["errors"]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"null", b'"x"', b"\xff", b"[" * 10_000, b'{"kind": NaN}'])
def test_a_body_that_is_no_request_is_refused(client: Any, web: str, body: bytes) -> None:
    assert client.post("/v1/tokens", data=body, headers=bearer(web)).status_code in {400, 422}


def test_a_body_that_is_too_large_is_refused(client: Any, web: str) -> None:
    assert kind(client.post("/v1/tokens", data=b" " * 200_001, headers=bearer(web))) == (413, "body-too-large")


def test_tokens_mint_no_tokens(ask: Any, alice: str, acme: str) -> None:
    assert kind(ask(alice, kind="client", creator=ALICE)) == (403, "wrong-kind")
    assert kind(ask(acme, kind="stats", owner="acme")) == (403, "wrong-kind")


def test_a_source_without_the_right_mints_nothing(ask: Any, sql: Any) -> None:
    sql("insert into tracking.sources (name, rights) values ('writer', '{ingest}'), ('minter', '{mint,stats}')")
    writer, minter = (credentials.derive(KEY, name, 1) for name in ("writer", "minter"))
    assert kind(ask(writer, kind="client", creator=ALICE)) == (403, "not-allowed")
    assert kind(ask(minter, kind="client", creator=ALICE)) == (403, "scope-exceeded")
    assert ask(minter, kind="stats", owner="acme").status_code == 200
    assert kind(ask(minter, kind="live")) == (403, "scope-exceeded")


def test_who_is_not_known_is_refused_before_the_body_is_looked_at(client: Any) -> None:
    assert kind(client.post("/v1/tokens", data=b"nonsense")) == (401, "token-missing")


def test_a_token_minted_in_the_grace_ends_with_it(ask: Any, client: Any, sql: Any, web: str) -> None:
    """What it says about its life is true: it is signed by the credential that ends."""
    sql("update tracking.sources set version = 2, previous_until = now() + interval '100 seconds'")
    response = ask(kind="client", creator=ALICE)
    assert 90 <= response.json["expires_in"] <= 100


def test_a_bound_token_is_minted_where_the_source_asks_for_proof(ask: Any, sql: Any) -> None:
    sql("update tracking.sources set proof = 'required'")
    assert list(ask(kind="client", creator=ALICE).json["errors"]) == ["key"]
    token = ask(kind="client", creator=ALICE, key=THUMB).json["token"]
    assert tokens.verify(token, (KEY,), max_seconds=900).grant.bound_to == THUMB


def test_a_token_that_would_be_too_long_to_be_taken_is_not_minted(ask: Any) -> None:
    many = [f"job:{secrets.token_hex(90)}" for _ in range(200)]  # nothing for zlib to find
    response = ask(kind="client", creator=ALICE, receivers=many)
    assert kind(response) == (422, "invalid-parameters")
    assert ask(kind="stats", receivers=[f"job:{number}" for number in range(200)]).status_code == 200
