"""Answers on their way out: CSV, ETag, what is kept and by whom, and what is refused with advice."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from tracking import db
from tracking.app import create_app
from tracking.ingest.bulk import Bulk, Tally
from tracking.standard import VERSION
from tracking.stats.answers import as_csv


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


@pytest.mark.parametrize("endpoint", ["summary", "timeseries", "breakdown", "top", "funnel", "explain", "overlap"])
def test_every_answer_names_the_rules_by_which_it_was_counted(ask: Any, client: Any, endpoint: str) -> None:
    query = {"and_name": "click"} if endpoint == "overlap" else {}
    answer = ask(endpoint, **query)
    assert (answer.json["counting_standard"], answer.headers["Counting-Standard"]) == (VERSION, VERSION)
    assert ask(endpoint, **query, format="csv").headers["Counting-Standard"] == VERSION
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    assert "counting_standard" in schemas[endpoint.capitalize()]["required"]


def test_a_title_that_is_a_formula_is_text_in_a_spreadsheet(ask: Any, verdicts: Any, sql: Any) -> None:
    verdicts(event())
    sql("update tracking.receivers set title = '=HYPERLINK(1)'")
    assert rows(ask("top", format="csv"))[0]["title"] == "'=HYPERLINK(1)"
    assert ask("top").json["receivers"][0]["title"] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("x;=1+1", "x;'=1+1"),  # where semicolons part cells
        ("x;+1;-1;@a", "x;'+1;'-1;'@a"),
        ("\n=1+1", "'\n'=1+1"),
        ("a\r\n=1+1", "a\r\n'=1+1"),
        ("a\t=1+1", "a\t'=1+1"),
        ("\t1", "'\t1"),
        ("\r1", "'\r1"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001 - in full width
        ("＠SUM(1)", "'＠SUM(1)"),  # noqa: RUF001
        (" =1+1", "' =1+1"),
        ('x;"=1+1"', 'x;\'"=1+1"'),
        ("-1+1|cmd", "'-1+1|cmd"),
        ("-12", "-12"),  # a number stays one
        ("+0.5", "+0.5"),
        ("-0.5e", "'-0.5e"),
        ("a - b", "a - b"),
        ("Nurse (m/f); part time", "Nurse (m/f); part time"),
        ("mail@example.com", "mail@example.com"),
    ],
)
def test_no_cell_is_a_formula_in_any_spreadsheet(text: str, cell: str) -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([{"title": text, "events": -3, "rate": -0.25}]), newline=""))
    assert row == {"title": cell, "events": "-3", "rate": "-0.25"}


def test_cells_are_looked_at_in_linear_time() -> None:
    """A property may have 16 KB."""
    for text in ("\n" * 16_000, "; " * 8_000, ';"' * 8_000, "=" * 16_000, "1" * 16_000):
        started = time.perf_counter()
        as_csv([{"value": text}])
        assert time.perf_counter() - started < 1  # quadratic would be minutes


def test_csv_for_excel_begins_with_a_byte_order_mark_and_json_never_does(ask: Any, verdicts: Any) -> None:
    verdicts(event())
    with_mark, without = ask("top", format="csv", bom="1"), ask("top", format="csv")
    assert with_mark.data == b"\xef\xbb\xbf" + without.data
    assert without.data.startswith(b"receiver,")
    assert with_mark.headers["ETag"] != without.headers["ETag"]
    assert ask("top", bom="1").data.startswith(b"{")


def test_the_same_answer_is_not_sent_twice(ask: Any, verdicts: Any) -> None:
    first = ask("summary")
    tag = first.headers["ETag"]
    again = ask("summary", {"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    verdicts(event())
    changed = ask("summary", {"If-None-Match": tag})
    assert (changed.status_code, changed.json["events"]) == (200, 1)
    assert ask("summary", format="csv").headers["ETag"] != changed.headers["ETag"]


def test_only_the_one_who_asked_may_keep_an_answer(ask: Any, verdicts: Any, refresh: Any) -> None:
    """And for longer than a moment only where no late event can change it."""
    verdicts(event())
    refresh()
    live, old = ask("summary"), ask("summary", from_="2020-01-01", to="2020-01-31")
    assert live.headers["Cache-Control"] == "private, no-cache"
    assert old.json["to"] <= old.json["final_until"]
    assert old.headers["Cache-Control"] == "private, max-age=3600"
    assert {"Authorization", "Accept"} <= set(live.headers["Vary"].split(", "))


def test_nothing_late_the_answer_is_final_until_the_lateness_is_over(ask: Any, settings: Any) -> None:
    """And an hour for the refresh; to the hour, so that an answer stays the same."""
    lateness = timedelta(days=settings.lateness_days, hours=1)
    before = datetime.now(UTC)
    said = datetime.fromisoformat(ask("summary").json["final_until"])
    models = {(now - lateness).replace(minute=0, second=0, microsecond=0) for now in (before, datetime.now(UTC))}
    assert said in models


def test_what_straddles_the_end_of_what_is_final_is_asked_for_again(ask: Any) -> None:
    """It is settled by the period's end, not by its start."""
    final = datetime.fromisoformat(ask("summary").json["final_until"]).astimezone(UTC)
    quarter, day = timedelta(minutes=15), timedelta(days=1)

    def kept(start: datetime, end: datetime) -> str:
        return str(ask("summary", from_=start.isoformat(), to=end.isoformat()).headers["Cache-Control"])

    assert kept(final - day, final + 8 * quarter) == "private, no-cache"
    assert kept(final + 8 * quarter, final + day) == "private, no-cache"
    assert kept(final - day, final) == kept(final - 2 * day, final - day) == "private, max-age=3600"


def test_what_waits_for_a_refresh_is_not_final(ask: Any, engine: Any, settings: Any, refresh: Any) -> None:
    """A late event of twenty days ago, by an import: of its days nothing is final, of those before it is."""
    old = (datetime.now(UTC) - timedelta(days=20)).replace(minute=30)
    period = {"from_": (old - timedelta(days=5)).date().isoformat(), "to": (old + timedelta(days=2)).date().isoformat()}
    earlier = period | {"to": (old - timedelta(days=2)).date().isoformat()}
    bulk = Bulk(engine, settings, "web")
    first = {"creator": "user-1", "occurred_at": (old - timedelta(days=30)).isoformat()}
    bulk.write([event(**first), event(creator="user-1", occurred_at=ago(minutes=5))], Tally())
    refresh()
    assert ask("summary", **period).headers["Cache-Control"] == "private, max-age=3600"
    bulk.write([event(creator="user-2", occurred_at=old.isoformat())], Tally())
    late = ask("summary", **period)
    assert late.headers["Cache-Control"] == "private, no-cache"
    assert datetime.fromisoformat(late.json["final_until"]) <= old
    assert ask("summary", **earlier).headers["Cache-Control"] == "private, max-age=3600"
    refresh()
    assert ask("summary", **period).headers["Cache-Control"] == "private, max-age=3600"


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
        {"by": "property:\0"},
        {"by": "property:" + "x" * 101},
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
