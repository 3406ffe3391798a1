"""What each role of the database can do, and what it cannot."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from fixtures.cast import event
from fixtures.served import until
from tracking import db, migrations
from tracking.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def acting(settings: Settings, engine: object) -> Callable[[str], Any]:
    """A connection as one of the roles."""

    @contextmanager
    def connect(role: str) -> Iterator[Connection]:
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute(f"set role {role}")
            assert connection.execute("select current_user").fetchone() == (role,)
            yield connection

    return connect


def relations(connection: Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select format('%%I.%%I', nspname, relname) from pg_class join pg_namespace n on n.oid = relnamespace"
        " where nspname like %s and relkind in ('r', 'v', 'm', 'p') order by 1",
        (schema,),
    )
    return [name for (name,) in rows]


def is_refused(connection: Connection, statement: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "delete from tracking.events",
        "update tracking.events set creator = 'x'",
        "truncate tracking.events",
        "drop table tracking.events cascade",
        "alter table tracking.events add column x int",
        "alter table tracking.events drop constraint events_once",
        "create index on tracking.events (creator)",
        "create table tracking.x ()",
        "create table analytics.x ()",
        "create view analytics.x as select 1",
        "drop schema analytics cascade",
        "drop view analytics.dim_receiver",
        "alter view tracking.event_counts_daily set (timescaledb.materialized_only = true)",
        "select drop_chunks('tracking.events', now())",
        "insert into tracking.sources (name) values ('mine')",
        "update tracking.sources set rights = '{ingest,erase}'",
        "update tracking.sources set revoked_at = null",
        "update tracking.sources set version = version + 1, previous_until = 'infinity'",
        "update tracking.sources set key_id = null",
        "update tracking.sources set proof = 'off', rate = 0, origins = '{}', names = '{}', strict = false",
        "delete from tracking.sources",
        "select from tracking.proof_ids",
        "delete from tracking.proof_ids",
        "update tracking.proof_ids set expires_at = now()",
        "delete from tracking.migrations",
        "update tracking.deployment set value = 'x'",
        "delete from tracking.receivers",
        "insert into tracking.leases values ('jobs', 'me', now())",
        "create role mine",
        "alter role marketing login",
        "grant footfall_api to marketing",
        "drop extension btree_gist",
        "copy (select 1) to program 'true'",
    ],
)
def test_the_api_cannot_change_the_schema_or_take_events_away(acting: Any, statement: str) -> None:
    with acting("footfall_api") as connection:
        assert is_refused(connection, statement)


def test_the_api_writes_events_and_reads_counts(acting: Any, verdicts: Any) -> None:
    verdicts(event())
    with acting("footfall_api") as connection:
        for relation in ("events", "event_counts_15min", "event_counts_daily", "activity_daily"):
            assert connection.execute(f"select count(*) from tracking.{relation}").fetchone() == (1,)


def test_marketing_can_read_every_analytics_view(acting: Any, verdicts: Any, receivers: None) -> None:
    verdicts(event())
    with acting("marketing") as connection:
        views = relations(connection, "analytics")
        assert len(views) >= 14
        for view in views:
            ((rows,),) = connection.execute(f"select count(*) from {view}").fetchall()
            assert rows >= (1 if re.search(r"\.(dim_|fact_.*ly$|funnel|data)", view) else 0), view


def test_marketing_can_read_nothing_else(acting: Any, verdicts: Any, refresh: Any) -> None:
    """Nor the chunks and materializations, where the same rows lie."""
    verdicts(event())
    refresh()
    with acting("marketing") as connection:
        hidden = [*relations(connection, "tracking"), *relations(connection, "_timescaledb_internal")]
        assert {"tracking.events", "tracking.sources"} < set(hidden)
        chunks = [name for name in hidden if "_hyper_" in name]
        assert chunks
        readable = [name for name in hidden if not is_refused(connection, f"select from {name} limit 1")]
        assert [name for name in readable if name.startswith("tracking.") or name in chunks] == []


def test_marketing_can_change_nothing(acting: Any) -> None:
    with acting("marketing") as connection:
        for view in relations(connection, "analytics"):
            kind = "table" if view.endswith("dim_date") else "view"
            assert is_refused(connection, f"drop {kind} {view}")
        assert is_refused(connection, "delete from analytics.dim_date")
        assert is_refused(connection, "delete from analytics.fact_visitors")
        assert is_refused(connection, "update analytics.fact_visitors set events = 1")
        assert is_refused(connection, "create table analytics.mine ()")


def test_no_analytics_view_shows_who_did_it(sql: Any, verdicts: Any) -> None:
    verdicts(event())
    columns = sql(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'analytics'"
    )
    assert columns
    assert [found for found in columns if found[1] == "creator" or "creator_id" in found[1]] == []
    assert {found[2] for found in columns if found[1].startswith("unique_creators")} == {"bigint"}


@pytest.mark.parametrize(
    "statement",
    [
        "select add_job('pg_sleep', '1h')",
        "select alter_job(1, scheduled => false)",
        "call run_job(1)",
        "select _timescaledb_functions.stop_background_workers()",
        "select by_range('x')",
        "select lo_from_bytea(0, 'x')",
        "select lo_create(0)",
        "select lo_import('/etc/passwd')",
        "create temporary table mine (n int)",
        "create table public.mine (n int)",
        "create function public.mine() returns int language sql as 'select 1'",
        "do $$ begin perform pg_sleep(0); end $$",
        "select pg_advisory_lock(1718579060)",
        "select pg_advisory_xact_lock(1)",
        "select pg_try_advisory_lock_shared(1, 2)",
        "select pg_notify('x', 'y')",
        "select pg_logical_emit_message(false, 'x', repeat('a', 100))",
        "select pg_logical_emit_message(true, 'x', 'a'::bytea)",
        "select pg_export_snapshot()",
        "set temp_file_limit = -1",
        "alter role marketing connection limit 1000",
    ],
)
@pytest.mark.parametrize("role", ["marketing", "footfall_api"])
def test_who_reads_and_writes_rows_can_make_nothing_else(acting: Any, role: str, statement: str) -> None:
    with acting(role) as connection:
        assert is_refused(connection, statement)


def test_nothing_of_timescaledb_that_changes_anything_is_everybodys(acting: Any) -> None:
    """Of what it has marked volatile, only what fills gaps in a series."""
    with acting("marketing") as connection:
        open_to_all = connection.execute(
            "select distinct proname from pg_proc join pg_depend on objid = pg_proc.oid and deptype = 'e'"
            " join pg_extension on pg_extension.oid = refobjid where extname = 'timescaledb' and provolatile = 'v'"
            " and has_function_privilege(pg_proc.oid, 'execute') order by 1"
        ).fetchall()
        assert open_to_all == [("interpolate",), ("locf",), ("time_bucket_gapfill",)]


ASKS_FOR_RIGHTS = (
    r"binary_upgrade_\w+ brin_(de)?summarize_\w+ gin_clean_pending_list pg_(cancel|terminate)_backend currval nextval setval"
    r" lastval pg_sequence_last_value pg_(create|drop|copy|sync|replication|logical)_\w*slot\w* pg_import_system_collations"
    r" pg_nextoid pg_read_file_old pg_rotate_logfile_old pg_stop_making_pinned_objects pg_extension_config_dump"
)
"""Functions of PostgreSQL that refuse who may not, as patterns: of one's own sessions, tables and sequences only."""
ONLY_TELLS = (
    r"\w*handler \w*_inline_handler \w*validator amvalidate bernoulli system dsnowball_\w+ clock_timestamp timeofday"
    r" current_query currtid2? (cursor|query)_to_xml\w* ts_(rewrite|stat) gen_random_uuid uuidv[47] random(_normal)? setseed"
    r" set_config pg_sleep(_for|_until)? pg_advisory_unlock_all pg_stat_(get_\w+|clear_snapshot|force_next_flush)"
    r" pg_(collation|database_collation)_actual_version pg_(database|indexes|relation|table|tablespace|total_relation)_size"
    r" pg_control_\w+ pg_get_\w+ pg_(current|last)_\w+ pg_is_\w+ pg_(safe_snapshot_)?blocking_pids pg_prepared_xact"
    r" pg_isolation_test_session_is_blocked pg_jit_available pg_lock_status pg_notification_queue_usage"
    r" pg_partition_\w+ pg_xact_\w+ txid_status array_(sample|shuffle) pg_(available_)?wal_summar\w+"
)


def test_nothing_of_postgresql_that_writes_locks_or_signals_is_everybodys(acting: Any) -> None:
    """What a newer version brings along has to be looked at."""
    known = re.compile("|".join(f"(?:{pattern})" for pattern in f"{ASKS_FOR_RIGHTS} {ONLY_TELLS}".split()))
    with acting("marketing") as connection:
        found = connection.execute(
            "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and provolatile = 'v'"
            " and prorettype <> 'trigger'::regtype and has_function_privilege(oid, 'execute') order by 1"
        ).fetchall()
    assert [name for (name,) in found if not known.fullmatch(name)] == []


def test_marketing_fills_the_gaps_of_a_series(acting: Any, verdicts: Any) -> None:
    verdicts(event())
    with acting("marketing") as connection:
        ((filled,),) = connection.execute(
            "select count(*) from (select time_bucket_gapfill('1 day', time, now() - interval '5 days', now()) as day,"
            " locf(sum(events)) from analytics.fact_daily where time > now() - interval '5 days' group by 1) as days"
        ).fetchall()
        assert filled >= 5


def test_an_update_of_timescaledb_gives_nothing_back(settings: Settings, sql: Any, acting: Any) -> None:
    """It brings its functions anew, for everybody: the next `migrate` takes them back."""
    sql("grant execute on function delete_job(integer) to public")
    migrations.migrate(settings)
    with acting("marketing") as connection:
        assert is_refused(connection, "select delete_job(1)")


def test_marketing_is_a_group_and_nobody_logs_in_as_it(sql: Any) -> None:
    until(
        lambda: sql("select rolcanlogin from pg_roles where rolname = 'marketing'") == [(False,)]
    )  # a migration goes on


def test_the_api_may_use_a_proofs_id_once_and_never_see_those_of_others(acting: Any) -> None:
    with acting("footfall_api") as connection:
        added = [db.run(connection, "proof_ids_add", id=b"x" * 16, seconds=60).rowcount for _ in range(2)]
        assert added == [1, 0]
