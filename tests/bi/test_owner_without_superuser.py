"""An owner that may make roles and is no superuser, as on a managed service: what it cannot do is said, all else holds."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from fixtures.database import a_database, roles_to_ourselves
from fixtures.served import until
from tracking import db, migrations
from tracking.bi import readers
from tracking.settings import Settings

pytestmark = pytest.mark.native  # the embedded engine has its owner only


@pytest.fixture(scope="module")
def owned(settings: Settings) -> Iterator[Settings]:
    """A database of such an owner, at this version's schema; the roles are there, and it may give them to others."""
    owner = f"footfall_test_owner_{secrets.token_hex(3)}"
    with a_database() as made, db.connect(db.owner_url(made)) as superuser:
        superuser.execute(f"create role {owner} login createrole password 'owner'")
        try:
            for role in ("footfall_ingest", "footfall_read", "footfall_api", "marketing"):
                superuser.execute(f"grant {role} to {owner} with admin option")
            superuser.execute(f"alter database {superuser.info.dbname} owner to {owner}")
            url = db.owner_url(made).set(username=owner, password="owner")
            theirs = replace(made, database_url=url.render_as_string(hide_password=False))
            with roles_to_ourselves():
                migrations.migrate(theirs)
            yield theirs
        finally:
            superuser.execute(f"reassign owned by {owner} to current_user; drop owned by {owner}; drop role {owner}")


@pytest.fixture
def login(footfall: Any, owned: Settings, a_name: str) -> Any:
    """What `bi grant` said, with one second for a query."""
    return footfall("bi", "grant", a_name, "--timeout", "1s", DATABASE_URL=owned.database_url)


def test_the_limit_that_takes_a_superuser_is_told(login: Any, a_name: str) -> None:
    assert "temporary files are not limited: only a superuser can set that" in login.stderr
    assert f"alter role {a_name} set temp_file_limit = '2048MB'" in login.stderr
    assert "temporary files" not in login.stdout


def test_it_ends_what_takes_too_long_and_the_login_cannot_take_that_back(
    login: Any, owned: Settings, a_name: str
) -> None:
    owner = db.owner_url(owned).username
    with db.connect(make_url(login.stdout.split()[-1])) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute("set default_transaction_read_only = off; set statement_timeout = 0")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"revoke {a_name} from {owner}")
        running = pool.submit(connection.execute, "select pg_sleep(40)")
        until(lambda: readers.end_long(owned) or running.done())
        with pytest.raises((psycopg.errors.QueryCanceled, psycopg.OperationalError)):
            running.result()


def test_it_revokes_the_login(login: Any, footfall: Any, owned: Settings, sql: Any, a_name: str) -> None:
    with db.connect(make_url(login.stdout.split()[-1])) as connection:
        footfall("bi", "revoke", a_name, DATABASE_URL=owned.database_url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert sql("select from pg_roles where rolname = %s", a_name) == []


def test_without_the_right_to_make_roles_it_says_what_to_do(
    footfall: Any, owned: Settings, sql: Any, a_name: str
) -> None:
    owner = db.owner_url(owned).username
    sql(f"alter role {owner} nocreaterole")
    try:
        said = footfall("bi", "grant", a_name, DATABASE_URL=owned.database_url, exits=1).stderr
    finally:
        sql(f"alter role {owner} createrole")
    assert f"let a superuser run: alter role {owner} createrole" in said
    assert sql("select from pg_roles where rolname = %s", a_name) == []
