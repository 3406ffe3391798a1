"""Everything that a restore has to bring back, by name: rows, counts, rights, owners, policies, compressed chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixtures.database import disagreements
from fixtures.deployment import ledger_off
from tracking import db
from tracking.aggregates import AGGREGATES

if TYPE_CHECKING:
    from datetime import datetime

    from tracking.settings import Settings

SCHEMAS = "('tracking', 'analytics', 'lake')"
HELD = {
    "tables": f"""
        select format('%I.%I', nspname, relname), relkind::text, relowner::regrole::text,
               (select array_agg(one::text order by one::text) from unnest(relacl) as one)
          from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname in {SCHEMAS}""",
    "columns": f"""
        select attrelid::regclass::text, attname, attacl::text, col_description(attrelid, attnum)
          from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
         where nspname in {SCHEMAS} and attnum > 0""",
    "functions": f"""
        select oid::regprocedure::text, prosecdef, proowner::regrole::text, proconfig::text, md5(prosrc),
               (select array_agg(one::text order by one::text) from unnest(proacl) as one)
          from pg_proc where pronamespace::regnamespace::text in {SCHEMAS}""",
    "what everybody may call": """
        select oid::regprocedure::text from pg_proc
         where has_function_privilege('public', oid, 'execute') and provolatile <> 'i'""",
    "what everybody may read": """
        select oid::regclass::text from pg_class
         where relkind in ('r', 'v', 'm') and has_table_privilege('public', oid, 'select')""",
    "database": """
        select has_database_privilege('marketing', current_database(), 'temporary'),
               has_schema_privilege('marketing', 'public', 'create'), has_language_privilege('marketing', 'plpgsql', 'usage')""",
    "roles": """
        select rolname, rolcanlogin, rolconnlimit, rolpassword,
               (select array_agg(setconfig::text) from pg_db_role_setting where setrole = pg_authid.oid), shobj_description(oid, 'pg_authid'),
               (select array_agg(roleid::regrole::text order by roleid::regrole::text) from pg_auth_members where member = oid)
          from pg_authid where rolname !~ '^pg_'""",
    "logins of BI tools": "select login, seconds, may_log_in from tracking.bi_logins",
    "jobs": """
        select job_id, proc_name, scheduled, config, owner::text, format('%s.%s', hypertable_schema, hypertable_name)
          from timescaledb_information.jobs where job_id >= 1000""",
    "chunks": """
        select hypertable_name::text, range_start, is_compressed from timescaledb_information.chunks
         where range_start is not null""",
    "aggregates": """
        select view_name::text, materialized_only, compression_enabled
          from timescaledb_information.continuous_aggregates""",
}


def held(settings: Settings) -> dict[str, Any]:
    """All of that, and every row of every table of ours, in any order."""
    with db.connect(db.owner_url(settings)) as connection, connection.transaction():
        found: dict[str, Any] = {name: connection.execute(query).fetchall() for name, query in HELD.items()}
        tables = connection.execute(
            "select oid::regclass::text from pg_class where relkind = 'r'"
            " and relnamespace::regnamespace::text in ('tracking', 'analytics', 'lake')"
        ).fetchall()
        for (name,) in [*tables, *((f"tracking.{name}",) for name in AGGREGATES)]:
            found[name] = connection.execute(f"select row::text from {name} as row").fetchall()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def sound(settings: Settings, since: datetime) -> None:
    """Checks the ledger against the events, and the aggregates against a recount."""
    assert ledger_off(settings, since) == []
    assert disagreements(settings) == {}
