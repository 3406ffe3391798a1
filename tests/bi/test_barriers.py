"""No condition of a reader's sees a row that a view hides: neither by what it calls nor by how it fails."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fixtures.cast import event

VIEW = "create view analytics.{} {} as select id, secret from tracking.rows_of_a_test where lower(upper(lower(upper(note)))) = 'shown'"
"""Its own condition is dear, so that the planner would rather have the reader's first."""
TELLS = """
create function public.tells(value text) returns boolean language plpgsql cost 0.0000001
as $$ begin raise notice '%', value; return true; end $$
"""
"""A cheap function that tells what it sees. A reader may make none; this one was left by somebody who may."""
GONE = """
drop view if exists analytics.with_union, analytics.without_barrier, analytics.with_barrier;
drop table if exists tracking.rows_of_a_test;
drop function if exists public.tells;
"""


@pytest.fixture
def told(free: psycopg.Connection[Any], sql: Any) -> Iterator[list[str]]:
    """What the function has told."""
    sql("create table tracking.rows_of_a_test (id integer, secret text, note text)")
    sql("insert into tracking.rows_of_a_test values (7, 'open', 'shown'), (13, 'hidden-13', 'not')")
    sql(VIEW.format("without_barrier", ""))
    sql(VIEW.format("with_barrier", "with (security_barrier)"))
    sql(
        "create view analytics.with_union with (security_barrier) as select * from (table analytics.without_barrier union all select 1, 'all') as every"
    )
    sql("grant select on analytics.without_barrier, analytics.with_barrier, analytics.with_union to marketing")
    sql(TELLS)
    found: list[str] = []
    free.add_notice_handler(lambda notice: found.append(notice.message_primary or ""))
    yield found
    sql(GONE)


def test_every_view_of_analytics_is_a_barrier(sql: Any) -> None:
    without = sql(
        "select relname::text from pg_class where relnamespace = 'analytics'::regnamespace and relkind in ('v', 'm', 'f')"
        " and not 'security_barrier=true' = any (coalesce(reloptions, '{}')) order by 1"
    )
    assert without == []


def test_no_view_of_analytics_is_a_union_itself(sql: Any) -> None:
    """PostgreSQL hands a reader's condition to each arm of a union, barrier or not: the union stands in a subquery."""
    trees = sql(
        "select relname::text, ev_action::text from pg_rewrite join pg_class on pg_class.oid = ev_class"
        " where relnamespace = 'analytics'::regnamespace and relkind = 'v' order by 1"
    )
    unions = [name for name, tree in trees if not tree.rpartition(":setOperations ")[2].startswith("<>")]
    assert unions == []


def test_a_cheap_function_is_shown_what_the_view_shows(free: Any, told: list[str]) -> None:
    free.execute("select from analytics.with_barrier where public.tells(secret)")
    assert told == ["open"]
    free.execute("select from analytics.without_barrier where public.tells(secret)")
    assert "hidden-13" in told  # so the attack works where nothing stands against it


def test_a_union_in_a_subquery_is_shown_no_more(free: Any, told: list[str]) -> None:
    free.execute("select from analytics.with_union where public.tells(secret)")
    assert sorted(told) == ["all", "open"]


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("1 / (id - 13) < 9", psycopg.errors.DivisionByZero),
        ("secret = 'open' or secret::integer > 0", psycopg.errors.InvalidTextRepresentation),
    ],
)
def test_an_error_tells_of_no_hidden_row(
    free: Any, told: list[str], condition: str, error: type[psycopg.Error]
) -> None:
    assert free.execute(f"select id from analytics.with_barrier where {condition}").fetchall() == [(7,)]
    with pytest.raises(error):
        free.execute(f"select id from analytics.without_barrier where {condition}")


def test_no_condition_on_any_column_of_analytics_sees_more_than_the_view_shows(
    free: Any, sql: Any, told: list[str], verdicts: Any, receivers: None, refresh: Any
) -> None:
    """With events on a job and on a person's profile."""
    assert verdicts(event()) == ["accepted"]
    sql(
        "insert into tracking.receivers (receiver_type, receiver_id, title) values ('profile', 'bob', 'Bob') on conflict do nothing"
    )
    sql("update tracking.events set receiver_type = 'profile', receiver_id = 'bob'")
    assert verdicts(event()) == ["accepted"]
    refresh()
    columns = sql(
        "select relname::text, quote_ident(attname) from pg_attribute join pg_class on pg_class.oid = attrelid"
        " where relnamespace = 'analytics'::regnamespace and relkind = 'v' and attnum > 0 and relname <> 'without_barrier'"
    )
    assert len(columns) > 20
    seen = {}
    for view, column in columns:
        shown = {value for (value,) in free.execute(f"select {column}::text from analytics.{view}").fetchall()}
        told.clear()
        free.execute(f"select from analytics.{view} where public.tells({column}::text)")
        seen[f"{view}.{column}"] = {*told} - shown - {"<NULL>"}
    assert {name: hidden for name, hidden in seen.items() if hidden} == {}
