"""Somebody has a token, or a credential, and wants more than it grants."""

import json
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, ago, bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

JOB_77 = {"receiver": "job:77", "receivers": "job:77", "owner": "globex", "name": "click", "interval": "hour"}
"""What would show Globex's numbers, by the name of a parameter."""


@pytest.fixture
def narrow(web: str) -> str:
    """A token of Alice's for views of job 42."""
    return tokens.mint(web, "client", seconds=900, creator=ALICE, receivers=["job:42"], names=["view"])


def test_writing_as_another_creator(rejected: Any, alice: str) -> None:
    assert rejected(alice, event(creator=BOB), event(creator="*"), event(creator="user-Alice")) == ["creator"] * 3


def test_writing_on_another_receiver(rejected: Any, narrow: str) -> None:
    sent = [event(receiver=name) for name in ("job:77", "job:421", "job:4", "jobs:42", "profile:42")]
    assert rejected(narrow, *sent) == ["receiver"] * 5


def test_writing_a_name_out_of_scope(rejected: Any, narrow: str) -> None:
    assert rejected(narrow, *[event(name=name) for name in ("click", "views", "view__x", "View", "v")]) == ["name"] * 5


def test_writing_a_name_that_the_source_may_not(rejected: Any, alice: str, sql: Any, two_seconds_pass: Any) -> None:
    sql("update tracking.sources set names = '{view}'")
    two_seconds_pass()
    assert rejected(alice, event(name="click"), event(name="paid")) == ["name", "name"]


def test_writing_an_unknown_name_into_a_strict_catalogue(
    rejected: Any, alice: str, sql: Any, two_seconds_pass: Any
) -> None:
    sql("update tracking.sources set strict = true")
    two_seconds_pass()
    assert rejected(alice, event(name="anything"), event(name="click__anything")) == ["name", "name"]


@pytest.mark.parametrize(
    "field",
    [
        {"source": "jobs-backend"},
        {"received_at": "2020-01-01T00:00:00Z"},
        {"excluded": None},
        {"verdict": "accepted"},
        {"event_id": "x"},
        {"rights": ["erase"]},
        {"receiver_type": "job"},
        {"__class__": "x"},
    ],
    ids=lambda field: next(iter(field)),
)
def test_believing_the_body(client: Any, alice: str, field: dict[str, Any]) -> None:
    """Where an event comes from, and what becomes of it, cannot be said in it: null or not, the field is refused."""
    sent = event() | field
    response = client.post("/v1/events", json={"events": [sent]}, headers=bearer(alice))
    assert response.json["counts"] == {"rejected": 1}


@pytest.mark.parametrize("more", [{"source": "ios"}, {"creator": BOB}, {"writeKey": "x"}, {"proof": "x"}])
def test_believing_the_envelope(client: Any, alice: str, more: dict[str, Any]) -> None:
    response = client.post("/v1/events", json={"events": [event()]} | more, headers=bearer(alice))
    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-envelope")


def test_a_stats_token_writes(refused: Any, acme: str) -> None:
    assert refused(acme) == "403 wrong-kind"


def test_a_client_token_reads(client: Any, alice: str) -> None:
    response = client.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(alice))
    assert (response.status_code, response.json["type"]) == (403, "/problems/wrong-kind")


@pytest.mark.parametrize("kind", ["client", "stats"])
def test_a_token_mints_itself_a_longer_life(client: Any, alice: str, acme: str, kind: str) -> None:
    token = {"client": alice, "stats": acme}[kind]
    asked = {"kind": kind, "expires_in": 86_400} | ({"creator": ALICE} if kind == "client" else {"owner": "acme"})
    assert client.post("/v1/tokens", json=asked, headers=bearer(token)).json["type"] == "/problems/wrong-kind"


@pytest.mark.parametrize(("rights", "kind"), [("{ingest,mint}", "stats"), ("{stats,mint}", "client")])
def test_a_source_mints_what_it_may_not_do(
    client: Any, sql: Any, two_seconds_pass: Any, rights: str, kind: str
) -> None:
    sql("insert into tracking.sources (name, rights) values ('narrow', %s)", rights)
    two_seconds_pass()
    credential = credentials.derive(KEY, "narrow", 1)
    scope = {"client": {"creator": ALICE}, "stats": {"owner": "globex"}}[kind]
    asked = client.post("/v1/tokens", json={"kind": kind} | scope, headers=bearer(credential))
    assert (asked.status_code, asked.json["type"]) == (403, "/problems/scope-exceeded")
    own = bearer(tokens.mint(credential, kind, seconds=900, **scope))
    used = {
        "client": lambda: client.post("/v1/events", json={"events": [event()]}, headers=own),
        "stats": lambda: client.get("/v1/stats/timeseries?receiver=job:77", headers=own),
    }[kind]()
    assert (used.status_code, used.json["type"]) == (403, "/problems/not-allowed")


def test_a_source_that_only_writes_reads(client: Any, sql: Any, two_seconds_pass: Any) -> None:
    sql("insert into tracking.sources (name, rights) values ('writer', '{ingest}')")
    two_seconds_pass()
    response = client.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(credentials.derive(KEY, "writer", 1)))
    assert response.json["type"] == "/problems/not-allowed"


def reading(client: Any) -> list[tuple[str, str, dict[str, str]]]:
    """Each way to ask for another's numbers: path, the parameter that does it, and what the path needs besides."""
    paths = client.get("/openapi.json").json["paths"]
    ways = []
    for path, operations in paths.items():
        if not path.startswith("/v1/stats/"):
            continue
        parameters = {one["name"]: one for one in operations["get"]["parameters"]}
        needed = {name: JOB_77.get(name, "view") for name, one in parameters.items() if one.get("required")}
        ways += [(path, name, needed) for name in parameters]
    return ways


@pytest.mark.leaves(stored=29, counted=29)
@pytest.mark.parametrize("scope", [{"owner": "acme"}, {"receivers": ["job:42"]}], ids=["owner", "receivers"])
def test_reading_another_customers_numbers_by_every_parameter(
    client: Any, web: str, scope: dict[str, Any], alice: str
) -> None:
    """Twenty-nine views of Globex's job: wherever 29 or 30 shows, it leaked."""
    views = [event(receiver="job:77", creator=f"user-{n}", occurred_at=ago(minutes=5)) for n in range(29)]
    assert client.post("/v1/events", json={"events": views}, headers=bearer(web)).json["counts"] == {"accepted": 29}
    token = tokens.mint(web, "stats", seconds=900, **scope)
    ways = reading(client)
    assert ("/v1/stats/timeseries", "receiver") in {(path, name) for path, name, _ in ways}
    for path, name, needed in ways:
        for value in (
            JOB_77.get(name, "job:77"),
            "job:77",
            "globex",
            "*",
            "%",
            "job:%",
            "job:42,job:77",
            "job:42' or '1'='1",
        ):
            response = client.get(path, query_string=needed | {name: value}, headers=bearer(token))
            assert response.status_code in {200, 400, 403, 422}, (path, name, value)
            shown = json.dumps(response.json.get("buckets", response.json)) if response.status_code == 200 else ""
            assert not {"29", "30"} & set(shown.replace(",", " ").replace("}", " ").split()), (path, name, value, shown)


@pytest.mark.parametrize(
    "query",
    [
        "receiver=job:42&receiver=job:77", "receiver=job:77&receiver=job:42", "receiver=job%3A77", "receiver=job:77%00",
        "receiver=JOB:77", "receiver=job:077", "receiver[]=job:77", "receiver=job:42%20or%20job:77",
    ],
)  # fmt: skip
def test_reading_by_a_parameter_sent_twice_or_spelled_otherwise(client: Any, acme: str, query: str) -> None:
    response = client.get(f"/v1/stats/timeseries?{query}", headers=bearer(acme))
    assert response.status_code in {400, 403, 422} or "job:77" not in response.text


def test_reading_the_export_without_the_right(client: Any, alice: str, acme: str, web: str) -> None:
    for token in (alice, acme, web):
        for path in ("/v1/events", f"/v1/creators/{ALICE}"):
            for method in (client.get, client.delete):
                assert method(path, headers=bearer(token)).status_code in {403, 404, 405}
