"""Answers on their way out: CSV, ETag, what is kept and by whom, and what is refused with advice."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from tracking import create_app, db


@pytest.fixture
def ask(client: Any, acme: str) -> Any:
    def get(endpoint: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        query = {name.strip("_"): value for name, value in query.items()}
        return client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(acme) | (headers or {}))

    return get


def rows(response: Any) -> list[dict[str, str]]:
    assert response.content_type == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(response.text)))


@pytest.mark.parametrize("endpoint", ["summary", "timeseries", "breakdown", "top", "funnel"])
def test_csv_says_what_json_says(ask: Any, verdicts: Any, endpoint: str) -> None:
    verdicts(event(), event(name="click", occurred_at=ago(hours=3)))
    answer = ask(endpoint).json
    listed = {
        "summary": [answer, answer.get("compared")],
        "timeseries": answer.get("buckets"),
        "breakdown": answer.get("parts"),
        "top": answer.get("receivers"),
        "funnel": answer.get("steps"),
    }[endpoint]
    for table in (rows(ask(endpoint, format="csv")), rows(ask(endpoint, {"Accept": "text/csv"}))):
        assert [int(row["events"]) for row in table] == [one["events"] for one in listed]
        assert [int(row["creators"]) for row in table] == [one["creators"] for one in listed]


def test_a_title_that_is_a_formula_is_text_in_a_spreadsheet(ask: Any, verdicts: Any, sql: Any) -> None:
    verdicts(event())
    sql("update tracking.receivers set title = '=HYPERLINK(1)'")
    assert rows(ask("top", format="csv"))[0]["title"] == "'=HYPERLINK(1)"
    assert ask("top").json["receivers"][0]["title"] == "=HYPERLINK(1)"


def test_the_same_answer_is_not_sent_twice(ask: Any, verdicts: Any) -> None:
    first = ask("summary")
    tag = first.headers["ETag"]
    again = ask("summary", {"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    verdicts(event())
    changed = ask("summary", {"If-None-Match": tag})
    assert (changed.status_code, changed.json["events"]) == (200, 1)
    assert ask("summary", format="csv").headers["ETag"] != changed.headers["ETag"]


def test_only_the_one_who_asked_may_keep_an_answer(ask: Any) -> None:
    live, old = ask("summary"), ask("summary", from_="2020-01-01", to="2020-01-31")
    assert live.headers["Cache-Control"] == "private, no-cache"
    assert old.headers["Cache-Control"] == "private, max-age=3600" or old.json["final_until"] is None
    assert {"Authorization", "Accept"} <= set(live.headers["Vary"].split(", "))


@pytest.mark.parametrize(
    "query",
    [
        {"nme": "view"},
        {"name": "view", "action": "click"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"from": "2026-01-01T10:07:00Z"},
        {"receiver": "job"},
        {"limit": "0"},
        {"by": "creator"},
        {"owner": "\0"},
        {"search": "\0"},
        {"step": ["a", "b", "c", "d", "e", "f", "g"]},
        {"from": "2026-01-01", "to": "2026-03-01", "by": "property:x"},
        {"order": "creators", "uniques": "false"},
        {"format": "xml"},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(client: Any, acme: str, query: dict[str, Any]) -> None:
    endpoint = "top" if query.keys() & {"search", "order"} else "funnel" if "step" in query else "breakdown"
    response = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(acme))
    assert response.status_code == 422, response.text
    assert response.json["errors"]


@pytest.mark.native
def test_an_answer_that_takes_too_long_says_what_to_narrow(settings: Any, engine: Any, acme: str) -> None:
    """The embedded engine has one session: nobody can hold it up, and its statements cannot be timed out."""
    app = create_app(replace(settings, statement_timeout_ms=200))
    with db.connect(db.owner_url(settings)) as connection, connection.transaction():
        connection.execute("lock table tracking.events in access exclusive mode")
        response = app.test_client().get("/v1/stats/summary", headers=bearer(acme))
    app.extensions["footfall"].close()
    assert (response.status_code, response.json["type"]) == (422, "/problems/too-heavy")
    assert len(response.json["narrow"]) >= 3
    assert "uniques=false" in response.json["detail"]
