"""`ledger`: received is the sum of the verdicts, and the events are what it says."""

import json
from typing import Any

import pytest

from fixtures.cast import ago, event

pytestmark = pytest.mark.usefixtures("catalogue")


def test_it_shows_each_verdict_by_source_and_name(verdicts: Any, footfall: Any) -> None:
    seen = event()
    verdicts(
        seen,
        seen,
        event(occurred_at=seen["occurred_at"]),
        event(name="share"),
        event(name="?"),
        seen | {"receiver": "job:7"},
    )
    said = json.loads(footfall("ledger", "--since", "1h", "--json").stdout)
    assert said["balances"] is True
    rows = {row["name"]: row for row in said["rows"]}
    view = {"received": 4, "accepted": 1, "repeat": 1, "duplicate": 1, "conflict": 1}
    nothing = dict.fromkeys(("rejected", "bot", "own", "prefetch"), 0)
    shares = {"repeat_share": 0.25, "duplicate_share": 0.25}
    assert rows["view"] == view | nothing | shares | {"source": "web", "name": "view"}
    assert rows["share"]["accepted"] == 1
    assert rows[""]["rejected"] == 1


def test_it_is_a_table_for_people(verdicts: Any, footfall: Any) -> None:
    verdicts(event(), event(name="?"))
    said = footfall("ledger").stdout
    assert "(no valid name)" in said
    assert "ledger and events balance" in said


def test_an_event_that_went_missing_is_found(verdicts: Any, footfall: Any, sql: Any) -> None:
    verdicts(event(), event(name="share"))
    sql("delete from tracking.events where name = 'share'")
    said = footfall("ledger", exits=1).stdout
    assert "share accepted: 1 booked, 0 stored" in said


def test_an_event_that_nobody_booked_is_found(verdicts: Any, footfall: Any, sql: Any) -> None:
    verdicts(event(occurred_at=ago(minutes=9)), event(name="share"))
    sql(
        "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)"
        " values (now() - interval '5 minutes', gen_random_uuid(), 'web', 'eve', 'job', '42', 'view')"
    )
    said = json.loads(footfall("ledger", "--json", exits=1).stdout)
    assert said["off"] == [{"source": "web", "name": "view", "verdict": "accepted", "booked": 1, "stored": 2}]


def test_nothing_is_said_of_what_came_before(verdicts: Any, footfall: Any, sql: Any) -> None:
    verdicts(event())
    sql(
        "with moved as (delete from tracking.ingest_ledger returning *)"
        " insert into tracking.ingest_ledger select received_at - interval '2 days', source, name, verdict, events from moved"
    )
    sql("update tracking.events set received_at = now() - interval '2 days'")
    assert json.loads(footfall("ledger", "--json").stdout)["rows"] == []
    assert "nothing came in" in footfall("ledger").stdout


@pytest.mark.parametrize("since", ["yesterday", "0h", "-1d", "5"])
def test_a_bad_span_is_refused(footfall: Any, since: str) -> None:
    assert "is not a duration" in footfall("ledger", "--since", since, exits=2).output


def test_what_was_dropped_is_left_out_and_said(
    footfall: Any, happened: Any, decide: Any, run_jobs: Any, sql: Any
) -> None:
    """Lines with old and new events in one; what is kept is compared, also that which came beside what went."""
    base = [ago(days=30), ago(days=29), ago(days=3)]
    assert happened(*base) == {"accepted": 3}
    assert happened(ago(days=4), ago(days=5)) == {"accepted": 2}
    run_jobs()
    decide(retention_days=20)
    run_jobs()
    assert sql("select count(*) from tracking.events") == [(3,)]
    said = json.loads(footfall("ledger", "--since", "1h", "--json").stdout)
    assert (said["balances"], said["left_out"]) == (True, 3)
    assert "left out: 3 events, booked together with events before 20" in footfall("ledger").stdout
    sql(
        "delete from tracking.events where occurred_at > now() - interval '4 days 1 hour' and occurred_at < now() - interval '3 days 12 hours'"
    )
    off = json.loads(footfall("ledger", "--json", exits=1).stdout)["off"]
    assert off == [{"source": "web", "name": "view", "verdict": "accepted", "booked": 2, "stored": 1}]
