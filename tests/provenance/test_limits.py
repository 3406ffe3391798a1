"""How often one may ask: told in the headers, by source, token and address, in memory or in Redis."""

import gzip
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from fixtures.limited import many, post, send
from tracking.provenance import credentials, limits, tokens
from tracking.settings import Settings


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    client_of: Any, alice: str, bob: str, web: str, stored: Any
) -> None:
    client = client_of(rate_per_token=3)
    assert [send(client, alice).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = send(client, alice)
    assert refused.json["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert refused.headers["RateLimit"] == f'"token";r=0;t={refused.headers["Retry-After"]}'
    assert send(client, bob).status_code == 200
    assert [send(client, web).status_code for _ in range(5)] == [200] * 5
    assert len(stored()) == 9


def test_a_source_has_one_rate_for_all_its_tokens(client_of: Any, sql: Any, alice: str, bob: str, web: str) -> None:
    sql("update tracking.sources set rate = 4")
    client = client_of()
    statuses = [send(client, token).status_code for token in (alice, bob, web, web, web, bob)]
    assert statuses == [200] * 4 + [429] * 2
    assert send(client, web).headers["RateLimit-Policy"] == '"source";q=4;w=60'


def test_one_token_cannot_use_up_its_sources_rate(client_of: Any, sql: Any, web: str, alice: str) -> None:
    """What it sends beyond its share, garbage too, is on its own account, whichever of its creator's tokens it is."""
    sql("update tracking.sources set rate = 100")
    client = client_of(rate_per_token=0)
    again = tokens.mint(web, "client", seconds=600, creator=ALICE)
    garbage = [
        client.post("/v1/events", data=b"{" * 50, headers=bearer(token)).status_code
        for _ in range(210)
        for token in (alice, again)
    ]
    assert garbage == [400] * 25 + [429] * 395
    assert send(client, alice).headers["RateLimit-Policy"] == '"token";q=25;w=60'
    users = [tokens.mint(web, "client", seconds=600, creator=f"user-{number}") for number in range(12)]
    assert [send(client, token).status_code for token in users] == [200] * 12


def test_a_creator_of_another_source_has_an_account_of_their_own(client_of: Any, sql: Any, alice: str) -> None:
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint}')")
    client = client_of(rate_per_token=2)
    other = tokens.mint(credentials.derive(KEY, "ios", 1), "client", seconds=60, creator=ALICE)
    assert [send(client, alice).status_code for _ in range(3)] == [200, 200, 429]
    assert send(client, other).status_code == 200


FOR_ACME = [{"owner": "acme"}, {"owner": "acme", "receivers": ["job:42"]}, {"owner": "acme"}]
FOR_A_JOB = [{"receivers": ["job:42", "job:1"]}, {"receivers": ["job:1", "job:42"]}] * 2
OTHERS: list[dict[str, Any]] = [{"owner": "globex"}, {"receivers": ["job:42"]}, {"receivers": ["job:42", "job:2"]}]


@pytest.mark.parametrize("together", [FOR_ACME, FOR_A_JOB])
@pytest.mark.parametrize(("size", "statuses"), [(2, [200, 200, 429]), (6_000, [200, 429, 429])])
def test_all_tokens_that_read_for_one_customer_are_one_account_and_no_others(
    client_of: Any, web: str, together: list[dict[str, Any]], size: int, statuses: list[int]
) -> None:
    """Of requests, and of the bytes of their questions: a page has a token of its own, and nobody pays for another."""
    client = client_of(rate_per_token=2 if size == 2 else 4)
    question = b"{" + b" " * (size - 2) + b"}"

    def ask(scope: dict[str, Any]) -> int:
        token = tokens.mint(web, "stats", seconds=60, **scope)
        return int(client.post("/v1/stats/summary", data=question, headers=bearer(token)).status_code)

    assert [ask(scope) for scope in together[:3]] == statuses
    assert [ask(scope) for scope in OTHERS] == [200] * 3


def test_who_acts_and_whom_is_read_for_are_not_one_account_by_name(client_of: Any, web: str, alice: str) -> None:
    client = client_of(rate_per_token=1)
    assert [send(client, alice).status_code for _ in range(2)] == [200, 429]
    token = tokens.mint(web, "stats", seconds=60, owner=ALICE)
    assert client.get("/v1/stats/summary", headers=bearer(token)).status_code == 200


def test_a_refused_request_of_a_token_is_not_its_sources(client_of: Any, sql: Any, web: str, alice: str) -> None:
    sql("update tracking.sources set rate = 4, events = 8, bytes = 8000")
    client = client_of()
    assert [send(client, alice).status_code for _ in range(20)] == [200] + [429] * 19
    assert [send(client, web).status_code for _ in range(3)] == [200] * 3


def test_a_token_has_a_budget_of_events(client_of: Any, alice: str, bob: str, stored: Any) -> None:
    client = client_of(rate_per_token=10)  # fifty events
    assert [post(client, alice, many(20)).status_code for _ in range(3)] == [200, 200, 429]
    refused = post(client, alice, many(11))
    assert refused.json["type"] == "/problems/too-many-requests"
    assert "50 events" in refused.json["detail"]
    assert refused.headers["RateLimit-Policy"] == '"token-events";q=50;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert post(client, alice, many(10)).status_code == 200
    assert post(client, bob, many(20)).status_code == 200
    assert len(stored()) == 70


def test_a_token_has_a_budget_of_bytes_unzipped_and_whatever_they_say(client_of: Any, alice: str, bob: str) -> None:
    client = client_of(rate_per_token=10)  # 20,000 bytes
    bodies = [gzip.compress(b" " * 12_000), b"{" * 12_000, b"{" * 8_000, b"{}"]
    assert [post(client, alice, body).status_code for body in bodies] == [400, 429, 400, 429]
    refused = post(client, alice, b"{}")
    assert refused.headers["RateLimit-Policy"] == '"token-bytes";q=20000;w=60'
    assert post(client, bob, many(1)).status_code == 200


def test_one_request_larger_than_a_budget_is_taken_where_nothing_else_was(client_of: Any, alice: str) -> None:
    """Else it could never be sent at all."""
    client = client_of(rate_per_token=2)
    assert post(client, alice, many(30)).status_code == 200
    assert post(client, alice, many(1)).status_code == 429


def test_a_beacons_bytes_are_counted_too(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_token=5)
    sent = lambda: client.post("/v1/events", json={"token": alice, "events": [{"name": "x" * 7_000}]})  # noqa: E731
    assert [sent().status_code for _ in range(2)] == [200, 429]


def test_a_source_has_budgets_and_a_token_a_quarter_of_them(
    client_of: Any, sql: Any, web: str, alice: str, bob: str
) -> None:
    sql("update tracking.sources set events = 40")
    client = client_of()
    assert [post(client, alice, many(5)).status_code for _ in range(3)] == [200, 200, 429]
    assert post(client, bob, many(10)).status_code == 200
    assert post(client, web, many(20, creator=ALICE)).status_code == 200
    over = post(client, web, many(1, creator=ALICE))
    assert (over.status_code, over.headers["RateLimit-Policy"]) == (429, '"source-events";q=40;w=60')
    sql("update tracking.sources set events = 0, bytes = 40000")
    fresh = client_of()
    assert [post(fresh, alice, b"{" * 9_000).status_code for _ in range(2)] == [400, 429]
    assert [post(fresh, web, b"{" * 15_000).status_code for _ in range(3)] == [400, 400, 429]


def test_without_a_rate_of_tokens_there_is_no_budget(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_token=0)
    assert [post(client, alice, many(500)).status_code for _ in range(8)] == [200] * 8


def test_an_hour_of_one_token_is_bounded() -> None:
    """By default: 600 requests of five events and 2,000 bytes a minute in each worker; it was 36 GB an hour."""
    assert Settings().rate_per_token * limits.BYTES_A_REQUEST * 60 == 72_000_000
    assert Settings().rate_per_token * limits.EVENTS_A_REQUEST == 3_000


def test_a_beacon_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=2, rate_per_token=2)
    sent = lambda: client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code  # noqa: E731
    assert [sent() for _ in range(3)] == [200, 200, 429]


def test_a_request_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=4)
    statuses = [client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
