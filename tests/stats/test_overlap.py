"""People who did one thing and another: the sides, their rights, and what is known after retention."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from fixtures.cast import bearer, event
from fixtures.recounting import EXTEND
from fixtures.returning import DAY, NOON, insert
from tracking.provenance import tokens

APPLICATION = "click__applicationCreated"


@pytest.fixture
def ask(client: Any, web: str) -> Any:
    def get(token: str = web, status: int = 200, **query: Any) -> Any:
        response = client.get("/v1/stats/overlap", query_string=DAY | query, headers=bearer(token))
        assert response.status_code == status, response.text
        return response.json

    return get


@pytest.fixture
def acme(web: str) -> str:
    return tokens.mint(web, "stats", seconds=900, owner="acme")


@pytest.fixture
def people(sql: Any, receivers: None) -> None:
    """Of twelve who saw job 42, seven applied to job 43, and two others did so, too; one of the twelve saw job 77."""
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('job', '43', 'acme')")
    for n in range(12):
        insert(sql, f"user-{n}", "view", "42")
    for n in range(5, 14):
        insert(sql, f"user-{n}", APPLICATION, "43", NOON - timedelta(hours=1))
    insert(sql, "user-3", "view", "77")


SAW_AND_APPLIED = {"receiver": "job:42", "action": "view", "and_receiver": "job:43", "and_name": "click__application*"}


def numbers(answer: dict[str, Any]) -> list[int]:
    return [answer[key] for key in ("a", "b", "both", "either")]


@pytest.mark.parametrize("trodden", [True, False], ids=["trails", "raw"])
def test_who_saw_one_and_applied_to_the_other(ask: Any, people: None, acme: str, sql: Any, trodden: bool) -> None:
    if trodden:
        sql(EXTEND)
    assert numbers(ask(**SAW_AND_APPLIED)) == [12, 9, 7, 14]
    assert numbers(ask(acme, **SAW_AND_APPLIED)) == [12, 9, 5, 16]
    assert ask(**SAW_AND_APPLIED)["small_groups"] is None
    swapped = {"receiver": "job:43", "name": "click__application*", "and_receiver": "job:42", "and_action": "view"}
    assert numbers(ask(**swapped)) == [9, 12, 7, 14]
    assert numbers(ask(action="view", receiver="job:42", and_receiver="job:77")) == [12, 1, 1, 12]
    assert numbers(ask(action="view", and_action="click")) == [12, 9, 7, 14]
    assert numbers(ask(acme, and_action="click")) == [14, 9, 5, 18]
    assert numbers(ask(and_receiver="job:77")) == [14, 1, 1, 14]
    assert numbers(ask(source="ios", **SAW_AND_APPLIED)) == [0, 0, 0, 0]
    assert numbers(ask(type="story", **SAW_AND_APPLIED)) == [0, 0, 0, 0]


def test_csv_is_one_row(client: Any, people: None, acme: str) -> None:
    query = DAY | SAW_AND_APPLIED | {"format": "csv"}
    table = client.get("/v1/stats/overlap", query_string=query, headers=bearer(acme))
    assert list(csv.DictReader(io.StringIO(table.text))) == [{"a": "12", "b": "9", "both": "5", "either": "16"}]
    assert table.headers["Small-Groups"] == "5"


def test_both_sides_are_judged(ask: Any, people: None, web: str) -> None:
    grants: list[dict[str, Any]] = [{"owner": "acme"}, {"receivers": ["job:42", "job:43"]}]
    for grant, receiver in product(grants, ("job:77", "job:nowhere")):
        token = tokens.mint(web, "stats", seconds=900, **grant)
        for query in (
            {"receiver": receiver, "and_receiver": "job:42"},
            {"receiver": "job:42", "and_receiver": receiver},
            {"and_receiver": receiver},
            {"and_receiver": ["job:42", receiver], "and_action": "view"},
        ):
            assert ask(token, 403, **query)["type"] == "/problems/receiver-not-allowed"
        assert ask(token, and_action="click")["a"] == 14
        assert ask(token, owner="acme", and_receiver="job:42")["b"] == 12


def test_a_question_with_one_side_or_with_names_and_actions_says_what_to_do(ask: Any) -> None:
    assert "say what else they did" in str(ask(status=422, receiver="job:42")["errors"])
    assert "not both" in str(ask(status=422, and_name="view", and_action="view")["errors"])
    assert "not both" in str(ask(status=422, name="view", action="view", and_receiver="job:42")["errors"])
    assert "uniques" in str(ask(status=422, uniques="true", and_receiver="job:42")["errors"])


def test_what_was_dropped_and_is_in_no_trail_is_refused(ask: Any, people: None, refresh: Any, sql: Any) -> None:
    refresh()
    sql("insert into tracking.dropped (until) values (%s)", NOON + timedelta(days=1))
    sql("delete from tracking.events")
    answer = ask(status=422, **SAW_AND_APPLIED)
    assert answer["type"] == "/problems/raw-events-dropped"
    assert ask(receiver="job:9", and_receiver="job:8")["either"] == 0


def test_trails_outlive_the_raw_rows(ask: Any, people: None, refresh: Any, sql: Any) -> None:
    refresh()
    sql(EXTEND)
    sql("insert into tracking.dropped (until) values (%s)", NOON + timedelta(days=1))
    sql("delete from tracking.events")
    assert numbers(ask(**SAW_AND_APPLIED)) == [12, 9, 7, 14]


def test_who_has_no_number_yet_is_one_person_on_both_sides(ask: Any, people: None, sql: Any) -> None:
    sql(EXTEND)
    for n in range(20, 23):
        insert(sql, f"user-{n}", "view", "42")
        insert(sql, f"user-{n}", APPLICATION, "43")
    assert numbers(ask(**SAW_AND_APPLIED)) == [15, 12, 10, 17]


def test_an_event_sent_by_the_api_counts_on_both_sides(ask: Any, verdicts: Any, receivers: None) -> None:
    verdicts(event(occurred_at=NOON.isoformat()))
    assert numbers(ask(receiver="job:42", and_action="view")) == [1, 1, 1, 1]
