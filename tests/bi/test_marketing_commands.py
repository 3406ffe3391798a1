"""What a login of marketing can command: it changes its own session's settings, and nothing that anybody else notices."""

from typing import Any

import psycopg
import pytest

from fixtures.reach import refused, said
from tracking import db
from tracking.settings import Settings

ITS_OWN = {
    "notify footfall",  # no right controls it, and nobody listens; the function pg_notify is closed
    "listen footfall",
    "prepare mine as select 1",
    "declare mine cursor with hold for select 1",  # in its temporary files, which are limited
    "explain analyze select 1",  # tells how many rows a view reads, the same for each person: docs/threat-model.md
    "set transaction isolation level serializable",
    "alter default privileges grant select on tables to public",  # of tables that it may not make
}
"""Commands that PostgreSQL gives everybody, with what keeps them harmless."""


OF_OTHERS = [
    "create schema mine",
    "create temporary table mine (n int)",
    "create temporary view mine as select 1",
    "create temporary sequence mine",
    "select 1 as n into temporary table mine",
    "create role mine",
    "create database mine",
    "create tablespace mine location '/tmp'",
    "create publication mine",
    "create subscription mine connection 'dbname=postgres' publication mine with (connect = false)",
    "create event trigger mine on ddl_command_start execute function pg_notify()",
    "create foreign data wrapper mine",
    "create access method mine type index handler bthandler",
    "do $$ begin perform pg_sleep(0); end $$",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/mine'",
    "select pg_read_file('PG_VERSION')",
    "select pg_read_binary_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select pg_stat_file('PG_VERSION')",
    "select pg_reload_conf()",
    "select pg_rotate_logfile()",
    "select pg_switch_wal()",
    "select pg_create_restore_point('mine')",
    "select pg_promote()",
    "select pg_stat_reset()",
    "select pg_create_physical_replication_slot('mine')",
    "select pg_notify('x', 'y')",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_xact_lock(1)",
    "select pg_logical_emit_message(false, 'x', 'y')",
    "select pg_export_snapshot()",
    "select lo_create(0)",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/mine')",
    "select from pg_largeobject",
    "load 'plpgsql'",
    "checkpoint",
    "reindex schema pg_catalog",
    "alter system set work_mem = '1GB'",
    "comment on role marketing is 'x'",
    "comment on schema analytics is 'x'",
    "alter schema analytics rename to mine",
    "drop schema analytics cascade",
    "grant usage on schema tracking to current_user",
    "select public.add_job('pg_sleep', '1h')",
    "select public.show_chunks(1::regclass)",
    "select from timescaledb_information.chunks",
    "prepare transaction 'mine'",
]


def test_what_it_may_command_needs_no_right(free: Any) -> None:
    for statement in ITS_OWN:
        assert not refused(free, statement), statement


def test_a_command_that_others_would_notice_is_refused(free: Any) -> None:
    for statement in OF_OTHERS:
        assert refused(free, statement), statement


def roles(sql: Any, but: str) -> list[str]:
    return [name for (name,) in sql("select rolname::text from pg_roles where rolname <> %s order by 1", but)]


def test_it_becomes_no_other_role(free: Any, sql: Any, a_name: str, settings: Settings) -> None:
    """PostgreSQL 15 lets a member become its group, which may do no more; from 16 on it may not do that either."""
    old = free.info.server_version < 160_000
    for role in roles(sql, but=a_name):
        assert refused(free, f"set role {role}") == (not (old and role == "marketing")), role
        assert role == "pg_database_owner" or refused(free, f"grant {role} to {a_name}"), role
        if not settings.embedded:  # there the session is begun by a superuser, which decides this right
            assert refused(free, f"set session authorization {role}"), role


def test_it_alters_no_other_role(free: Any, sql: Any, a_name: str) -> None:
    ((owner,),) = sql("select current_user::text")
    for role in roles(sql, but=a_name):
        for change in ("password 'x'", "connection limit 9", "createdb", "set statement_timeout = 0", "rename to mine"):
            assert refused(free, f"alter role {role} {change}"), (role, change)
        assert role == owner or refused(free, f"drop role {role}"), role  # the owner has jobs, which is said first


def test_of_itself_it_alters_no_right_and_no_limit_that_holds(free: Any, a_name: str) -> None:
    for change in (
        "superuser", "createrole", "createdb", "replication", "bypassrls", "connection limit -1", "valid until 'infinity'",
        "set temp_file_limit = -1", "set log_statement = 'none'", "rename to mine",
    ):  # fmt: skip
        assert refused(free, f"alter role {a_name} {change}"), change


def test_it_sets_what_its_own_session_does_and_nothing_else(free: Any, sql: Any) -> None:
    """Each setting that there is, to the value that it has."""
    found = sql("select name, setting, context from pg_settings where name not like 'footfall.%%'")
    assert len(found) > 300
    may = {name: can_set(free, name, value) for name, value, _ in found}
    assert {name for name in may if may[name]} == {name for name, _, context in found if context == "user"}
    assert not may["temp_file_limit"]
    assert sql("select count(*) from pg_parameter_acl") == [(0,)]  # nobody but a superuser may alter the server's


def can_set(connection: psycopg.Connection[Any], name: str, value: str) -> bool:
    try:
        connection.execute("select set_config(%s, %s, true)", (name, value))  # until its end
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CantChangeRuntimeParam):
        return False
    except psycopg.Error:  # it may, but not to this value, or not now
        return True
    return True


def test_it_installs_updates_and_drops_no_extension(free: Any, sql: Any) -> None:
    """Those that PostgreSQL trusts, too: they want the right to create in the database."""
    found = sql("select name, installed_version is not null from pg_available_extensions order by 1")
    assert ("timescaledb", True) in found
    for name, is_installed in found:
        if is_installed:
            assert refused(free, f'drop extension "{name}" cascade')
            assert refused(free, f'alter extension "{name}" update')
        else:
            assert refused(free, f'create extension "{name}" cascade'), name


def test_it_writes_code_in_no_language(free: Any, sql: Any) -> None:
    for (language,) in sql("select lanname from pg_language"):
        assert refused(free, f"create function public.mine() returns int language {language} as 'select 1'"), language
        assert said(free, f"do language {language} 'begin end'").startswith(("permission denied", "language"))


def test_it_reaches_no_server_elsewhere(free: Any, sql: Any) -> None:
    """The owner has made a way out; it is the owner's alone."""
    sql("create foreign data wrapper footfall_test; create server footfall_test foreign data wrapper footfall_test")
    try:
        for statement in (
            "create server mine foreign data wrapper footfall_test",
            "create user mapping for current_user server footfall_test",
            "import foreign schema public from server footfall_test into public",
            "drop server footfall_test",
        ):
            assert refused(free, statement), statement
    finally:
        sql("drop foreign data wrapper footfall_test cascade")


def test_it_reads_and_changes_no_large_object(free: Any, sql: Any) -> None:
    ((large,),) = sql("select lo_from_bytea(0, 'hidden')")
    try:
        for statement in (
            f"select lo_get({large})", f"select lo_open({large}, 262144)", f"select lo_put({large}, 0, 'x')",
            f"select lo_unlink({large})", f"select from pg_largeobject where loid = {large}",
            f"comment on large object {large} is 'x'", f"alter large object {large} owner to current_user",
        ):  # fmt: skip
            assert refused(free, statement), statement
    finally:
        sql("select lo_unlink(%s)", large)


@pytest.mark.native  # the embedded engine has one session
def test_it_neither_ends_nor_overhears_another_session(settings: Settings, free: Any) -> None:
    with db.connect(db.owner_url(settings)) as owner:
        owner.execute("select 'a statement of the owner'")
        for end in ("pg_cancel_backend", "pg_terminate_backend"):
            assert refused(free, f"select {end}({owner.info.backend_pid})")
        seen = free.execute(
            "select query, client_addr, state from pg_stat_activity where pid = %s", (owner.info.backend_pid,)
        )
        assert seen.fetchall() == [("<insufficient privilege>", None, None)]


@pytest.mark.native
def test_it_connects_to_no_replication_and_to_no_maintenance(granted: Any) -> None:
    with pytest.raises(psycopg.OperationalError):
        db.connect(granted.url, replication="database")
    with pytest.raises(psycopg.OperationalError):
        db.connect(granted.url.set(database="template0"))
