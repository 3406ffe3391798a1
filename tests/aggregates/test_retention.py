"""Raw events go and their counts stay, whatever was set before, is set now, or is imported."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from fixtures.cast import ALICE, ago, bearer, event
from fixtures.database import AGGREGATES, disagreements
from fixtures.jobs import midnight
from fixtures.retention import DAY, dropped_until, into_trails, noon, stored
from tracking import db
from tracking.aggregates import refresh, retention

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def daily(happened: Any, run_jobs: Any) -> int:
    """An event at noon of each of 38 days, up to the day before yesterday, all counted; how many."""
    days = range(2, 40)
    happened(*(noon(day) for day in days))
    run_jobs()
    return len(days)


def test_an_import_beside_what_was_dropped_takes_no_count(
    hundred: datetime, decide: Any, run_jobs: Any, happened: Any, counted: Any, sql: Any
) -> None:
    assert counted(hundred - DAY, hundred + DAY) == [100] * len(AGGREGATES)
    decide(retention_days=11)
    run_jobs()
    assert stored(sql, hundred, hundred + DAY) == 0
    assert happened(ago(days=9.5)) == {"accepted": 1}
    for _ in range(2):
        run_jobs()
        assert counted(hundred - DAY, hundred + DAY) == [100] * len(AGGREGATES)
    assert counted(hundred + DAY, datetime.now(UTC)) == [1] * len(AGGREGATES)


@pytest.mark.parametrize("migrated_before_the_jobs", [True, False])
def test_a_longer_lateness_takes_no_count(
    daily: int, happened: Any, decide: Any, run_jobs: Any, counted: Any, sql: Any, *, migrated_before_the_jobs: bool
) -> None:
    decide(retention_days=26)
    run_jobs()
    assert stored(sql, midnight(40), midnight(26)) == 0
    decide(retention_days=26, lateness_days=22)
    if not migrated_before_the_jobs:
        decide(retention_days=26)
        run_jobs()
        decide(retention_days=26, lateness_days=22)
    assert happened(noon(21)) == {"accepted": 1}
    run_jobs()
    assert counted(midnight(41), midnight(1)) == [daily + 1] * len(AGGREGATES)


def test_a_longer_lateness_reaches_no_day_that_was_dropped_before_it(
    daily: int, happened: Any, decide: Any, run_jobs: Any, counted: Any, sql: Any
) -> None:
    """The raw events of eleven days are kept, and then of 26, of which fifteen are gone already."""
    decide(retention_days=11)
    run_jobs()
    assert stored(sql, midnight(40), midnight(12)) == 0
    decide(retention_days=26, lateness_days=22)
    for _ in range(2):
        run_jobs()
        assert counted(midnight(41), midnight(1)) == [daily] * len(AGGREGATES)
    assert happened(noon(21)) == {"rejected": 1}


def test_a_hole_is_known_as_a_hole(
    hundred: datetime,
    decide: Any,
    run_jobs: Any,
    happened: Any,
    client: Any,
    web: str,
    footfall: Any,
    sql: Any,
    engine: Any,
) -> None:
    """Also when retention is off again: what is older is not taken, and nothing of it is called exact or counted again."""
    decide(retention_days=11)
    run_jobs()
    gone = dropped_until(sql)
    assert gone is not None
    assert hundred + DAY <= gone < hundred + 2 * DAY
    decide(retention_days=0)
    assert happened(ago(days=50)) == {"rejected": 1}
    run_jobs()
    asked = {"receiver": "job:42", "from": f"{hundred:%Y-%m-%d}", "to": f"{hundred:%Y-%m-%d}", "timezone": "UTC"}
    answer = client.get("/v1/stats/summary", query_string=asked, headers=bearer(web)).json
    assert (answer["events"], answer["creators"]) == (100, None)
    assert answer["uniques"] == "unknown"
    assert answer["uniques_note"].startswith("unknown where null: raw events before ")
    day = f"{hundred:%Y-%m-%d}"
    refused = footfall("rebuild-aggregates", "--from", day, "--to", day, "--timezone", "UTC", exits=1)
    assert f"raw events before {gone.astimezone(UTC):%Y-%m-%d %H:%M} were dropped" in refused.stderr
    assert client.get("/v1/stats/summary", query_string=asked, headers=bearer(web)).json["events"] == 100
    assert f"before {gone:%Y-%m-%d}" in footfall("doctor", exits=1).stdout


def test_an_imported_event_of_what_was_dropped_is_told_why(
    hundred: datetime, decide: Any, run_jobs: Any, footfall: Any, sql: Any
) -> None:
    decide(retention_days=11)
    run_jobs()
    gone = dropped_until(sql)
    assert gone is not None
    lines = [event(creator=ALICE, occurred_at=moment.isoformat()) for moment in (gone - timedelta(seconds=1), gone)]
    decide(retention_days=0)
    done = footfall("import", "-", "--format", "ndjson", "--source", "web", stdin="\n".join(map(json.dumps, lines)))
    moment = f"{gone.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert (
        f"occurred_at: too old; raw events before {moment} were dropped, and of older events only counts are kept"
        in done.stderr
    )
    assert "1 accepted, 1 rejected" in done.stdout


def test_a_request_is_held_to_what_was_dropped_too(sql: Any, app: Any, verdicts: Any) -> None:
    """Where the lateness was raised after raw events were dropped."""
    sql("select tracking.note_dropped(now() - interval '5 days')")
    answer = verdicts(event(occurred_at=ago(days=6)), event(occurred_at=ago(days=3)))
    assert answer == ["rejected", "accepted"]


def test_nothing_is_dropped_before_it_is_counted(
    happened: Any, decide: Any, settings: Any, counted: Any, sql: Any
) -> None:
    """Where the scheduler was away, or an import was killed before its refresh."""
    url = db.owner_url(settings)
    happened(noon(30), noon(12), noon(2))
    refresh.catch_up(url)
    happened(noon(20))
    into_trails(sql)
    decide(retention_days=11)
    assert retention.drop_raw_events(url) is not None
    assert stored(sql, midnight(31), midnight(29)) == 0
    assert stored(sql, midnight(21), midnight(11)) == 2
    refresh.catch_up(url)
    assert retention.drop_raw_events(url) is not None
    assert stored(sql, midnight(31), midnight(11)) == 0
    assert counted(midnight(31), midnight(1)) == [4] * len(AGGREGATES)
    assert retention.drop_raw_events(url) is None


def test_nothing_is_dropped_before_the_first_refresh(
    happened: Any, decide: Any, settings: Any, counted: Any, sql: Any
) -> None:
    """What lies beyond the watermark is nobody's change: the first event there holds back all that follow."""
    url = db.owner_url(settings)
    happened(noon(30), noon(12))
    into_trails(sql)
    decide(retention_days=11)
    assert retention.drop_raw_events(url) is None
    refresh.catch_up(url)
    assert retention.drop_raw_events(url) is not None
    assert counted(midnight(31), midnight(1)) == [2] * len(AGGREGATES)


def test_nothing_is_dropped_before_it_is_in_the_trails(
    happened: Any, decide: Any, settings: Any, counted: Any, sql: Any
) -> None:
    """Not before the first run of that job, nor where an old event came after its last."""
    url = db.owner_url(settings)
    happened(noon(30), noon(12))
    refresh.catch_up(url)
    decide(retention_days=11)
    assert retention.drop_raw_events(url) is None
    into_trails(sql)
    decide(retention_days=0)
    happened(noon(20))
    decide(retention_days=11)
    refresh.catch_up(url)
    assert retention.drop_raw_events(url) is not None
    assert stored(sql, midnight(31), midnight(29)) == 0
    assert stored(sql, midnight(21), midnight(11)) == 2
    into_trails(sql)
    assert retention.drop_raw_events(url) is not None
    assert stored(sql, midnight(31), midnight(11)) == 0
    assert counted(midnight(31), midnight(1)) == [3] * len(AGGREGATES)


def test_without_retention_nothing_is_dropped(happened: Any, run_jobs: Any, sql: Any) -> None:
    happened(noon(400), noon(2))
    run_jobs()
    assert dropped_until(sql) is None
    assert stored(sql, midnight(401), midnight(1)) == 2


def test_only_what_is_past_its_days_is_dropped(happened: Any, decide: Any, run_jobs: Any, sql: Any) -> None:
    happened(*(midnight(day) for day in range(1, 20)), *(midnight(day) - timedelta(seconds=1) for day in range(1, 20)))
    decide(retention_days=12)
    run_jobs()
    ((oldest,),) = sql("select min(occurred_at) from tracking.events")
    assert oldest == midnight(12)
    gone = dropped_until(sql)
    assert gone is not None
    assert gone.astimezone(BERLIN).time() == datetime.min.time()
    assert midnight(12) <= gone < midnight(11)


def test_what_was_dropped_only_grows(sql: Any, engine: Any) -> None:
    sql("select tracking.note_dropped('2026-03-01 12:00+00')")
    assert dropped_until(sql) == datetime(2026, 3, 2, tzinfo=BERLIN)
    sql("select tracking.note_dropped('2026-02-01')")
    assert dropped_until(sql) == datetime(2026, 3, 2, tzinfo=BERLIN)
    sql("select tracking.note_dropped('2026-03-02 12:00+00')")
    assert dropped_until(sql) == datetime(2026, 3, 3, tzinfo=BERLIN)
    with pytest.raises(psycopg.errors.RaiseException, match="cannot be taken back"):
        sql("update tracking.dropped set until = '2026-01-01'")
    with pytest.raises(psycopg.errors.UniqueViolation):
        sql("insert into tracking.dropped (until) values ('2026-05-01')")


def test_chunks_dropped_by_hand_take_no_count(happened: Any, run_jobs: Any, counted: Any, sql: Any) -> None:
    happened(*(noon(day) for day in range(2, 40)))
    run_jobs()
    sql("select drop_chunks('tracking.events', older_than => %s::timestamptz)", midnight(20))
    assert happened(noon(19), noon(23)) == {"accepted": 1, "rejected": 1}  # no refresh has noticed yet
    run_jobs()
    gone = dropped_until(sql)
    assert gone is not None
    assert midnight(20) <= gone < midnight(19)
    assert counted(midnight(40), midnight(1)) == [39] * len(AGGREGATES)
    assert happened(noon(23) + timedelta(hours=1)) == {"rejected": 1}


def test_an_event_that_would_make_a_dropped_chunk_anew_is_rejected(
    hundred: datetime, run_jobs: Any, happened: Any, verdicts: Any, counted: Any, footfall: Any, sql: Any
) -> None:
    """By an import or a request, before any refresh has noticed the hole; a day without counts has none."""
    happened(noon(5), noon(4))
    run_jobs()
    sql("select drop_chunks('tracking.events', older_than => %s, newer_than => %s)", hundred + DAY, hundred)
    assert happened(noon(12), noon(9)) == {"rejected": 1, "accepted": 1}
    sql("select drop_chunks('tracking.events', older_than => %s, newer_than => %s)", midnight(4), midnight(5))
    answer = verdicts(event(occurred_at=noon(5).isoformat()), event(occurred_at=noon(4).isoformat()))
    assert answer == ["rejected", "accepted"]
    run_jobs()
    assert counted(hundred - DAY, hundred + DAY) == [100] * len(AGGREGATES)
    assert counted(midnight(6), midnight(1)) == [2] * len(AGGREGATES)
    assert f"before {dropped_until(sql):%Y-%m-%d}" in footfall("doctor", exits=1).stdout


def test_a_window_chosen_before_the_drop_is_cut(
    happened: Any, run_jobs: Any, settings: Any, counted: Any, sql: Any
) -> None:
    """Whoever decided to refresh a moment ago asks again under the lock."""
    happened(*(noon(day) for day in range(2, 30)))
    run_jobs()
    url = db.owner_url(settings)
    spans = refresh.everything(url, midnight(30), midnight(1))
    sql("select tracking.note_dropped(%s)", midnight(10))
    sql("delete from tracking.events where occurred_at < %s", midnight(10))
    for _ in refresh.refresh(url, spans):
        pass
    assert counted(midnight(30), midnight(1)) == [28] * len(AGGREGATES)


def test_a_bucket_that_straddles_what_was_dropped_is_left_alone(
    happened: Any, decide: Any, run_jobs: Any, counted: Any, sql: Any
) -> None:
    """A chunk ends at midnight UTC, a day in Berlin an hour or two before: half of it is gone."""
    happened(*(midnight(day) + timedelta(hours=hour) for day in range(10, 15) for hour in (1, 12, 23)))
    run_jobs()
    decide(retention_days=12)
    run_jobs()
    decide(retention_days=0)
    gone = dropped_until(sql)
    assert gone is not None
    assert happened(gone - timedelta(minutes=1), gone) == {"rejected": 1, "accepted": 1}
    run_jobs()
    assert counted(midnight(16), midnight(8)) == [16] * len(AGGREGATES)


def test_recounts_agree_from_where_raw_events_are_kept(
    happened: Any, decide: Any, run_jobs: Any, settings: Any, sql: Any
) -> None:
    happened(*(noon(day) for day in range(2, 40)))
    decide(retention_days=20)
    run_jobs()
    run_jobs()
    assert disagreements(settings, dropped_until(sql)) == {}
