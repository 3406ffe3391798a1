"""A reader's statement_timeout is its own to lift; what the scheduler ends is not."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from fixtures.served import until
from tracking import db
from tracking.aggregates import readers
from tracking.settings import Settings

pytestmark = pytest.mark.native  # the embedded engine has one session


@pytest.fixture
def reader(settings: Settings, engine: object, sql: Any) -> Iterator[psycopg.Connection]:
    """A session of a BI tool, with a login of its own and no statement_timeout."""
    name = f"footfall_test_reader_{secrets.token_hex(3)}"
    sql(f"create role {name} login password 'reader' in role marketing")
    try:
        with db.connect(db.owner_url(settings).set(username=name, password="reader")) as connection:
            connection.execute("set statement_timeout = 0")
            connection.execute(f"set application_name = '{name}'")
            yield connection
    finally:
        sql(f"drop role {name}")


OPEN = "select 1 from pg_stat_activity where pid = %s and xact_start < now() - interval '1 s'"
LONG = "select 1 from pg_stat_activity where pid = %s and state = 'active' and query_start < now() - interval '0.2 s'"


def states(sql: Any) -> list[str]:
    """Of the reader's session, none where it is ended."""
    return [state for (state,) in sql("select state from pg_stat_activity where usename like 'footfall_test_reader%%'")]


def wait_for(sql: Any, state: str) -> None:
    while states(sql) != [state]:
        pass


def test_a_query_that_takes_too_long_is_cancelled(settings: Settings, reader: Any, sql: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(reader.execute, "select pg_sleep(600)")
        wait_for(sql, "active")
        while not running.done():
            readers.end_long(db.owner_url(settings), seconds=0.2)
        with pytest.raises((psycopg.errors.QueryCanceled, psycopg.OperationalError)):
            running.result()


def test_a_transaction_that_is_left_open_is_ended(settings: Settings, reader: Any, sql: Any) -> None:
    reader.execute("begin")
    reader.execute("select from analytics.receivers")
    wait_for(sql, "idle in transaction")
    while states(sql):
        readers.end_long(db.owner_url(settings), seconds=0.2)
    with pytest.raises(psycopg.OperationalError):
        reader.execute("select 1")


def test_a_transaction_is_not_kept_open_by_a_query_now_and_then(settings: Settings, reader: Any, sql: Any) -> None:
    reader.execute("begin")
    until(lambda: sql(OPEN, reader.info.backend_pid))
    reader.execute("select 1")
    readers.end_long(db.owner_url(settings), seconds=1)
    until(lambda: not states(sql))
    with pytest.raises(psycopg.OperationalError):
        reader.execute("select 1")


def test_what_is_quick_and_who_is_no_reader_is_left_alone(settings: Settings, reader: Any, sql: Any) -> None:
    with db.connect(db.owner_url(settings)) as owner, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(owner.execute, "select pg_sleep(3)")
        reader.execute("select 1")
        until(lambda: sql(LONG, owner.info.backend_pid))
        readers.end_long(db.owner_url(settings), seconds=0.1)
        assert reader.execute("select 2").fetchone() == (2,)
        slow.result()
