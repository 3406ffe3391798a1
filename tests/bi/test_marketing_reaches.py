"""What a login of marketing reaches, of all that the catalogues name: every view of `analytics`, and nothing else.

What PostgreSQL itself shows everybody is listed here, with the reason why it may stay.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fixtures.cast import event
from fixtures.reach import ANSWERS, EVENTS, calls, refused, said
from tracking import db
from tracking.settings import Settings

HIDDEN = "zq-hidden-creator-4711"
"""Stands in raw events, in contacts, in a large object and in a statement of the owner's: nowhere may it be seen."""

METADATA = {"pg_catalog", "information_schema"}
"""PostgreSQL's own tables tell names and counters, and filter what is secret. It keeps working for no client without them."""
CALLED_BY_VIEWS = {
    "_timescaledb_functions.cagg_watermark",  # real time: until when is counted; a view calls it in its reader's name
    "_timescaledb_functions.cagg_watermark_materialized",
    "_timescaledb_functions.partialize_agg",  # counts chunk by chunk
    "public.time_bucket_gapfill",  # these three fill the gaps of a series, from what they are given
    "public.locf",
    "public.interpolate",
    "timescaledb_experimental.time_bucket_ng",  # pure but for the timezone
}


@pytest.fixture
def hidden(settings: Settings, sql: Any, verdicts: Any, refresh: Any) -> Iterator[None]:
    """A creator's id in every place where one can be."""
    assert verdicts(event()) == ["accepted"]
    sql("update tracking.events set creator = %s", HIDDEN)
    refresh()
    sql("insert into tracking.receivers (receiver_type, receiver_id) values ('job', '42')")
    sql(
        "insert into tracking.contacts (receiver_type, receiver_id, email) values ('job', '42', %s)",
        f"{HIDDEN}@example.com",
    )
    sql("analyze tracking.events, tracking.contacts")
    ((large,),) = sql("select lo_from_bytea(0, %s)", HIDDEN.encode())
    with db.connect(db.owner_url(settings)) as owner:
        owner.execute(f"select '{HIDDEN}'")  # pg_stat_activity shows a session's last statement
        yield
    sql("select lo_unlink(%s)", large)


def relations(sql: Any) -> list[tuple[str, str, str]]:
    """(schema, quoted name, kind) of all that has rows."""
    return sql(
        "select nspname::text, format('%I.%I', nspname, relname), relkind::text from pg_class"
        " join pg_namespace on pg_namespace.oid = relnamespace where relkind in ('r', 'v', 'm', 'p', 'f', 'S', 't') order by 2"
    )


def may_read(connection: Any, name: str) -> bool:
    try:
        connection.execute(f"select * from {name} limit 0")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def test_it_reads_every_relation_of_analytics_and_none_elsewhere(free: Any, sql: Any, hidden: None) -> None:
    found = relations(sql)
    may = {name for _, name, _ in found if may_read(free, name)}
    analytics = {name for schema, name, _ in found if schema == "analytics"}
    assert len(analytics) >= 5
    assert analytics <= may
    assert sorted(may - analytics - {name for schema, name, _ in found if schema in METADATA}) == []
    assert len(found) - len(may) > 100  # the rest, with the events, their chunks and the kept counts, is out of reach


def test_nothing_that_it_reads_holds_what_is_hidden(free: Any, sql: Any, hidden: None) -> None:
    """Every row of each, also of statistics, of other sessions and of the catalogues, which information_schema arranges."""
    for schema, name, _ in relations(sql):
        if schema != "information_schema" and may_read(free, name):
            ((text,),) = free.execute(f"select coalesce(string_agg(t::text, ' '), '') from {name} as t").fetchall()
            assert HIDDEN not in text, name


def test_it_changes_no_relation(free: Any, sql: Any) -> None:
    for schema, name, kind in relations(sql):
        if kind in "rvmp" and schema != "pg_toast":
            for statement in (
                f"delete from {name}", f"insert into {name} default values", f"lock table {name} in share mode",
                f"lock table {name} in access exclusive mode", f"comment on {ANSWERS[kind]} {name} is 'x'",
                f"drop {ANSWERS[kind]} {name}", f"alter {ANSWERS[kind]} {name} rename to mine",
            ):  # fmt: skip
                assert refused(free, statement), statement
        if kind == "S":
            assert refused(free, f"select nextval('{name}')"), name
            assert refused(free, f"select setval('{name}', 1)"), name


def test_it_passes_no_right_on(free: Any, sql: Any) -> None:
    """PostgreSQL only warns that nothing was granted."""
    for _, name, _ in relations(sql):
        if may_read(free, name) and not name.startswith("information_schema."):
            free.execute(f"grant select on {name} to public")
    opened = "select relname from pg_class where relnamespace = 'analytics'::regnamespace and has_table_privilege('public', oid, 'select')"
    assert sql(opened) == []


def test_of_the_functions_that_read_or_write_it_may_call_those_that_views_need(free: Any) -> None:
    """Beside PostgreSQL's own: tests/test_roles.py lists those of them that do more than compute."""
    rows = free.execute(
        "select distinct format('%I.%I', nspname, proname), provolatile::text, extname is not null"
        " from pg_proc join pg_namespace on pg_namespace.oid = pronamespace"
        " left join pg_depend on objid = pg_proc.oid and classid = 'pg_proc'::regclass and deptype = 'e'"
        " left join pg_extension on pg_extension.oid = refobjid"
        " where nspname not in ('pg_catalog', 'information_schema')"
        " and has_schema_privilege(nspname, 'usage') and has_function_privilege(pg_proc.oid, 'execute')"
    ).fetchall()
    assert {name for name, volatility, _ in rows if volatility != "i"} <= CALLED_BY_VIEWS
    assert [name for name, _, is_of_extension in rows if not is_of_extension] == []


def test_no_function_or_procedure_tells_what_is_hidden(free: Any, sql: Any, hidden: None) -> None:
    """Each is called, with arguments that lead to the events; what only computes from its arguments cannot read."""
    oids = sql(f"select '{EVENTS}'::regclass::oid, (select min(oid) from pg_largeobject_metadata)")[0]
    tried = 0
    for call in calls(free, *oids):
        assert HIDDEN not in said(free, call), call
        tried += 1
    assert tried > 1000


def test_schemas_that_it_may_not_use_name_nothing(free: Any) -> None:
    may = free.execute(
        "select nspname from pg_namespace where has_schema_privilege(oid, 'usage') order by 1"
    ).fetchall()
    names = {name for (name,) in may}
    assert "analytics" in names
    assert "tracking" not in names
    assert free.execute("select count(*) from pg_namespace where has_schema_privilege(oid, 'create')").fetchone() == (
        0,
    )


def test_it_makes_nothing_in_any_schema(free: Any, sql: Any) -> None:
    for (schema,) in [*sql("select quote_ident(nspname) from pg_namespace"), ("pg_temp",)]:
        for statement in (
            f"create table {schema}.mine (n int)", f"create view {schema}.mine as select 1", f"create sequence {schema}.mine",
            f"create materialized view {schema}.mine as select 1", f"create type {schema}.mine as (n int)",
            f"create domain {schema}.mine as int", f"create function {schema}.mine() returns int language sql as 'select 1'",
            f"create procedure {schema}.mine() language sql as 'select 1'",
            f"create operator {schema}.<-> (leftarg = int, rightarg = int, function = int4pl)",
            f"create aggregate {schema}.mine (int) (sfunc = int4pl, stype = int)",
            f'create collation {schema}.mine from "C"',
            f"create text search dictionary {schema}.mine (template = simple)",
        ):  # fmt: skip
            assert refused(free, statement), statement
