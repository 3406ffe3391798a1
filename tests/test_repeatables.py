"""Functions, views and policies are applied again where they changed, and workers of the version before go on."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tracking import db, migrations
from tracking.aggregates import AGGREGATES
from tracking.migrations import migrate
from tracking.prerequisites import MigrationError
from tracking.settings import Settings

SIGNATURES = Path("sql/functions/signatures.txt")
"""A line for each function that the application calls."""
FINAL = [
    "analytics/final/fact_month",
    *(f"analytics/final/final_{name}" for name in ("activity_daily", "daily", "funnel_daily", "hourly")),
]
"""Views that are made of others, and go with them."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of all SQL, which a test may change."""
    copy = tmp_path / "sql"
    shutil.copytree(db.SQL, copy)
    monkeypatch.setattr(db, "SQL", copy)
    return copy


def rows(settings: Settings, statement: str) -> list[tuple]:
    with db.connect(db.owner_url(settings)) as connection:
        return connection.execute(statement).fetchall()


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_what_was_edited_is_all_that_is_applied(blank: Settings, files: Path) -> None:
    migrate(blank)
    edit(files / "functions/decided.sql", "value::integer", "value::integer + 1")
    edit(files / "analytics/funnel_daily.sql", "name like 'click", "name like 'view")
    edited = ["functions/decided", "analytics/funnel_daily"]
    assert migrate(blank, check=True) == [*edited, *FINAL]
    assert migrations.missing(blank) == edited
    assert migrate(blank) == [*edited, *FINAL]
    assert migrate(blank) == migrations.missing(blank) == []
    assert rows(
        blank,
        "select tracking.decided('lateness_days'), strpos(pg_get_viewdef('analytics.funnel_daily'), 'view\\_') > 0",
    ) == [(8, True)]


def test_one_that_fails_leaves_all_as_they_were(blank: Settings, files: Path) -> None:
    migrate(blank)
    edit(files / "functions/decided.sql", "value::integer", "value::integer + 1")
    edit(files / "analytics/funnel_daily.sql", "sum(events)", "sum(happened)")
    with pytest.raises(
        MigrationError, match=r'^analytics/funnel_daily failed, and all .* stay: column "happened" does not'
    ):
        migrate(blank)
    assert rows(blank, "select tracking.decided('lateness_days')") == [(7,)]
    assert migrations.missing(blank) == ["functions/decided", "analytics/funnel_daily"]


def test_a_function_may_call_one_that_comes_later(blank: Settings, files: Path) -> None:
    """Of two new ones, in the order of their files, also in SQL."""
    body = "create or replace function tracking.{}() returns integer language sql as $$ select {} $$;"
    (files / "functions/a_first.sql").write_text(body.format("a_first", "tracking.b_second()"))
    (files / "functions/b_second.sql").write_text(body.format("b_second", "2"))
    migrate(blank)
    assert rows(blank, "select tracking.a_first()") == [(2,)]


def test_the_version_before_goes_on_and_can_come_back(blank: Settings, files: Path) -> None:
    migrate(blank)
    before = (files / "functions/decided.sql").read_text()
    edit(files / "functions/decided.sql", "value::integer", "value::integer + 1")
    migrate(blank)
    (files / "functions/decided.sql").write_text(before)
    assert migrations.missing(blank) == []  # the older version's: the newer one's has the same contract
    assert migrate(blank) == ["functions/decided"]
    assert rows(blank, "select tracking.decided('lateness_days')") == [(7,)]


def test_a_worker_that_is_ahead_of_the_database_is_not_ready(client: Any, sql: Any) -> None:
    checksum = migrations.contents()["functions/ingest"]
    sql("update tracking.repeatables set checksum = 'older' where name = 'functions/ingest'")
    try:
        assert client.get("/readyz").json["type"].endswith("schema-behind")
    finally:
        sql("update tracking.repeatables set checksum = %s where name = 'functions/ingest'", checksum)


def test_a_worker_before_the_first_migration_is_not_ready(client: Any, sql: Any) -> None:
    sql("alter table tracking.repeatables rename to away")
    try:
        assert client.get("/readyz").json["type"].endswith("schema-behind")
    finally:
        sql("alter table tracking.away rename to repeatables")


def test_a_worker_that_is_behind_the_database_is_ready(client: Any, sql: Any) -> None:
    sql("insert into tracking.repeatables (name, checksum, settings) values ('functions/ingest', 'newer', '')")
    try:
        assert client.get("/readyz").json == {"status": "ready"}
    finally:
        sql("delete from tracking.repeatables where checksum = 'newer'")


def test_a_function_keeps_its_signature_for_life(sql: Any) -> None:
    """Workers of the version before call it, too."""
    called = set()
    for file in (db.SQL / "queries").glob("*.sql"):
        called |= set(re.findall(r"tracking\.(\w+)\(", file.read_text()))
    found = sql(
        "select proname, format('%s(%s) %s', proname, oidvectortypes(proargtypes),"
        " coalesce('returns ' || pg_get_function_result(oid), 'procedure'))"
        " from pg_proc where pronamespace = 'tracking'::regnamespace"
    )
    now = {signature for _, signature in found}
    frozen = set((db.SQL / "functions/signatures.txt").read_text().splitlines())
    assert frozen <= now, (
        "workers of the version before still call these: give the changed function a new name (ingest_v2); a migration "
        "of the next release drops the old one"
    )
    asked = {signature for name, signature in found if name in called}
    assert asked <= frozen, f"new functions that the application calls: add their lines to {SIGNATURES}"


def test_nobody_else_may_call_a_function(sql: Any) -> None:
    """PostgreSQL gives each new one to everybody: its file takes that back."""
    open_to_all = "select oid::regprocedure::text from pg_proc where pronamespace = 'tracking'::regnamespace"
    assert sql(f"{open_to_all} and has_function_privilege('public', oid, 'execute')") == []


def test_every_column_that_marketing_reads_is_described(sql: Any) -> None:
    columns = (
        "select relname, attname from pg_class left join pg_attribute on attrelid = pg_class.oid and attnum > 0"
        " where relnamespace = 'analytics'::regnamespace and relkind <> 'i'"
    )
    assert sql(f"{columns} and col_description(attrelid, attnum) is null") == []
    assert sql(f"{columns} and obj_description(pg_class.oid) is null") == []


def test_each_view_is_a_file_of_its_name(sql: Any) -> None:
    files = {(file.stem,) for file in (db.SQL / "analytics").rglob("*.sql")}
    made = sql("select relname from pg_class where relnamespace = 'analytics'::regnamespace and relkind = 'v'")
    assert set(made) == files


def test_the_aggregates_are_those_of_the_database(sql: Any) -> None:
    found = sql("select view_name from timescaledb_information.continuous_aggregates where view_schema = 'tracking'")
    assert {name for (name,) in found} == set(AGGREGATES)
    named = set()
    for file in (db.SQL / "functions").glob("*.sql"):
        named |= set(re.findall(r"'((?:event_counts|activity)_\w+)'", file.read_text()))
    assert named <= set(AGGREGATES)


def test_a_view_of_another_says_of_its_columns_what_that_one_says(blank: Settings, files: Path) -> None:
    """Also after the other's comments were edited."""
    migrate(blank)
    edit(files / "analytics/funnel_daily.sql", "App that sent the events.", "The app.")
    migrate(blank)
    said = "select col_description('analytics.final_funnel_daily'::regclass, 3)"
    assert rows(blank, said) == [("The app.",)]
