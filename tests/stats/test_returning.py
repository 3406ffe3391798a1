"""New people against returning ones."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import bearer
from fixtures.recount import REPORTING
from fixtures.recounting import EXTEND
from fixtures.returning import DAY, NOON, insert
from tracking.provenance import tokens
from tracking.stats.memo import Memo

MIDNIGHT = NOON.replace(hour=0)


@pytest.fixture
def ask(client: Any, web: str) -> Any:
    def get(token: str = web, status: int = 200, **query: Any) -> Any:
        asked = DAY | {"returning": "true", "compare": "none"} | query
        response = client.get("/v1/stats/summary", query_string=asked, headers=bearer(token))
        assert response.status_code == status, response.text
        return response.json

    return get


def told(answer: dict[str, Any]) -> tuple[Any, Any, Any]:
    return answer["creators"], answer["new"], answer["returning"]


@pytest.fixture
def people(sql: Any, receivers: None) -> None:
    """Ten people of the day. Six viewed job 42 in the year before, one of them a microsecond before midnight. Of the others one
    clicked before, one viewed another job, one came more than a year ago, and one never. Two come at midnight itself.
    """
    before = [timedelta(days=n) for n in (1, 40, 300, 364)] + [timedelta(hours=12, microseconds=1)]
    for n in range(10):
        insert(sql, f"user-{n}", "view", "42", NOON if n > 1 else MIDNIGHT)
    for n, ago in enumerate(before, 1):
        insert(sql, f"user-{n}", "view", "42", NOON - ago)
    insert(sql, "user-6", "view", "42", NOON - timedelta(days=1))
    insert(sql, "user-7", "click", "42", NOON - timedelta(days=1))
    insert(sql, "user-8", "view", "77", NOON - timedelta(days=1))
    insert(sql, "user-9", "view", "42", NOON - timedelta(days=367))


@pytest.mark.parametrize("trodden", [True, False], ids=["trails", "raw"])
def test_who_did_such_a_thing_in_the_year_before_returned(
    ask: Any, people: None, web: str, sql: Any, trodden: bool
) -> None:
    if trodden:
        sql(EXTEND)
    job = {"receiver": "job:42", "name": "view"}
    answer = ask(**job)
    assert told(answer) == (10, 4, 6)
    since = datetime.fromisoformat(answer["returning_since"]).astimezone(ZoneInfo(REPORTING))
    assert (since.hour, since.minute) == (0, 0)
    assert timedelta(days=365) <= MIDNIGHT - since < timedelta(days=366, hours=2)
    assert answer["small_groups"] is None
    acme = tokens.mint(web, "stats", seconds=900, owner="acme")
    customers = ask(acme, **job)
    assert (told(customers), customers["small_groups"]) == ((10, 5, 5), 5)
    assert told(ask(receiver="job:42")) == (10, 3, 7)
    assert told(ask(name="view")) == (10, 3, 7)
    assert told(ask(receiver="job:1")) == (0, 0, 0)


def test_it_is_told_where_it_is_asked_for_and_people_are_counted(ask: Any, client: Any, web: str) -> None:
    assert "new" not in ask(returning="false")
    assert "who need to be counted" in str(ask(status=422, uniques="false")["errors"])
    query = DAY | {"returning": "true", "format": "csv"}
    table = client.get("/v1/stats/summary", query_string=query, headers=bearer(web)).text
    assert [(row["period"], row["new"], row["returning"]) for row in csv.DictReader(io.StringIO(table))] == [
        ("asked", "0", "0"), ("compared", "", ""),
    ]  # fmt: skip


def test_what_is_not_kept_is_looked_back_to_no_further_or_not_told(
    ask: Any, people: None, refresh: Any, sql: Any
) -> None:
    refresh()
    dropped = NOON - timedelta(days=100)
    sql("insert into tracking.dropped (until) values (%s)", dropped)
    sql("delete from tracking.events where occurred_at < %s", dropped)
    answer = ask(receiver="job:42", name="view")
    assert told(answer) == (10, 6, 4)
    assert timedelta(0) <= datetime.fromisoformat(answer["returning_since"]) - dropped <= timedelta(days=1)
    sql("update tracking.dropped set until = %s", MIDNIGHT)
    sql("delete from tracking.events where occurred_at < %s", MIDNIGHT)
    answer = ask(receiver="job:42", name="view")
    assert told(answer) == (10, None, None)
    assert answer["returning_since"] is None
    assert "were dropped" in answer["returning_note"]


def test_trails_look_back_over_what_was_dropped(ask: Any, people: None, refresh: Any, sql: Any) -> None:
    refresh()
    sql(EXTEND)
    sql("insert into tracking.dropped (until) values (%s)", MIDNIGHT + timedelta(days=1))
    sql("delete from tracking.events")
    assert told(ask(receiver="job:42", name="view")) == (10, 4, 6)


def test_new_and_returning_are_of_one_moment(ask: Any, people: None, app: Any, sql: Any) -> None:
    """Also where each result is kept: they would not sum."""
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, memo=Memo(worth=0)))
    assert told(ask(receiver="job:42", name="view")) == (10, 4, 6)
    insert(sql, "user-new", "view", "42")
    assert told(ask(receiver="job:42", name="view")) == (11, 5, 6)
