"""An answer says when its numbers are too low since a tracker was broken, and nothing more of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event

INCIDENT = (
    "insert into tracking.incidents (source, name, kind, opened_at, first_bad_at, observed, expected, seen_at, changed,"
    " closed_at, closed_by) values (%s, %s, %s, %s, %s, 0, 9, now(), '{}', %s, %s)"
)
BAD = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def broken(sql: Any, verdicts: Any, receivers: None) -> Any:
    """Acme's job 42 had views and clicks by web before; then an incident of web."""
    verdicts(event(occurred_at=ago(days=2)), event(occurred_at=ago(days=2), name="click__save"))

    def insert(
        name: str, kind: str = "fewer", source: str = "web", since: Any = BAD, closed: Any = None, by: Any = None
    ) -> None:
        sql(INCIDENT, source, name, kind, since, since, closed, by)

    return insert


@pytest.fixture
def told(client: Any, app: Any, acme: str) -> Any:
    """What an answer says of incomplete numbers."""

    def ask(endpoint: str = "summary", token: str = acme, **query: Any) -> list[dict[str, Any]]:
        app.extensions["footfall"].counts.incomplete.expire()
        answer = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        return answer.json["incomplete"]

    return ask


def test_a_whole_world_says_nothing(told: Any, broken: Any) -> None:
    for endpoint in ("summary", "timeseries", "breakdown", "top", "funnel"):
        assert told(endpoint) == []


def test_what_is_lacking_is_said_by_name_and_time_only(told: Any, broken: Any) -> None:
    broken("click__save")
    local = BAD.astimezone().isoformat()
    for endpoint in ("summary", "timeseries", "breakdown", "top", "funnel"):
        (one,) = told(endpoint)
        assert set(one) == {"name", "since", "until"}
        assert (one["name"], one["until"]) == ("click__save", None)
        assert datetime.fromisoformat(one["since"]) == datetime.fromisoformat(local)


def test_all_names_of_a_source_are_no_name(told: Any, broken: Any) -> None:
    broken("*")
    assert told()[0]["name"] is None
    assert len(told(name="view")) == 1


def test_only_what_the_question_means_is_said(told: Any, broken: Any) -> None:
    broken("click__save")
    assert len(told(name="click__*")) == len(told(action="click")) == len(told(source="web")) == 1
    assert told(name="view") == told(action="view") == told(name="click") == []
    assert told(source="ios") == []


def test_only_what_the_period_touches_is_said(told: Any, broken: Any) -> None:
    day = timedelta(days=1)
    broken("click__save", since=BAD - 10 * day, closed=BAD - 9 * day, by="itself")
    before = str((BAD - 12 * day).date())
    assert told(**{"from": str((BAD - 5 * day).date())}) == []
    assert told(**{"from": before, "to": before}) == []


def test_who_has_no_such_events_learns_nothing_of_it(told: Any, broken: Any, web: str) -> None:
    """Globex has no event by web at all, and Acme none of this name."""
    from tracking.provenance import tokens  # noqa: PLC0415

    broken("click__save")
    broken("click__secretOfGlobex")
    assert [one["name"] for one in told()] == ["click__save"]
    assert told(token=tokens.mint(web, "stats", seconds=900, owner="globex")) == []


@pytest.mark.parametrize(
    ("kind", "closed_by"), [("repeat", None), ("bot", None), ("more", None), ("fewer", "accepted"), ("fewer", "wider")]
)
def test_what_takes_no_event_away_is_not_said(told: Any, broken: Any, kind: str, closed_by: str | None) -> None:
    broken("click__save", kind, closed=BAD + timedelta(hours=1) if closed_by else None, by=closed_by)
    assert told() == []


def test_the_api_reads_no_incident_itself(sql: Any, broken: Any, settings: Any) -> None:
    import psycopg  # noqa: PLC0415

    from tracking import db  # noqa: PLC0415

    broken("click__save")
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute("set role footfall_api")
        assert connection.execute("select source, name from tracking.incomplete_numbers()").fetchall() == [
            ("web", "click__save")
        ]
        for table in ("incidents", "arrivals", "releases", "alarm_series", "usual_arrivals"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"select from tracking.{table}")
