"""Conditions go down to the counts as they are kept: to an index, to some chunks, or to nothing at all.

The tables are small: so each row that is read is made dear, and the plan is one for large tables.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.jobs import midnight
from fixtures.star import traffic
from tracking import db
from tracking.aggregates import refresh


@pytest.fixture
def plan(insert: Any, settings: Any, sql: Any, receivers: None, reading: Any) -> Any:
    """How marketing's question is answered, on counts of five weeks, the last days in real time: the plan, executed."""
    for days in range(3, 38, 5):
        insert(traffic(days, midnight(days), events=60))
    refresh.catch_up(db.owner_url(settings))
    insert(traffic(99, datetime.now(UTC) - timedelta(hours=1), events=60)[:20])
    sql("analyze")

    def explain(condition: str, fact: str = "fact_daily") -> str:
        with reading() as connection, connection.transaction():
            for setting in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "jit"):
                connection.execute(f"set local {setting} = off")
            connection.execute("set local cpu_tuple_cost = 10")
            query = f"explain (analyze, timing off) select sum(events) from analytics.{fact} where {condition}"
            return "\n".join(line for (line,) in connection.execute(query).fetchall())

    return explain


def scans(plan: str, relation: str) -> list[str]:
    """The index conditions of the executed scans of the kept counts."""
    found = re.findall(rf"on _hyper_\d+_\d+_chunk[^\n]*{relation}[^\n]*loops=[1-9]\d*\)\n\s+Index Cond: ([^\n]+)", plan)
    return found or re.findall(r"Scan[^\n]*_hyper_\d+_\d+_chunk[^\n]*loops=[1-9]\d*\)\n\s+Index Cond: ([^\n]+)", plan)


@pytest.mark.parametrize("fact", ["fact_daily", "fact_hourly"])
def test_one_receiver_is_looked_up(plan: Any, fact: str) -> None:
    found = plan("receiver_type = 'job' and receiver_id = '42'", fact)
    assert any("receiver_type = 'job'" in scan and "receiver_id = '42'" in scan for scan in scans(found, "")), found


@pytest.mark.parametrize("fact", ["fact_daily", "fact_hourly"])
def test_the_receivers_of_an_owner_are_looked_up(plan: Any, fact: str) -> None:
    found = plan("owner = 'acme'", fact)
    assert "Index Cond: (owner = 'acme'::text)" in found, found
    assert any("receiver_id = receivers.receiver_id" in scan for scan in scans(found, "")), found


def test_a_day_is_looked_up(plan: Any) -> None:
    """By its date: the days of the calendar first, then the counts of each."""
    found = plan(f"day = '{midnight(3).date()}'")
    assert re.search(r"dim_date_pkey[^\n]*\n\s+Index Cond: \([^\n]*day = ", found), found
    assert any(re.search(r"day = dim_date\.\"?time", scan) for scan in scans(found, "")), found


@pytest.mark.parametrize("fact", ["fact_daily", "fact_activity_daily"])
def test_a_time_is_looked_up(plan: Any, fact: str) -> None:
    found = plan("time >= now() - interval '3 days'", fact)
    assert any("day >= (now() - '3 days'::interval)" in scan for scan in scans(found, "")), found


@pytest.mark.parametrize("fact", ["fact_hourly", "fact_activity_hourly"])
def test_an_hour_is_looked_up_among_some_chunks(plan: Any, fact: str) -> None:
    """TimescaleDB leaves the chunks out that end before; each holds ten days."""
    found = plan("time >= now() - interval '3 days'", fact)
    excluded = [int(number) for number in re.findall(r"Chunks excluded during startup: (\d+)", found)]
    assert max(excluded, default=0) >= 2 or "start >= (now()" in found, found


def test_a_name_is_looked_at_where_the_counts_are_read(plan: Any) -> None:
    found = plan("event_name = 'view' and time >= now() - interval '9 days'")
    assert re.search(r"chunk[^\n]*\n(\s+[^\n]*\n)?[^\n]*name = 'view'", found), found


def test_what_is_final_is_asked_once_and_leaves_real_time_out(plan: Any) -> None:
    """The rows of today are not even read."""
    found = plan("is_final")
    assert re.search(r"One-Time Filter: \(\$\d+ < \$\d+\)", found), found
    real_time = re.findall(r"Scan[^\n]* on _hyper_1_[^\n]*", found)  # hypertable 1 is tracking.events
    assert real_time
    assert [scan for scan in real_time if "never executed" not in scan] == [], found
    assert any(re.search(r"day < \$\d+", scan) for scan in scans(found, "")), found
