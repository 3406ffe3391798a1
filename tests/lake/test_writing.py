"""The lake gets each day of arrival once, whole, and as the ledger says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fixtures.cast import ago, event
from lake.conftest import day
from tracking.lake import jobs, reading, running, tables
from tracking.lake.files import under
from tracking.lake.schemas import EVENTS, LEDGER
from tracking.settings import Settings


def rows(lake: Settings, table: str = "events") -> list[tuple[Any, ...]]:
    """What the lake's table holds, each value as text."""
    with tables.read(lake) as found:
        named = dict(zip(found.names, found, strict=True))
        return sorted(tuple(map(str, row.values())) for row in named[table].scan().to_arrow().to_pylist())


def stored(sql: Any, of: Any) -> list[tuple[Any, ...]]:
    """What the database holds, each value as text."""
    columns = ", ".join(name for name, *_ in of.columns)
    table = "events" if of is EVENTS else "ingest_ledger"
    sql("set timezone to 'UTC'")
    return sorted(tuple(map(str, row)) for row in sql(f"select {columns} from tracking.{table}"))


def test_a_day_that_is_over_is_in_the_lake(arrived: Any, tracking: Any, lake: Settings, sql: Any) -> None:
    arrived()
    assert tracking("write") == [{"day": str(day(1)), "events": 2, "ledger_events": 2, "missing": 0}]
    assert rows(lake) == stored(sql, EVENTS)
    assert rows(lake, "ledger") == stored(sql, LEDGER)
    ((noted, events, ledger_events, missing, snapshot),) = sql(
        "select day, events, ledger_events, missing, snapshot from tracking.lake_days"
    )
    assert (noted, events, ledger_events, missing) == (day(1), 2, 2, 0)
    with tables.read(lake) as found:
        summary = found.events.snapshot_by_id(snapshot).summary
        assert summary["footfall.day"] == str(day(1))


def test_today_is_not(verdicts: Any, tracking: Any) -> None:
    verdicts(event())
    assert tracking("write") == []
    assert tracking("status")["days"] == 0


def test_each_day_is_written_once_and_the_oldest_first(arrived: Any, tracking: Any, lake: Settings, sql: Any) -> None:
    for days in (3, 1, 6):
        arrived(days=days)
    assert [written["day"] for written in tracking("write")] == [str(day(days)) for days in (6, 3, 1)]
    assert tracking("write") == []
    assert rows(lake) == stored(sql, EVENTS)


def test_a_late_event_lies_by_the_day_it_happened(arrived: Any, tracking: Any, lake: Settings) -> None:
    arrived(event(occurred_at=ago(days=3)), event(occurred_at=ago(days=5)), days=1)
    tracking("write")
    with tables.read(lake) as found:
        files = [task.file for task in found.events.scan().plan_files()]
    assert len(files) == 2
    assert {file.file_path.split("/")[-2] for file in files} == {f"occurred_at_day={day(n)}" for n in (3, 5)}


def test_what_does_not_count_is_in_the_lake_with_its_reason(
    arrived: Any, tracking: Any, lake: Settings, catalogue: None
) -> None:
    at = ago(minutes=9)
    arrived(event(occurred_at=at), event(occurred_at=at))
    tracking("write")
    assert sorted(row[-1] for row in rows(lake)) == ["None", "repeat"]


def test_properties_are_json(arrived: Any, tracking: Any, lake: Settings) -> None:
    arrived(event(properties={"where": "Zürich", "n": 3}))
    tracking("write")
    ((*_, properties, _context, _excluded),) = rows(lake)
    assert properties == '{"n": 3, "where": "Zürich"}'


def test_a_day_that_is_written_again_takes_the_place_of_itself(
    arrived: Any, tracking: Any, lake: Settings, sql: Any
) -> None:
    arrived(days=1)
    arrived(days=2)
    tracking("write")
    (again,) = tracking("write", "--day", str(day(1)))
    assert again["events"] == 2
    assert rows(lake) == stored(sql, EVENTS)
    assert rows(lake, "ledger") == stored(sql, LEDGER)
    assert tracking("verify")["faults"] == []


def test_a_day_that_another_program_put_together_with_others_is_taken_out_of_them(
    arrived: Any, tracking: Any, lake: Settings, sql: Any
) -> None:
    same = ago(days=3)
    arrived(event(occurred_at=same), days=1)
    arrived(event(occurred_at=same), days=2)
    tracking("write")
    with tables.written(lake) as found:
        found.events.overwrite(found.events.scan().to_arrow())  # as a compaction does
        assert len(list(found.events.scan().plan_files())) == 1
    tracking("write", "--day", str(day(1)))
    assert rows(lake) == stored(sql, EVENTS)
    assert tracking("verify")["faults"] == []


@pytest.mark.parametrize("which", ["events", "ledger"])
def test_a_day_that_does_not_balance_is_refused_and_the_others_are_written(
    arrived: Any, tracking: Any, refused: Any, sql: Any, which: str
) -> None:
    for days in (3, 2, 1):
        arrived(days=days)
    if which == "events":
        sql("delete from tracking.events where name = 'view' and received_at::date = %s", day(2))
    else:
        sql("delete from tracking.ingest_ledger where name = 'view' and received_at::date = %s", day(2))
        arrived(event(name="other"), days=2)
    said = refused("write")
    assert said.startswith(f"{day(2)} is not in the lake: of web, view, accepted, the ledger has ")
    assert said.endswith("python -m tracking ledger; written: 2 of 3 days")
    status = tracking("status")
    assert (status["days"], status["behind"]) == (2, [str(day(2))])
    assert tracking("verify")["faults"] == []


def test_a_row_that_goes_while_its_day_is_read_keeps_the_day_out(
    arrived: Any, tracking: Any, refused: Any, sql: Any, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived()

    def read(*arguments: Any) -> Any:
        sql("delete from tracking.events where name = 'view'")
        return ledger(*arguments)

    ledger = reading.ledger
    monkeypatch.setattr(reading, "ledger", read)
    assert "of web, view, accepted, the ledger has 1 events and 0 are stored" in refused("write")
    assert tracking("status")["days"] == 0
    assert under(f"{lake.lake_url}/events/data") == []


def test_a_day_with_dropped_rows_says_how_many_it_lacks(
    happened: Any, decide: Any, run_jobs: Any, sql: Any, tracking: Any, lake: Settings
) -> None:
    happened(ago(days=30), ago(days=29), ago(days=3))
    run_jobs()
    decide(retention_days=20)
    run_jobs()
    sql("update tracking.events set received_at = received_at - interval '1 day'")
    sql(
        "with moved as (delete from tracking.ingest_ledger returning *) insert into tracking.ingest_ledger"
        " select received_at - interval '1 day', source, name, verdict, events, occurred_from, occurred_to from moved"
    )
    assert tracking("write") == [{"day": str(day(1)), "events": 1, "ledger_events": 3, "missing": 2}]
    assert tracking("status")["missing"] == {str(day(1)): 2}
    assert tracking("verify")["faults"] == []
    assert sql("select missing from tracking.lake_days") == [(2,)]


def test_a_day_is_never_replaced_by_less(arrived: Any, tracking: Any, refused: Any, lake: Settings, sql: Any) -> None:
    arrived()
    tracking("write")
    before = rows(lake)
    sql("delete from tracking.events where name = 'view'")
    sql("update tracking.ingest_ledger set verdict = 'duplicate' where name = 'view'")
    said = refused("write", "--day", str(day(1)))
    assert said.startswith(f"{day(1)} stays as it is: the lake has 2 events of it and the database only 1")
    assert rows(lake) == before


@pytest.mark.parametrize("days", [0, 4, -3])
def test_a_day_on_which_nothing_arrived_or_that_is_not_over_is_refused(
    arrived: Any, verdicts: Any, refused: Any, days: int
) -> None:
    arrived()
    verdicts(event())
    assert refused("write", "--day", str(day(days))).startswith(f"{day(days)}: no events arrived on that day (UTC)")


def test_a_note_that_was_lost_is_made_again(arrived: Any, tracking: Any, sql: Any) -> None:
    arrived(days=2)
    arrived(days=1)
    tracking("write")
    noted = sql("select day, events, ledger_events, missing, snapshot from tracking.lake_days order by day")
    sql("delete from tracking.lake_days")
    sql("insert into tracking.lake_days values ('2020-01-01', 1, 1, 0, 1, false, now())")
    assert tracking("write") == []
    assert sql("select day, events, ledger_events, missing, snapshot from tracking.lake_days order by day") == noted


def test_the_job_does_the_same(arrived: Any, lake: Settings, settings: Settings) -> None:
    arrived()
    assert jobs.write(settings) is None
    assert jobs.write(lake) == 2
    assert jobs.write(lake) == 0
    assert running.write_due(lake) == []


def test_a_day_of_which_rows_were_put_back_is_written_again(
    arrived: Any, tracking: Any, sql: Any, lake: Settings
) -> None:
    arrived()
    tracking("write")
    ((then,),) = sql("select received_at from tracking.events limit 1")
    back = {
        "t": (then - timedelta(days=3)).isoformat(),
        "at": then.isoformat(),
        "i": str(uuid4()),
        "s": "ios",
        "c": "bob",
        "rt": "job",
        "ri": "7",
        "n": "view",
    }
    for restored, written in ((1, 1), (0, 0)):
        assert sql("select tracking.restore(%s::jsonb, 'infinity')", json.dumps([back])) == [(restored,)]
        assert len(tracking("write")) == written
        assert sql("select events, late from tracking.ingest_ledger where source = 'ios'") == [(1, 1)]
        assert rows(lake) == stored(sql, EVENTS)
