"""What `migrate` wrote is what every process goes by; one whose environment says otherwise is not ready, and right all the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import ago, an_app, bearer, event
from tracking import db, deployment
from tracking.environment import load
from tracking.provenance import tokens
from tracking.settings import Settings


@pytest.fixture
def other(settings: Settings, engine: Any) -> Any:
    """The client of an API whose environment differs so."""
    apps = []

    def make(**changed: Any) -> Any:
        apps.append(an_app(replace(settings, **changed)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["footfall"].close()


def ready(client: Any) -> tuple[int, str]:
    response = client.get("/readyz")
    return response.status_code, response.json.get("detail", "")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reporting_timezone": "UTC"}, "REPORTING_TIMEZONE is UTC here and Europe/Berlin in the database"),
        ({"lateness_days": 8}, "LATENESS_DAYS is 8 here and 7 in the database"),
        ({"columnstore_days": 3}, "COLUMNSTORE_DAYS is 3 here and 35 in the database"),
        ({"retention_days": 90}, "RETENTION_DAYS is 90 here and 0 in the database"),
    ],
)
def test_a_process_that_is_told_otherwise_is_not_ready(other: Any, changed: dict[str, Any], says: str) -> None:
    client = other(**changed)
    assert client.get("/readyz").json["type"] == "/problems/settings-differ"
    status, detail = ready(client)
    assert status == 503
    assert says in detail
    assert ready(other()) == (200, "")


def test_it_counts_by_the_days_of_the_database_all_the_same(other: Any, alice: str, web: str, refresh: Any) -> None:
    """Two people in the last hour of a day in UTC, which is the next day in Berlin."""
    client = other(reporting_timezone="UTC")
    last_hour = datetime.now(UTC).replace(hour=23, minute=30, second=0, microsecond=0) - timedelta(days=3)
    for creator in ("ann", "ben"):
        token = tokens.mint(web, "client", seconds=60, creator=creator)
        body = {"events": [event(occurred_at=last_hour.isoformat())]}
        assert client.post("/v1/events", json=body, headers=bearer(token)).json["counts"] == {"accepted": 1}
    refresh()
    for date, people in ((last_hour.date(), 0), (last_hour.date() + timedelta(days=1), 2)):
        asked = {"from": str(date), "to": str(date), "receiver": "job:42"}
        answer = client.get("/v1/stats/summary", query_string=asked, headers=bearer(web)).json
        assert (answer["events"], answer["creators"], answer["timezone"]) == (people, people, "Europe/Berlin")


def test_a_change_is_known_to_running_processes(decide: Any, other: Any, alice: str) -> None:
    client = other()
    known = client.application.extensions["footfall"].deployment
    late = {"events": [event(occurred_at=ago(days=9))]}
    decide(lateness_days=10)
    known.expire()
    assert client.post("/v1/events", json=late, headers=bearer(alice)).json["counts"] == {"accepted": 1}
    decide(lateness_days=8)
    known.expire()
    late = {"events": [event(occurred_at=ago(days=9))]}
    assert client.post("/v1/events", json=late, headers=bearer(alice)).json["counts"] == {"rejected": 1}


def test_what_the_environment_does_not_say_does_not_differ(
    monkeypatch: pytest.MonkeyPatch, engine: Any, tmp_path: Any
) -> None:
    monkeypatch.setenv("SECRET_KEYS", "the first key signs and has 32 bytes or more")
    for name in deployment.DECIDED:
        monkeypatch.delenv(name.upper(), raising=False)
    decided = deployment.read(engine)
    assert decided.differing(load()) == []
    monkeypatch.setenv("REPORTING_TIMEZONE", "UTC")
    assert decided.differing(load()) == ["REPORTING_TIMEZONE is UTC here and Europe/Berlin in the database"]
    (tmp_path / "days").write_text("8")
    monkeypatch.setenv("REPORTING_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("LATENESS_DAYS_FILE", str(tmp_path / "days"))
    assert decided.differing(load()) == ["LATENESS_DAYS is 8 here and 7 in the database"]


def test_a_command_goes_by_the_database_and_changes_nothing(footfall: Any, decide: Any, engine: Any) -> None:
    decide(retention_days=30)
    unset = dict.fromkeys(name.upper() for name in deployment.DECIDED)
    footfall("ledger", **unset)
    footfall("rebuild-aggregates", "--from", "2026-01-01", "--to", "2026-01-02", **unset)
    assert (
        "Europe/Berlin" in footfall("rebuild-aggregates", "--from", "2026-01-01", "--to", "2026-01-02", **unset).stdout
    )
    assert deployment.read(engine).retention_days == 30


@pytest.mark.parametrize(("days", "is_taken"), [(28.9, True), (29.1, False)])
def test_an_import_takes_nothing_that_is_about_to_be_dropped(
    decide: Any, happened: Any, days: float, *, is_taken: bool
) -> None:
    decide(retention_days=30)
    assert happened(ago(days=days)) == {"accepted" if is_taken else "rejected": 1}


def test_the_owner_reads_what_the_api_reads(settings: Settings, engine: Any) -> None:
    api = db.engine(db.api_url(settings))
    assert deployment.read(api) == deployment.read(engine)
    api.dispose()


@pytest.mark.parametrize(("retention_days", "days_ago", "soon"), [(30, 29.1, True), (30, 28.9, False), (0, 900, False)])
def test_what_may_be_dropped_within_a_day_is_known(retention_days: int, days_ago: float, soon: bool) -> None:
    """Who asks about it looks twice whether it was dropped in the middle."""
    decided = deployment.Deployment(ZoneInfo("Europe/Berlin"), 7, 0, retention_days, None)
    assert decided.drops_soon(datetime.now(UTC) - timedelta(days=days_ago)) is soon
