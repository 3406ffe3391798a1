"""The door: who is let in to do what, over HTTP."""

import base64
import time
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY, OLD_KEY
from tracking.provenance import credentials, tokens
from tracking.provenance.gate import JUST_NOW
from tracking.provenance.sources import add_source, rotate_source
from tracking.snapshot import MAX_AGE

STATS = "/v1/stats/timeseries?receiver=job:42"


def refused(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json", response.text
    return response.status_code, response.json["type"].removeprefix("/problems/")


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def send(client: Any, headers: dict[str, str]) -> Any:
    return client.post("/v1/events", json={"events": [event(creator=ALICE)]}, headers=headers)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_a_bearer_is_taken_however_it_is_spelled(client: Any, alice: str, scheme: str) -> None:
    assert send(client, {"Authorization": f"{scheme} {alice}"}).status_code == 200


@pytest.mark.parametrize("password", ["", "x", "a:b"])
def test_a_token_as_the_basic_username_is_taken(client: Any, alice: str, web: str, password: str) -> None:
    assert send(client, basic(alice, password)).status_code == 200
    assert send(client, basic(web, password)).status_code == 200


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (None, "token-missing"),
        ("", "token-missing"),
        ("Bearer", "token-malformed"),
        ("Bearer ", "token-malformed"),
        ("Digest x", "token-missing"),
        ("fc_web_1_x", "token-missing"),
        ("Bearer nonsense", "token-malformed"),
        ("Bearer fk_web_1_" + "A" * 43, "credential-invalid"),
        ("Bearer fk_web", "credential-invalid"),
        ("Bearer fk_web_1_" + "A" * 5000, "credential-invalid"),
        ("Bearer fc_web_1_" + "A" * 5000, "token-malformed"),
        ("Bearer fc_web_1_é", "token-malformed"),
        ("Basic !!!", "token-malformed"),
        ("Basic é", "token-malformed"),
        ("Basic", "token-malformed"),
        ("Basic /////w==", "token-malformed"),
        ("Basic Og==", "token-malformed"),
    ],
)
def test_who_cannot_be_known_is_refused(client: Any, header: str | None, kind: str) -> None:
    assert refused(send(client, {} if header is None else {"Authorization": header})) == (401, kind)


def test_a_stats_token_cannot_write(client: Any, acme: str, stored: Any) -> None:
    assert refused(send(client, bearer(acme))) == (403, "wrong-kind")
    assert stored() == []


def test_a_client_token_cannot_read(client: Any, alice: str) -> None:
    assert refused(client.get(STATS, headers=bearer(alice))) == (403, "wrong-kind")


def test_a_source_has_its_rights_and_no_others(client: Any, sql: Any, web: str) -> None:
    sql("insert into tracking.sources (name, rights) values ('writer', '{ingest}'), ('reader', '{stats}')")
    writer, reader = (credentials.derive(KEY, name, 1) for name in ("writer", "reader"))
    assert send(client, bearer(writer)).status_code == 200
    assert client.get(STATS, headers=bearer(reader)).status_code == 200
    assert refused(send(client, bearer(reader))) == (403, "not-allowed")
    assert refused(client.get(STATS, headers=bearer(writer))) == (403, "not-allowed")


def test_a_right_that_is_taken_away_is_gone_for_a_credential_seen_before(client: Any, sql: Any, web: str) -> None:
    assert send(client, bearer(web)).status_code == 200
    sql("update tracking.sources set rights = '{stats}' where name = 'web'")
    eventually_refused(client, web, (403, "not-allowed"))


def eventually_refused(client: Any, token: str, expected: tuple[int, str]) -> None:
    """Refused once the copy of the registry is too old, which is seconds."""
    until = time.monotonic() + 2 * MAX_AGE + 1
    while (response := send(client, bearer(token))).status_code == 200:
        assert time.monotonic() < until, "still let in"
        time.sleep(0.05)  # the age of the copy is the subject here
    assert refused(response) == expected


def test_a_revoked_source_and_all_its_tokens_are_refused_within_seconds(
    client: Any, sql: Any, web: str, alice: str
) -> None:
    assert send(client, bearer(web)).status_code == send(client, bearer(alice)).status_code == 200
    sql("update tracking.sources set revoked_at = now() where name = 'web'")
    eventually_refused(client, alice, (401, "source-revoked"))
    assert refused(send(client, bearer(web))) == (401, "source-revoked")


def test_a_rotated_source_is_known_by_its_new_version_only(client: Any, sql: Any, web: str, alice: str) -> None:
    sql("update tracking.sources set version = 2 where name = 'web'")
    rotated = credentials.derive(KEY, "web", 2)
    assert send(client, bearer(rotated)).status_code == 200
    assert send(client, bearer(tokens.mint(rotated, "client", seconds=60, creator=ALICE))).status_code == 200
    assert refused(send(client, bearer(web))) == (401, "source-revoked")
    assert refused(send(client, bearer(alice))) == (401, "source-revoked")


def test_a_source_that_was_never_registered_is_refused(client: Any, engine: Any) -> None:
    ghost = credentials.derive(KEY, "ghost", 1)
    assert refused(send(client, bearer(ghost))) == (401, "source-revoked")
    assert refused(send(client, bearer(tokens.mint(ghost, "client", seconds=60, creator=ALICE)))) == (
        401,
        "source-revoked",
    )


def test_a_credential_under_the_older_key_still_opens(client: Any, engine: Any) -> None:
    older = credentials.derive(OLD_KEY, "web", 1)
    assert send(client, bearer(older)).status_code == 200
    assert send(client, bearer(tokens.mint(older, "client", seconds=60, creator=ALICE))).status_code == 200


def test_a_token_expires_while_it_is_in_use(client: Any, web: str) -> None:
    """It was verified and remembered, and is refused all the same once its time is over."""
    token = tokens.mint(web, "client", seconds=1, creator=ALICE)
    responses = [send(client, bearer(token))]
    until = time.monotonic() + 5
    while responses[-1].status_code == 200 and time.monotonic() < until:
        time.sleep(0.05)  # its lifetime is the subject here
        responses.append(send(client, bearer(token)))
    assert refused(responses[-1]) == (401, "token-expired")


def test_the_gate_remembers_a_bounded_number_of_tokens(app: Any, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.provenance.gate.CACHE_SIZE", 3)
    gate = app.extensions["footfall"].gate
    for number in range(10):
        gate.authorize(tokens.mint(web, "client", seconds=60, creator=f"user-{number}"), "ingest")
    assert gate.remembered <= 3


@pytest.mark.parametrize("rights", ["{ingest}", "{stats}", "{mint}", "{mint,stats}"])
def test_a_token_grants_nothing_that_its_source_may_not(client: Any, sql: Any, rights: str) -> None:
    """Signed locally, it is not stopped when it is made: so it is stopped when it is used."""
    sql("insert into tracking.sources (name, rights) values ('narrow', %s)", rights)
    token = tokens.mint(credentials.derive(KEY, "narrow", 1), "client", seconds=60, creator=ALICE)
    assert refused(send(client, bearer(token))) == (403, "not-allowed")


@pytest.mark.parametrize("rights", ["{ingest,mint}", "{stats}", "{ingest}"])
def test_a_source_cannot_read_by_signing_itself_a_stats_token(client: Any, sql: Any, rights: str) -> None:
    sql("insert into tracking.sources (name, rights) values ('narrow', %s)", rights)
    token = tokens.mint(credentials.derive(KEY, "narrow", 1), "stats", seconds=60, receivers=["job:42"])
    assert refused(client.get(STATS, headers=bearer(token))) == (403, "not-allowed")


def test_a_credential_counts_at_once_in_every_worker(client: Any, engine: Any, web: str) -> None:
    """What a worker has read a moment ago does not know the source yet, or its new version."""
    assert client.get("/v1/stats/summary", headers=bearer(web)).status_code == 200
    with engine.begin() as connection:
        add_source(connection, "shop", key=KEY, rights=["ingest", "stats"])
    shop = credentials.derive(KEY, "shop", 1)
    time.sleep(JUST_NOW)
    assert client.get("/v1/stats/summary", headers=bearer(shop)).status_code == 200
    with engine.begin() as connection:
        rotate_source(connection, "shop", key=KEY, grace=0)
    time.sleep(JUST_NOW)
    assert client.get("/v1/stats/summary", headers=bearer(credentials.derive(KEY, "shop", 2))).status_code == 200
    assert client.get("/v1/stats/summary", headers=bearer(shop)).status_code == 401
