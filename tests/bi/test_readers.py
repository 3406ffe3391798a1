"""A reader's statement_timeout is its own to lift; what the scheduler ends is not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fixtures.served import until
from tracking import db, migrations
from tracking.bi import logins, readers
from tracking.bi.readers import ReadersError
from tracking.settings import Settings

pytestmark = pytest.mark.native  # the embedded engine has one session

OPEN = "select 1 from pg_stat_activity where pid = %s and xact_start < now() - interval '1 s'"
LONG = "select 1 from pg_stat_activity where pid = %s and state = 'active' and query_start < now() - interval '0.2 s'"
STATE = "select state from pg_stat_activity where pid = %s"
NOWHERE = "postgresql+psycopg://owner:secret@127.0.0.1:1/footfall"
ENDED = (psycopg.errors.QueryCanceled, psycopg.OperationalError)


def limits(seconds: int) -> logins.Limits:
    return logins.Limits(connections=5, seconds=seconds, work_mem=32, temp_files=64)


@pytest.fixture
def reader(settings: Settings, a_name: str) -> Iterator[psycopg.Connection]:
    """A session of a BI tool that may read for a second at once, and has lifted its statement_timeout for good."""
    granted = logins.grant(settings, a_name, limits(seconds=1))
    with db.connect(granted.url) as connection:
        lift(connection, a_name)
        yield connection


@pytest.fixture
def reader_by_hand(made_by_hand: Any) -> Iterator[psycopg.Connection]:
    with db.connect(made_by_hand) as connection:
        yield connection


def lift(connection: psycopg.Connection, name: str) -> None:
    connection.execute("set default_transaction_read_only = off")
    connection.execute(f"alter role {name} set statement_timeout = 0")
    connection.execute("set statement_timeout = 0")


def is_ended(connection: psycopg.Connection, sql: Any) -> None:
    until(lambda: not sql(STATE, connection.info.backend_pid))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")


def end_while(settings: Settings, running: Any, **seconds: float) -> None:
    until(lambda: readers.end_long(settings, **seconds) or running.done())
    with pytest.raises(ENDED):
        running.result()


def test_a_query_that_takes_longer_than_its_login_may_is_cancelled(settings: Settings, reader: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        end_while(settings, pool.submit(reader.execute, "select pg_sleep(40)"))


def test_each_logins_own_limit_counts(settings: Settings, a_name: str, sql: Any) -> None:
    """A login of half a minute is left alone where one of a second, or one made by hand, would be ended."""
    granted = logins.grant(settings, a_name, limits(seconds=30))
    with db.connect(granted.url) as connection:
        connection.execute("begin")
        until(lambda: sql(OPEN, connection.info.backend_pid))
        assert readers.end_long(settings, seconds=0.1) == 0
        assert connection.execute("select 2").fetchone() == (2,)


def test_one_that_was_made_by_hand_has_the_usual_limit(settings: Settings, reader_by_hand: Any, sql: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(reader_by_hand.execute, "select pg_sleep(40)")
        until(lambda: sql(LONG, reader_by_hand.info.backend_pid))
        assert readers.end_long(settings) == 0
        end_while(settings, running, seconds=0.2)


def test_a_transaction_that_is_left_open_is_ended(settings: Settings, reader: Any, sql: Any) -> None:
    reader.execute("begin")
    reader.execute("select 1")
    until(lambda: readers.end_long(settings))
    is_ended(reader, sql)


def test_a_transaction_is_not_kept_open_by_a_query_now_and_then(settings: Settings, reader: Any, sql: Any) -> None:
    reader.execute("begin")
    until(lambda: sql(OPEN, reader.info.backend_pid))
    reader.execute("select 1")
    readers.end_long(settings)
    is_ended(reader, sql)


def test_what_is_quick_and_who_is_no_reader_is_left_alone(settings: Settings, reader_by_hand: Any, sql: Any) -> None:
    with db.connect(db.owner_url(settings)) as owner, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(owner.execute, "select pg_sleep(3)")
        reader_by_hand.execute("select 1")
        until(lambda: sql(LONG, owner.info.backend_pid))
        readers.end_long(settings, seconds=0.1)
        assert reader_by_hand.execute("select 2").fetchone() == (2,)
        slow.result()


@pytest.fixture
def with_replica(settings: Settings, place: Settings) -> Settings:
    """Another database of the same server stands for the replica: the job on one sees no session on the other."""
    migrations.migrate(place)
    return replace(settings, read_database_url=place.database_url)


@pytest.fixture
def away(with_replica: Settings, made_by_hand: Any) -> Iterator[psycopg.Connection]:
    """A session on the replica."""
    there = db.replica_url(with_replica)
    assert there is not None
    with db.connect(made_by_hand.set(database=there.database)) as connection:
        yield connection


def test_a_query_on_the_replica_is_ended_too(settings: Settings, with_replica: Settings, away: Any, sql: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(away.execute, "select pg_sleep(40)")
        until(lambda: sql(LONG, away.info.backend_pid))
        assert readers.end_long(settings, seconds=0.2) == 0
        end_while(with_replica, running, seconds=0.2)


def test_without_the_replica_the_primary_is_watched_and_it_is_told(settings: Settings, reader: Any, sql: Any) -> None:
    reader.execute("begin")
    until(lambda: sql(OPEN, reader.info.backend_pid))
    with pytest.raises(ReadersError, match=r"^nobody watches the readers of READ_DATABASE_URL: ") as failed:
        readers.end_long(replace(settings, read_database_url=NOWHERE))
    assert "secret" not in str(failed.value)
    is_ended(reader, sql)


def test_without_the_primary_the_replica_is_watched(with_replica: Settings, away: Any, sql: Any) -> None:
    away.execute("begin")
    until(lambda: sql(OPEN, away.info.backend_pid))
    with pytest.raises(ReadersError, match=r"^nobody watches the readers of DATABASE_URL: "):
        readers.end_long(replace(with_replica, database_url=NOWHERE), seconds=0.2)
    is_ended(away, sql)
