"""The rule of small groups: no customer reads off an answer, or off two of them, what a single person is or did."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import bearer
from fixtures.database import EMPTY
from fixtures.recount import REPORTING
from fixtures.recounting import EXTEND, INSERT
from tracking import db
from tracking.provenance import tokens
from tracking.provenance.grants import Grant
from tracking.settings import Settings
from tracking.stats import groups, periods

K = Settings.small_group
WORLDS, FEWEST = 4, 5
"""As many worlds, and more until each case came more often than that."""
RECEIVERS = ["job:42", "job:43"]
NAMES = ["view", "view__photo", "click"]
SOURCES = ["web", "ios"]
VALUES = ["de", "fr", "it", None]
LAST = datetime.now(ZoneInfo(REPORTING)).date() - timedelta(days=1)
DAYS = [LAST - timedelta(days=n) for n in range(8)]


@pytest.fixture
def connection(settings: Any, engine: Any) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


@pytest.fixture
def acme(web: str) -> str:
    return tokens.mint(web, "stats", seconds=900, owner="acme")


def an_event(chance: random.Random, day: date) -> dict[str, Any]:
    """What one of some people did. Few have the rarer values."""
    person = int(24 * chance.random() ** 2)
    value = VALUES[person % 2 if person < 18 else 2 + person % 2]
    receiver = chance.choice(RECEIVERS)
    return {
        "occurred_at": periods.midnight(day, ZoneInfo(REPORTING)) + timedelta(minutes=chance.randrange(24 * 60 - 60)),
        "receiver_type": "job",
        "receiver_id": receiver.partition(":")[2],
        "name": chance.choice(NAMES),
        "source": chance.choice(SOURCES),
        "creator": f"user-{person}",
        "properties": None if value is None else {"language": value},
        "excluded": None,
    }


def filled(connection: Any, chance: random.Random) -> list[dict[str, Any]]:
    """The rows of a world of acme's, which the trails have, or not."""
    connection.execute(EMPTY)
    receivers = [{"type": "job", "id": one.partition(":")[2], "owner": "acme"} for one in RECEIVERS]
    db.run(connection, "receivers_put", receivers=json.dumps(receivers))
    days = [LAST + timedelta(days=1), *DAYS]
    rows = [an_event(chance, chance.choice(days)) for _ in range(chance.randint(60, 200))]
    now = datetime.now(UTC)
    rows = [row for row in rows if row["occurred_at"] < now]
    sent = [row | {"occurred_at": row["occurred_at"].isoformat()} for row in rows]
    connection.execute(INSERT, (json.dumps(sent),))
    if chance.random() < 0.5:
        connection.execute(EXTEND)
    return rows


def neighbours(chance: random.Random) -> list[dict[str, Any]]:
    """Questions that differ by a day, an hour, a quarter, a timezone, a name, a source or a receiver."""
    since, until = sorted(chance.sample(DAYS, 2))
    berlin = [datetime.combine(day, datetime.min.time(), ZoneInfo(REPORTING)) for day in (since, until)]
    spans: list[dict[str, str]] = [
        {"from": str(since), "to": str(until)},
        {"from": str(since + timedelta(days=1)), "to": str(until)},
        {"from": str(since), "to": str(until - timedelta(days=1))},
        {"from": str(since), "to": str(until), "timezone": "Asia/Kathmandu"},
        {"from": str(since), "to": str(until), "timezone": "Asia/Kolkata"},
        {"from": str(since), "to": str(LAST + timedelta(days=1))},
        {"from": (berlin[0] + timedelta(hours=5)).isoformat(), "to": berlin[1].isoformat()},
        {"from": berlin[0].isoformat(), "to": (berlin[1] + timedelta(minutes=15)).isoformat()},
    ]
    filters: list[dict[str, Any]] = [{}, {"source": "web"}, {"uniques": "false"}, {"limit": "1"}]
    filters += [{"receiver": [one]} for one in RECEIVERS] + [{"name": [one]} for one in [*NAMES, "view*"]]
    return [span | one for span in spans for one in filters if span["from"] <= span["to"]]


def read(client: Any, token: str, query: dict[str, Any]) -> Any:
    response = client.get(
        "/v1/stats/breakdown", query_string={"by": "property:language"} | query, headers=bearer(token)
    )
    if response.status_code == 422:
        assert "whole days of Europe/Berlin that are over" in response.text or "from must be before" in response.text
        return None
    assert response.status_code == 200, response.text
    return response.json


def meant(rows: list[dict[str, Any]], query: dict[str, Any], answer: dict[str, Any]) -> list[dict[str, Any]]:
    since, until = datetime.fromisoformat(answer["from"]), datetime.fromisoformat(answer["to"])
    return [
        row
        for row in rows
        if since <= row["occurred_at"] < until
        and row["source"] == query.get("source", row["source"])
        and f"job:{row['receiver_id']}" in query.get("receiver", RECEIVERS)
        and (row["name"] in query.get("name", NAMES) or ("view*" in query.get("name", ()) and row["name"] != "click"))
    ]


def test_neighbours_of_a_property_differ_by_nothing_or_by_a_group(
    connection: Any, client: Any, web: str, acme: str
) -> None:
    seen, worlds = Counter[str](), 0
    while worlds < WORLDS or min(seen[case] for case in ("told", "folded", "exact numbers below k")) <= FEWEST:
        worlds += 1
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        chance = random.Random(seed)
        rows = filled(connection, chance)
        told: dict[tuple[str, str], set[int]] = defaultdict(set)
        for query in neighbours(chance):
            answer = read(client, acme, query)
            if answer is None:
                continue
            days = {datetime.fromisoformat(answer[edge]).astimezone(ZoneInfo(REPORTING)) for edge in ("from", "to")}
            assert {(day.hour, day.minute) for day in days} == {(0, 0)}
            assert max(days).date() <= LAST + timedelta(days=1)
            expected = recounted(meant(rows, query, answer), query)
            assert (answer["parts"], answer["more"], answer["rest"]) == expected
            for part in answer["parts"]:
                told["events", part["value"]].add(part["events"])
                told["creators", part["value"]].add(part["creators"] or 0)
                seen["told"] += 1
            told["events", "rest"].add(answer["rest"]["events"])
            seen["folded"] += len({row["creator"] for row in meant(rows, query, answer)}) > 0 and not answer["parts"]
            exact = read(client, web, query)
            seen["exact numbers below k"] += any(0 < (part["creators"] or 0) < K for part in exact["parts"])
        for numbers in told.values():
            for one, other in combinations(numbers | {0}, 2):
                assert not 0 < abs(one - other) < K


@pytest.mark.parametrize("endpoint", ["overlap", "summary"])
def test_neighbours_of_two_groups_differ_by_nothing_or_by_a_group(
    connection: Any, client: Any, web: str, acme: str, endpoint: str
) -> None:
    """Of people who did both, and of those who returned."""
    query, key = {"overlap": ({"and_action": ["click"]}, "both"), "summary": ({"returning": "true"}, "returning")}[
        endpoint
    ]
    seen, worlds = Counter[str](), 0
    while worlds < WORLDS or min(seen[case] for case in ("told", "exact numbers below k")) <= FEWEST:
        worlds += 1
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        chance = random.Random(seed)
        filled(connection, chance)
        told = set()
        for one in neighbours(chance):
            asked = {name: value for name, value in one.items() if name not in {"uniques", "limit"}} | query
            answers = []
            for token in (acme, web):
                response = client.get(f"/v1/stats/{endpoint}", query_string=asked, headers=bearer(token))
                if response.status_code == 422 and "from must be before" in response.text:
                    continue
                assert response.status_code == 200, response.text
                answers.append(response.json)
            if not answers:
                continue
            customers, sources = answers
            assert customers[key] == sources[key] // K * K
            assert customers["small_groups"] == K
            told.add(customers[key])
            seen["exact numbers below k"] += 0 < sources[key] < K
            seen["told"] += customers[key] > 0
            if endpoint == "overlap":
                assert {customers[side] - sources[side] for side in "ab"} == {0}
                assert customers["either"] == customers["a"] + customers["b"] - customers["both"]
            else:
                assert customers["creators"] == sources["creators"] == customers["new"] + customers["returning"]
        for one_number, other in combinations(told | {0}, 2):
            assert not 0 < abs(one_number - other) < K


def recounted(rows: list[dict[str, Any]], query: dict[str, Any]) -> tuple[list[dict[str, Any]], int, dict[str, int]]:
    """(parts, more, rest) as a token is told them."""
    of: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        of[(row["properties"] or {}).get("language")].append(row)
    parts = []
    for value, some in of.items():
        people = len({row["creator"] for row in some})
        if people >= K:
            creators = None if query.get("uniques") == "false" else people // K * K
            parts.append({"value": value, "events": len(some) // K * K, "creators": creators})
    parts.sort(key=lambda part: (-part["events"], part["value"] is None, part["value"] or ""))
    limit = int(query.get("limit", 100))
    shown = parts[:limit]
    rest = len(rows) // K * K - sum(part["events"] for part in shown)
    return shown, max(0, len(parts) - limit), {"events": rest}


def test_csv_has_the_same_numbers_and_says_so(connection: Any, client: Any, web: str, acme: str) -> None:
    filled(connection, random.Random(1))
    query = {"by": "property:language", "from": str(DAYS[-1]), "to": str(LAST)}
    for token, k in ((acme, K), (web, None)):
        answer = client.get("/v1/stats/breakdown", query_string=query, headers=bearer(token))
        table = client.get("/v1/stats/breakdown", query_string=query | {"format": "csv"}, headers=bearer(token))
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert [(row["events"], row["creators"]) for row in rows] == [
            (str(part["events"]), str(part["creators"])) for part in answer.json["parts"]
        ]
        assert answer.json["small_groups"] == k
        assert table.headers.get("Small-Groups") == answer.headers.get("Small-Groups") == (k and str(k))
    assert client.get("/v1/stats/breakdown", headers=bearer(acme)).json["small_groups"] is None


def test_whoever_asks_by_a_credential_or_where_k_is_one_is_told_exactly(
    app: Any, connection: Any, client: Any, web: str, acme: str
) -> None:
    filled(connection, random.Random(2))
    query = {"from": str(DAYS[-1]), "to": str(LAST)}
    assert read(client, web, query)["parts"] != read(client, acme, query)["parts"]
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, small_group=1))
    assert read(client, web, query) == read(client, acme, query)


def test_a_number_is_one_value_however_it_was_written(connection: Any, client: Any, web: str) -> None:
    """The columnstore keeps one of equal values: what was 1.0 may be 1 after it, and 1 may be 1.0."""
    written = ["1", "1.0", '"1"', "10", "0.50", "true", '"1.0"']
    connection.execute(EMPTY)
    at = periods.midnight(DAYS[-1], ZoneInfo(REPORTING))
    for number, value in enumerate(written):
        connection.execute(
            "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name,"
            " properties) values (%s, gen_random_uuid(), 'web', %s, 'job', '42', 'view', %s)",
            (at, f"user-{number}", f'{{"language": {value}}}'),
        )
    answer = read(client, web, {"from": str(DAYS[-1]), "to": str(DAYS[-1])})
    told = {part["value"]: part["events"] for part in answer["parts"]}
    assert told == {"1": 3, "10": 1, "0.5": 1, "true": 1, "1.0": 1}


def test_a_k_of_a_setting_binds_tokens_alone() -> None:
    token = Grant("web", "stats", frozenset({"stats"}), 0.0)
    assert groups.binding(token, 7) == 7
    assert groups.binding(token, 1) is None
    assert groups.binding(replace(token, kind="source"), 7) is None
