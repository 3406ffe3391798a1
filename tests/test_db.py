"""Connections are as whom and as many as they should be, and end in time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy.exc

from tracking import db
from tracking.settings import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.settings import Settings


@pytest.fixture
def pool(settings: Settings, engine: Engine) -> Engine:
    """The API's own, with a single connection."""
    pool = db.engine(db.api_url(settings), pool_size=1, statement_timeout_ms=1234)
    yield pool
    pool.dispose()


def test_the_api_is_not_the_owner(pool: Engine, settings: Settings) -> None:
    with pool.connect() as connection:
        assert connection.exec_driver_sql("select current_user").scalar_one() == db.API_ROLE
    with db.connect(db.owner_url(settings)) as connection:
        assert connection.execute("select current_user").fetchone() != (db.API_ROLE,)


def test_the_api_has_its_own_role_on_either_engine(settings: Settings) -> None:
    embedded = replace(settings, database_url=None, database_api_url=None)
    assert (db.api_url(embedded).username, db.owner_url(embedded).username) == (db.API_ROLE, "postgres")
    native = replace(embedded, database_url="postgres://owner@db/footfall")
    assert db.api_url(native).query == {"options": f"-c role={db.API_ROLE}"}
    assert db.owner_url(native).query == {}


REPLICA = "postgresql://replica.example:5433/copy?sslmode=require"


def test_each_process_has_the_same_login_on_the_replica_as_on_the_primary(settings: Settings) -> None:
    both = replace(
        settings, database_url="postgresql://owner:o@db/x", database_api_url="postgresql://api:a@db/x",
        read_database_url=REPLICA,
    )  # fmt: skip
    owner, api = db.replica_url(both), db.api_replica_url(both)
    assert (owner.username, owner.password, api.username, api.password) == ("owner", "o", "api", "a")
    for url in (owner, api):
        assert (url.host, url.port, url.database, dict(url.query)) == (
            "replica.example",
            5433,
            "copy",
            {"sslmode": "require"},
        )
    alone = replace(both, database_url=None)  # an API that holds no login of the owner
    assert db.api_replica_url(alone) == api


@pytest.mark.parametrize("url", [REPLICA, REPLICA.replace("//", "//owner:o@")])
def test_the_api_is_not_the_owner_on_the_replica_either(settings: Settings, url: str) -> None:
    one = replace(settings, database_url="postgresql://owner:o@db/x", database_api_url=None, read_database_url=url)
    api = db.api_replica_url(one)
    assert api.query == {"options": f"-c role={db.API_ROLE}", "sslmode": "require"}
    assert (api.username, api.password) == ("owner", "o")
    assert "options" not in db.replica_url(one).query


def test_the_api_takes_no_other_login_on_the_replica_than_its_own(settings: Settings) -> None:
    """It must never hold the owner's."""
    one = replace(
        settings, database_url=None, database_api_url="postgresql://api:a@db/x",
        read_database_url=REPLICA.replace("//", "//owner:s3cret@"),
    )  # fmt: skip
    with pytest.raises(
        SettingsError, match=r"^READ_DATABASE_URL: .* as owner, .* as api; leave the login out"
    ) as error:
        db.api_replica_url(one)
    assert "s3cret" not in str(error.value)
    own = replace(one, read_database_url=REPLICA.replace("//", "//api:other@"))
    assert db.api_replica_url(own).password == "other"


def test_without_a_replica_there_is_none_and_the_embedded_engine_has_none(settings: Settings) -> None:
    assert db.replica_url(settings) is db.api_replica_url(settings) is None
    embedded = replace(settings, database_url=None, database_api_url=None, read_database_url=REPLICA)
    for url in (db.replica_url, db.api_replica_url):
        with pytest.raises(SettingsError, match="the embedded engine has no replica"):
            url(embedded)


@pytest.mark.parametrize(
    "url",
    [
        "u:Secret@word9@127.0.0.1/d",
        "u:Secret@word9:x@127.0.0.1/d",
        "u:Secret@word9/x@127.0.0.1/d",
        "u:Secret@word9?x@127.0.0.1/d",
        "u@word9:Secret@127.0.0.1/d",
        "u/word9:Secret@127.0.0.1/d",
        "u:word9/Secret",
        "u:99999999/Secret",
    ],
)
def test_a_url_that_a_password_makes_ambiguous_is_refused_without_a_word_of_it(settings: Settings, url: str) -> None:
    with pytest.raises(SettingsError) as error:
        db.owner_url(replace(settings, database_url=f"postgresql://{url}"))
    assert str(error.value).startswith("DATABASE_URL: expected ")
    assert "@ as %40" in str(error.value)
    assert not any(part in str(error.value) for part in ("Secret", "word9", "99999999"))


@pytest.mark.parametrize("password", ["a/b", "a?b", "a#b", "a:b", "a b", "%40%2F%3A%3F%23"])
def test_any_other_password_is_taken(settings: Settings, password: str) -> None:
    url = db.owner_url(replace(settings, database_url=f"postgresql://u:{password}@h:1/d"))
    assert (url.username, url.host, url.port, url.database) == ("u", "h", 1, "d")
    assert url.password == ("@/:?#" if "%" in password else password)


@pytest.mark.parametrize("query", ["pasword=x", "autocommit=on", "conninfo=x"])
def test_an_option_that_nobody_knows_is_refused_at_once(settings: Settings, query: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_API_URL: "):
        db.api_url(replace(settings, database_api_url=f"postgresql://u:s3cret@h/d?{query}"))


def test_a_statement_ends_in_time_and_is_planned_for_counting(pool: Engine) -> None:
    with pool.connect() as connection:
        shown = [connection.exec_driver_sql(f"show {name}").scalar_one() for name in ("statement_timeout", "work_mem")]
    assert shown == ["1234ms", "32MB"]


def test_a_pool_has_no_more_connections_than_it_was_given(pool: Engine) -> None:
    pool.pool._timeout = 0.01
    with pool.connect(), pytest.raises(sqlalchemy.exc.TimeoutError), pool.connect():
        pass
    with pool.connect() as connection:
        assert connection.exec_driver_sql("select 1").scalar_one() == 1


def test_an_error_does_not_say_what_was_sent(pool: Engine) -> None:
    with pool.connect() as connection, pytest.raises(sqlalchemy.exc.DataError) as error:
        connection.exec_driver_sql("select %s, 1/0", ("what Alice wrote",))
    assert "division by zero" in str(error.value)
    assert "Alice" not in str(error.value)
