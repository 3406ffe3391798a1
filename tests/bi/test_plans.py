"""Conditions go down to the counts as they are kept: to an index, to some chunks, or to nothing at all.

The tables are small: so each row that is read is made dear, and the plan is one for large tables.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.database import AGGREGATES
from fixtures.jobs import midnight
from fixtures.star import traffic


@pytest.fixture
def plan(insert: Any, settings: Any, sql: Any, receivers: None, reading: Any) -> Any:
    """How marketing's question is answered, on counts of five weeks, the last days in real time: the plan, executed."""
    rows = [row for days in (3, 13, 23, 33) for row in traffic(days, midnight(days), events=60)]
    insert([row for row in rows if row["occurred_at"] < midnight(1)])
    for name in AGGREGATES:
        sql(f"call refresh_continuous_aggregate('tracking.{name}', null, '{midnight(1).isoformat()}')")
    insert([row | {"occurred_at": datetime.now(UTC) - timedelta(minutes=n)} for n, row in enumerate(rows[:20])])
    sql("analyze")

    def explain(condition: str, fact: str = "fact_daily") -> str:
        with reading() as connection, connection.transaction():
            for setting in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "jit"):
                connection.execute(f"set local {setting} = off")
            connection.execute("set local cpu_tuple_cost = 10")
            query = f"explain (analyze, timing off) select sum(events) from analytics.{fact} where {condition}"
            return "\n".join(line for (line,) in connection.execute(query).fetchall())

    return explain


def kept(plan: str) -> list[str]:
    """The index conditions of the executed scans of the kept counts."""
    return re.findall(r"Scan[^\n]*_hyper_\d+_\d+_chunk[^\n]*loops=[1-9]\d*\)\n\s+Index Cond: ([^\n]+)", plan)


def test_the_receivers_of_an_owner_are_looked_up(plan: Any) -> None:
    for fact in ("fact_daily", "fact_hourly"):
        found = plan("owner = 'acme'", fact)
        assert "Index Cond: (shown_owner = 'acme'::text)" in found, found
        assert any("receiver_id = receivers.receiver_id" in scan for scan in kept(found)), found


def test_a_day_a_time_and_a_name_are_looked_up(plan: Any) -> None:
    """A day by its date: first in the calendar, then its counts."""
    found = plan(f"day = '{midnight(3).date()}'")
    assert re.search(r"dim_date_pkey[^\n]*\n\s+Index Cond: \([^\n]*day = ", found), found
    assert any(re.search(r"day = dim_date\.\"?time", scan) for scan in kept(found)), found
    for fact in ("fact_daily", "fact_activity_daily"):
        found = plan("time >= now() - interval '3 days'", fact)
        assert any("day >= (now() - '3 days'::interval)" in scan for scan in kept(found)), found
    found = plan("event_name = 'view' and time >= now() - interval '9 days'")
    assert re.search(r"chunk[^\n]*\n(\s+[^\n]*\n)?[^\n]*name = 'view'", found), found


def test_an_hour_is_looked_up_among_some_chunks(plan: Any) -> None:
    """TimescaleDB leaves out the chunks that end before; each holds ten days."""
    found = plan("time >= now() - interval '3 days'", "fact_hourly")
    assert max(int(number) for number in re.findall(r"Chunks excluded during startup: (\d+)", found)) >= 2, found
    found = plan("time >= now() - interval '3 days'", "fact_activity_hourly")
    assert any("start >= (now() - '3 days'::interval)" in scan for scan in kept(found)), found


def test_what_is_final_is_asked_once_and_leaves_real_time_out(plan: Any) -> None:
    """The rows of today are not even read."""
    found = plan("is_final")
    assert re.search(r"One-Time Filter: \([^\n]* < [^\n]*\)", found), found
    real_time = re.findall(r"Scan[^\n]* on _hyper_1_[^\n]*", found)  # hypertable 1 is tracking.events
    assert real_time
    assert [scan for scan in real_time if "never executed" not in scan] == [], found
    assert any(re.search(r"day < (\$|\(InitPlan)", scan) for scan in kept(found)), found
