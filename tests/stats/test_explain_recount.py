"""The parts of every number sum to it, and are those of a recount of the rows in plain Python."""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.cast import bearer
from fixtures.database import SERVER
from fixtures.recount import Recount
from fixtures.world import World
from fixtures.worlds import a_world
from tracking import db
from tracking.provenance import tokens
from tracking.stats import answer_schemas
from tracking.stats.gathering import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS = 1000 if SERVER or os.environ.get("SOAK") else 300
"""The embedded engine takes 50 ms for each."""
EACH, NUMBERS = 40, 3
"""Questions of a world, and numbers of an answer, at most."""
LEAST = 2
"""People in a part that a token may see; these worlds have four people."""
ENDPOINTS = ("summary", "timeseries", "breakdown", "top", "funnel")
KINDS = (*ENDPOINTS, "unknown reasons", "merged in time", "merged sources", "refused")
FEWEST = 5
"""Of each kind."""
KEYS = ("stored", "counted", *REASONS)
MEANS = ("receiver", "owner", "type", "source", "from", "to", "timezone", "name", "action", "uniques")
"""Parameters of explain."""


Number = tuple[dict[str, Any], int, int | None]


@pytest.fixture
def connection(settings: Any, engine: Any) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


def test_the_parts_sum_to_each_number_that_is_told(connection: Any, app: Any, client: Any, web: str) -> None:
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, small_group=LEAST))
    seen: Counter[str] = Counter()
    while sum(seen[endpoint] for endpoint in ENDPOINTS) < QUESTIONS or min(seen[kind] for kind in KINDS) < FEWEST:
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        chance = random.Random(seed)
        world = a_world(chance, EACH)
        made = World(connection, world)
        for question in world["questions"]:
            grant = question["grant"]
            headers = bearer(tokens.mint(web, "stats", seconds=900, **grant) if grant else web)

            def ask(endpoint: str, query: dict[str, Any], headers: dict[str, str] = headers) -> Any:
                return client.get(f"/v1/stats/{endpoint}", query_string=query, headers=headers)

            check(ask, made, question, chance, seen)


def check(
    ask: Callable[..., Any], made: World, question: dict[str, Any], chance: random.Random, seen: Counter[str]
) -> None:
    """Some numbers of the answer to this question are asked about. Those of an overlap are of two questions."""
    if question["endpoint"] == "overlap":
        return
    answer = ask(question["endpoint"], question["query"])
    asked = {key: value for key, value in question["query"].items() if key in MEANS}
    if answer.status_code == 403:
        assert ask("explain", asked).status_code == 403
        seen["refused"] += 1
        return
    if answer.status_code != 200:
        return
    numbers = told_numbers(question["endpoint"], asked, answer.json)
    for number in chance.sample(numbers, min(NUMBERS, len(numbers))):
        explained(ask, made, question, number, seen)


def explained(
    ask: Callable[..., Any], made: World, question: dict[str, Any], number: Number, seen: Counter[str]
) -> None:
    narrower, events, creators = number
    response = ask("explain", narrower)
    assert response.status_code == 200, response.text
    told = response.json
    assert answer_schemas.ExplainSchema().validate(told) == {}
    seen[question["endpoint"]] += 1

    assert told["events"] == told["total"]["counted"] == events
    if creators is not None:
        assert told["creators"] == creators
    for parts in (told["sources"], told["buckets"]):
        for part in [told["total"], *parts]:
            reasons = [part[key] for key in KEYS[1:]]
            assert part["stored"] == (None if None in reasons else sum(reasons))
        if told["total"]["stored"] is not None:
            assert Counter({key: sum(part[key] for part in parts) for key in KEYS}) == Counter(told["total"])
        assert sum(part["counted"] for part in parts) == events
    recounted(told, made, question, narrower, seen)


def told_numbers(endpoint: str, asked: dict[str, Any], answer: dict[str, Any]) -> list[Number]:
    """The numbers of an answer: the parameters by which each is asked about, its events and its people."""
    match endpoint:
        case "summary":
            return [(asked, answer["events"], answer["creators"])]
        case "timeseries":
            return [
                (asked | {"from": bucket["start"], "to": bucket["end"]}, bucket["events"], bucket["creators"])
                for bucket in answer["buckets"]
            ]
        case "breakdown":
            by = answer["by"]
            if by not in {"name", "action", "source", "type"} or (by == "action" and "name" in asked):
                return []
            kept = {key: value for key, value in asked.items() if by != "name" or key != "action"}
            return [(kept | {by: part["value"]}, part["events"], part["creators"]) for part in answer["parts"]]
        case "top":
            return [
                (asked | {"receiver": row["receiver"]}, row["events"], row["creators"]) for row in answer["receivers"]
            ]
        case "overlap":
            return []
        case _:
            return [
                (
                    asked | {"name" if "__" in one["step"] or one["step"].endswith("*") else "action": one["step"]},
                    one["events"],
                    None,
                )
                for one in answer["steps"]
            ]


def recounted(
    told: dict[str, Any], made: World, question: dict[str, Any], query: dict[str, Any], seen: Counter[str]
) -> None:
    """Each part is that of the rows of its time and sources; for a customer there are enough people in it, or all are one."""
    query = query | {key: [query[key]] for key in ("receiver", "name", "action") if isinstance(query.get(key), str)}
    meant = {"query": query, "grant": question["grant"], "endpoint": "summary"}
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in made.rows:
        rows[row["excluded"] or "counted"].append(row | {"excluded": None})
    recounts = {reason: Recount(rows[reason], None, meant) for reason in KEYS[1:]}
    gone = made.dropped_until is not None and datetime.fromisoformat(told["from"]) < made.dropped_until
    assert (told["total"]["stored"] is None) == (told["reasons_since"] is not None) == gone
    seen["unknown reasons"] += gone
    least = LEAST if question["grant"] else 0
    assert told["small_groups"] == (least or None)

    def part_of(since: str, until: str, sources: list[str] | None) -> dict[str, list[dict[str, Any]]]:
        return {
            reason: [row for row in recount.between(since, until) if sources is None or row["source"] in sources]
            for reason, recount in recounts.items()
        }

    parts = [(part, part_of(told["from"], told["to"], part["sources"])) for part in told["sources"]]
    assert sorted({source for part, _ in parts for source in part["sources"]}) == sorted(
        source for part, _ in parts for source in part["sources"]
    )
    buckets = [(part, part_of(part["start"], part["end"], None)) for part in told["buckets"]]
    ends = [told["from"], *(part["end"] for part in told["buckets"])]
    assert [*(part["start"] for part in told["buckets"]), told["to"]] == ends
    for group in (parts, buckets):
        for part, expected in group:
            unknown = gone if "sources" in part else made.dropped_until and before(part["start"], made.dropped_until)
            for reason, found in expected.items():
                assert part[reason] == (None if unknown and reason != "counted" else len(found)), (reason, part)
            people = {row["creator"] for row in expected["counted"]}
            assert len(people) >= least or len(group) == 1 or part["stored"] == 0, part
    seen["merged sources"] += any(len(part["sources"]) > 1 for part in told["sources"])
    seen["merged in time"] += least > 0 and len(told["buckets"]) > 1 and any(longer(part) for part in told["buckets"])


def before(start: str, moment: datetime) -> bool:
    return datetime.fromisoformat(start) < moment


def longer(part: dict[str, Any]) -> bool:
    """Whether it is of several days, or of several hours."""
    hours = (datetime.fromisoformat(part["end"]) - datetime.fromisoformat(part["start"])).total_seconds() / 3600
    return hours > 25 or 1 < hours < 23
