"""A stats token shows nothing of another owner, by any parameter of any endpoint; and no query can forget that."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, ago, bearer, event
from tracking import db
from tracking.ingest.bulk import Bulk, Tally
from tracking.provenance import tokens

ENDPOINTS = ["summary", "timeseries", "breakdown", "top", "funnel", "explain", "overlap"]
MARK = "secret"
"""Whatever is Globex's has it in its name, its title, its source or its properties."""

PARAMETERS: dict[str, list[Any]] = {
    "receiver": ["job:secret", ["job:42", "job:secret"], "job:nowhere", "job:42"],
    "owner": ["globex-secret", "nobody", "acme"],
    "type": ["secret", "job"],
    "name": ["view__secret", "view*", "v*"],
    "action": ["view"],
    "source": ["secret", "web"],
    "uniques": ["true", "false"],
    "compare": ["previous", "year", "none"],
    "interval": ["hour", "day", "week", "month"],
    "by": ["name", "action", "detail", "source", "type", "property:of"],
    "order": ["events", "creators"],
    "search": ["secret", "e", "%", "_"],
    "and_receiver": ["job:secret", ["job:42", "job:secret"], "job:42"],
    "and_name": ["view__secret", "v*"],
    "step": ["view__secret", ["impression", "view", "view__secret"]],
    "limit": ["1", "1000"],
    "timezone": ["Asia/Kathmandu"],
    "from": ["2020-01-01"],
    "format": ["json", "csv"],
}


@pytest.fixture
def globex_is_busy(engine: Any, settings: Any, refresh: Any, sql: Any) -> None:
    """One view of Acme's job, and many of Globex's, half of them materialized."""
    sql("insert into tracking.sources (name, rights) values ('secret', '{ingest}')")
    receivers = [
        {"type": "job", "id": "42", "owner": "acme", "title": "Engineer"},
        {"type": "job", "id": "secret", "owner": "globex-secret", "title": "secret"},
        {"type": "secret", "id": "42", "owner": "globex-secret", "title": "secret"},
    ]
    with engine.begin() as connection:
        db.run(connection, "receivers_put", receivers=json.dumps(receivers))
    bulk = Bulk(engine, settings, "secret")
    theirs = [
        event(
            name=name,
            receiver=receiver,
            creator=creator,
            properties={"of": MARK},
            occurred_at=ago(days=day, hours=hour),
        )
        for day, name, receiver, creator, hour in itertools.product(
            [20, 1], ["impression", "view", "view__secret", "click"], ["job:secret", "secret:42"], [ALICE, BOB], [3, 9]
        )
    ]
    assert bulk.write(theirs[: len(theirs) // 2], Tally())
    refresh()
    bulk.write(theirs[len(theirs) // 2 :], Tally())
    Bulk(engine, settings, "web").write([event(creator=ALICE, properties={"of": "us"})], Tally())


def questions(endpoint: str) -> list[dict[str, Any]]:
    """Every parameter by itself, and every two of them together."""
    single = [{key: value} for key, values in PARAMETERS.items() for value in values]
    either = [
        one | two for one, two in itertools.combinations(single, 2) if not one.keys() & two.keys()
        and (one.keys() | two.keys()) & {"owner", "receiver"} and (one.keys() | two.keys()) & {"search", "by", "name", "step", "type", "and_receiver", "and_name"}
    ]  # fmt: skip
    always = {"and_name": ["view*"]} if endpoint == "overlap" else {}
    return [always | one for one in ({}, *single, *either)]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("grant", [{"owner": "acme"}, {"receivers": ["job:42"]}], ids=["owner", "receivers"])
def test_acmes_token_shows_nothing_of_globex(
    client: Any, web: str, globex_is_busy: None, endpoint: str, grant: dict[str, Any]
) -> None:
    token = tokens.mint(web, "stats", seconds=900, **grant)
    answered = 0
    for query in questions(endpoint):
        response = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(token))
        assert response.status_code in {200, 403, 422}, (query, response.text)
        if response.status_code != 200:
            continue
        answered += 1
        own_words = json.dumps(query)
        said = response.text.replace("view__secret", "") if "view__secret" in own_words else response.text
        assert MARK not in said, query
        if response.is_json:
            numbers = [
                int(number)
                for number in re.findall(
                    r'"(?:events|creators|a|b|both|parts|more|stored|counted)":(\d+)', response.text
                )
            ]
            assert all(number <= 1 for number in numbers), (query, response.text)
    assert answered > 10


def test_the_source_itself_sees_what_the_token_does_not(client: Any, web: str, globex_is_busy: None) -> None:
    """The test above would pass on an empty database, too."""
    top = client.get("/v1/stats/top", headers=bearer(web)).json["receivers"]
    assert {one["receiver"]: one["events"] for one in top} == {"job:secret": 32, "secret:42": 32, "job:42": 1}


def test_a_token_for_nothing_of_mine_is_all_zeros(client: Any, web: str, globex_is_busy: None) -> None:
    token = tokens.mint(web, "stats", seconds=900, owner="nobody")
    for endpoint in ENDPOINTS:
        query = {"and_name": "view"} if endpoint == "overlap" else {}
        answer = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(token))
        assert answer.status_code == 200
        assert not re.search(r'"(events|creators|a|b|both|either)":[1-9]', answer.text)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_a_token_that_reads_there_is_no_answer(client: Any, alice: str, endpoint: str) -> None:
    assert client.get(f"/v1/stats/{endpoint}").status_code == 401
    response = client.get(f"/v1/stats/{endpoint}", headers=bearer(alice))
    assert (response.status_code, response.json["type"]) == (403, "/problems/wrong-kind")


def tables(query: str) -> set[str]:
    return set(re.findall(r"\b(?:from|join)\s+(tracking\.\w+)", query))


def test_no_stats_query_reads_the_events_past_the_scope() -> None:
    """Each query that counts follows the shared CTE, and names no table but that of the titles."""
    scope = db.query("stats_scope")
    assert len(tables(scope)) == 8
    assert scope.count("from allowed") == 5
    assert db.query("stats_restated").removeprefix(scope).count("from allowed") == 1
    names = {file.stem for file in (db.SQL / "queries").glob("stats_*.sql")} - {"stats_scope"}
    assert {name for name in names if not db.query(name).startswith(scope)} == {"stats_allowed", "stats_waiting"}
    for name in names:
        allowed = {
            "stats_allowed": {"tracking.allowed_receivers"},
            "stats_restated": {"tracking.restatements"},
        }.get(name, {"tracking.receivers"})
        assert tables(db.query(name).removeprefix(scope)) <= allowed, name


@pytest.mark.parametrize(
    ("reads_all", "granted", "granted_owner", "asked", "asked_owner", "allowed"),
    [
        (False, None, "acme", None, "globex-secret", []),  # whoever asks: what is granted is what there is
        (False, ["job:42"], None, None, "globex-secret", []),
        (False, ["job:42"], "globex-secret", None, None, []),
        (False, ["job:42"], None, ["job:secret"], None, []),
        (False, None, "acme", ["job:secret"], None, []),
        (False, None, "acme", ["job:42", "job:secret"], None, ["job:42"]),
        (False, ["job:42", "job:secret"], "acme", None, None, ["job:42"]),
        (False, None, None, None, None, []),
        (False, None, None, ["job:42"], None, []),
        (False, None, None, None, "acme", []),
        (False, [], None, None, None, []),
        (False, None, "acme", None, None, ["job:42"]),
        (False, None, "acme", None, "acme", ["job:42"]),
        (True, None, None, None, "globex-secret", ["job:secret", "secret:42"]),
        (True, None, None, ["job:42", "job:new"], None, ["job:42", "job:new"]),
        (True, None, None, ["job:42", "job:new"], "acme", ["job:42"]),
    ],
)  # fmt: skip
def test_the_database_itself_allows_only_what_is_granted(
    sql: Any, globex_is_busy: None, reads_all: bool, granted: Any, granted_owner: Any, asked: Any, asked_owner: Any,
    allowed: list[str],
) -> None:  # fmt: skip
    """Called as it is, without what the API looks at before."""
    rows = sql(
        "select receiver_type || ':' || receiver_id from tracking.allowed_receivers(%s, %s::text[], %s, %s::text[], %s)",
        reads_all, granted, granted_owner, asked, asked_owner,
    )  # fmt: skip
    assert sorted(key for (key,) in rows) == allowed
