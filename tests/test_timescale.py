"""What Footfall reads of TimescaleDB that TimescaleDB does not document is there, and is what it is taken for."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ago
from fixtures.database import AGGREGATES
from tracking import db
from tracking.aggregates import refresh

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "sql" / "functions" / "timescale.sql"
PAGE = ROOT / "docs" / "timescaledb.md"
CATALOGUE = {
    "hypertable": {"id": "integer", "schema_name": "name", "table_name": "name"},
    "dimension": {"id": "integer", "hypertable_id": "integer"},
    "dimension_slice": {"dimension_id": "integer", "range_start": "bigint", "range_end": "bigint", "xmin": "xid"},
    "continuous_agg": {
        "mat_hypertable_id": "integer",
        "raw_hypertable_id": "integer",
        "user_view_schema": "name",
        "user_view_name": "name",
    },
    "continuous_aggs_watermark": {"mat_hypertable_id": "integer", "watermark": "bigint"},
    "continuous_aggs_hypertable_invalidation_log": {
        "hypertable_id": "integer",
        "lowest_modified_value": "bigint",
        "greatest_modified_value": "bigint",
    },
    "continuous_aggs_materialization_invalidation_log": {
        "materialization_id": "integer",
        "lowest_modified_value": "bigint",
        "greatest_modified_value": "bigint",
    },
    "continuous_aggs_materialization_ranges": {
        "materialization_id": "integer",
        "lowest_modified_value": "bigint",
        "greatest_modified_value": "bigint",
    },
}
FUNCTIONS = {
    "to_unix_microseconds": ("timestamp with time zone", "bigint"),
    "to_timestamp": ("bigint", "timestamp with time zone"),
}
SETTINGS = ("enable_chunkwise_aggregation", "enable_segmentwise_recompression")
INSTALLED = """
    select attname, format_type(atttypid, atttypmod)
      from pg_attribute
     where attrelid = to_regclass(%s)
       and not attisdropped
"""


def test_one_file_reads_what_is_not_documented() -> None:
    files = [file for folder in ("sql", "tracking", "jobs") for file in (ROOT / folder).rglob("*.*")]
    found = {
        file
        for file in files
        if file.suffix in {".sql", ".py"} and "node_modules" not in file.parts and "_timescaledb_" in file.read_text()
    }
    assert found == {PLACE}, f"read it in {PLACE.relative_to(ROOT)}, and say in docs/timescaledb.md why"


def test_what_that_file_reads_is_checked_here_and_explained_on_its_page() -> None:
    read = set(re.findall(r"_timescaledb_\w+\.(\w+)", PLACE.read_text()))
    assert read == {*CATALOGUE, *FUNCTIONS}
    page = PAGE.read_text()
    assert [name for name in (*read, *SETTINGS) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("table", CATALOGUE)
def test_each_table_has_the_columns_that_are_read(sql: Any, table: str) -> None:
    installed = dict(sql(INSTALLED, f"_timescaledb_catalog.{table}"))
    found = {column: installed.get(column) for column in CATALOGUE[table]}
    assert found == CATALOGUE[table], f"{table} is another in this TimescaleDB: docs/timescaledb.md says what needs it"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_takes_and_gives_what_it_did(sql: Any, name: str) -> None:
    takes, gives = FUNCTIONS[name]
    found = sql(
        "select format_type(prorettype, null), provolatile::text from pg_proc where oid = to_regprocedure(%s)",
        f"_timescaledb_functions.{name}({takes})",
    )
    assert found == [(gives, "i")], f"{name} is another in this TimescaleDB: docs/timescaledb.md says what needs it"


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_is_there(sql: Any, name: str) -> None:
    assert sql(f"show timescaledb.{name}"), f"this TimescaleDB has no {name}: docs/timescaledb.md says what needs it"


def test_the_chunks_are_those_that_it_documents(happened: Any, sql: Any) -> None:
    happened(ago(days=50), ago(days=20), ago(days=1))
    documented = (
        "select range_start, range_end from timescaledb_information.chunks"
        " where (hypertable_schema, hypertable_name) = ('tracking', 'events') order by 1"
    )
    found = "select tracking.moment(range_start), tracking.moment(range_end) from tracking.event_chunks order by 1"
    assert sql(found) == sql(documented)
    assert len(sql(found)) == 3


def test_a_chunk_tells_which_transaction_made_it(happened: Any, settings: Any) -> None:
    happened(ago(days=20))
    mine = "select count(*) from tracking.event_chunks where made_by = pg_current_xact_id()::xid"
    with db.connect(db.owner_url(settings)) as connection:
        with connection.transaction():
            assert connection.execute(mine).fetchall() == [(0,)]
            connection.execute(
                "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)"
                " values (now() - interval '30 days', gen_random_uuid(), 'web', 'alice', 'job', '42', 'view')"
            )
            assert connection.execute(mine).fetchall() == [(1,)]
        assert connection.execute(mine).fetchall() == [(0,)]


def test_the_aggregates_are_those_that_it_documents(sql: Any) -> None:
    documented = (
        "select view_name::text,"
        " format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)"
        " from timescaledb_information.continuous_aggregates where view_schema = 'tracking' order by 1"
    )
    assert sql("select name, kept from tracking.aggregates order by 1") == sql(documented)


def test_a_change_is_noted_until_it_is_counted(happened: Any, settings: Any, sql: Any) -> None:
    """And a watermark is where real time begins."""
    url, late = db.owner_url(settings), datetime.fromisoformat(ago(days=30, minutes=30))
    noted = "select count(distinct aggregate) from tracking.changes where %s between lowest and greatest"
    happened(*(ago(days=day) for day in (31, 30, 29, 5)))
    refresh.catch_up(url)
    ((until,),) = sql("select tracking.moment(min(watermark)) from tracking.aggregates")
    assert until > datetime.fromisoformat(ago(days=5))
    ((micros,),) = sql("select tracking.microseconds(%s)", late)
    assert sql("select tracking.moment(%s)", micros) == [(late,)]
    assert sql(noted, micros) == [(0,)]
    happened(late)
    assert sql(noted, micros) == [(len(AGGREGATES),)]
    refresh.catch_up(url, ["event_counts_15min"])
    assert sql(noted, micros) == [(len(AGGREGATES) - 1,)]
    refresh.catch_up(url)
    assert sql(noted, micros) == [(0,)]
