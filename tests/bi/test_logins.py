"""`bi grant`, `list` and `revoke`: a login of one's own, which reads and has limits."""

import base64
import hashlib
import hmac
import json
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from fixtures.wiretap import wiretap
from tracking import db
from tracking.bi import logins
from tracking.settings import Settings

NOWHERE = "postgresql+psycopg://owner:secret@127.0.0.1:1/footfall"


def role(sql: Any, name: str) -> list[tuple]:
    return sql("select oid, rolcanlogin, rolconnlimit, rolconfig from pg_roles where rolname = %s", name)


def test_what_is_printed_opens_a_session_that_reads_with_these_limits(
    footfall: Any, a_name: str, receivers: None
) -> None:
    said = json.loads(footfall("bi", "grant", a_name, "--json", "--timeout", "2m", "--work-mem", "16").stdout)
    assert said["login"] == a_name
    with db.connect(make_url(said["url"])) as connection:
        assert connection.execute("select current_user::text, session_user::text").fetchone() == (a_name, a_name)
        names = ("statement_timeout", "work_mem", "temp_file_limit", "default_transaction_read_only", "search_path")
        found = [connection.execute("select current_setting(%s)", (name,)).fetchone() for name in names]
        assert [value for (value,) in found] == ["2min", "16MB", "2GB", "on", "analytics"]
        views = connection.execute(
            "select relname from pg_class where relnamespace = 'analytics'::regnamespace and relkind in ('r', 'v')"
        ).fetchall()
        assert views
        for (view,) in views:
            connection.execute(f"select from {view} limit 1")


def test_it_is_also_printed_for_people_and_names_every_limit(footfall: Any, a_name: str) -> None:
    said = footfall("bi", "grant", a_name, "--connections", "3").stdout
    for part in ("3 connections", "30s a query", "32 MB of memory", "2048 MB of temporary files"):
        assert part in said
    with db.connect(make_url(said.split()[-1])) as connection:
        connection.execute("select 1")


@pytest.mark.native  # the embedded engine asks for no password
def test_the_server_stores_what_a_password_proves_and_not_the_password(sql: Any, granted: Any, a_name: str) -> None:
    """RFC 5803: the stored key is the hash of a key that only the password gives."""
    assert len(granted.password) >= 32
    ((stored,),) = sql("select rolpassword from pg_authid where rolname = %s", a_name)
    scheme, iterations_and_salt, keys = stored.split("$")
    iterations, salt = iterations_and_salt.split(":")
    assert scheme == "SCRAM-SHA-256"
    salted = hashlib.pbkdf2_hmac("sha256", granted.password.encode(), base64.b64decode(salt), int(iterations))
    key = hmac.digest(salted, b"Client Key", "sha256")
    assert keys.split(":")[0] == base64.b64encode(hashlib.sha256(key).digest()).decode()


@pytest.mark.native
def test_the_password_never_crosses_the_wire(settings: Settings, footfall: Any, a_name: str) -> None:
    """So no log of statements holds it, whatever the server logs; nor does ours."""
    with wiretap(db.owner_url(settings)) as (url, sent):
        done = footfall("bi", "grant", a_name, "--json", DATABASE_URL=url)
    password = json.loads(done.stdout)["password"]
    assert b"SCRAM-SHA-256$" in sent()
    assert password.encode() not in sent()
    assert done.stdout.count(password) == 2  # once by itself, once in the URL
    assert password not in done.stderr


@pytest.mark.native
def test_where_the_server_asks_for_the_password_another_one_opens_nothing(granted: Any) -> None:
    with db.connect(granted.url) as connection:
        if not connection.pgconn.used_password:  # it trusts every address; the stored proof is another test
            return
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        db.connect(granted.url.set(password="another"))


def test_a_second_grant_is_refused_and_changes_nothing(footfall: Any, sql: Any, granted: Any, a_name: str) -> None:
    before = role(sql, a_name)
    assert f"{a_name} has a login already" in footfall("bi", "grant", a_name, exits=1).stderr
    assert role(sql, a_name) == before


@pytest.mark.parametrize("command", ["grant", "revoke"])
def test_a_role_that_was_made_by_hand_is_not_touched(
    footfall: Any, sql: Any, made_by_hand: Any, a_name: str, command: str
) -> None:
    before = role(sql, a_name)
    said = footfall("bi", command, a_name, exits=1).stderr
    assert "bi grant did not make" in said
    assert "it stays as it is" in said
    assert role(sql, a_name) == before


def test_a_login_of_another_footfall_on_the_same_server_is_not_touched(
    footfall: Any, sql: Any, granted: Any, a_name: str
) -> None:
    """Roles belong to the whole server; the comment names the database."""
    sql(f"comment on role {a_name} is 'Footfall: reads analytics of the database other, for 30 s at once'")
    before = role(sql, a_name)
    for command in ("grant", "revoke"):
        assert "bi grant did not make" in footfall("bi", command, a_name, exits=1).stderr
    assert role(sql, a_name) == before


def test_what_marks_a_login_as_ours_is_not_its_own_to_write(reader: Any, a_name: str) -> None:
    reader.execute("set default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(f"comment on role {a_name} is null")


def test_a_grant_that_fails_leaves_nothing(settings: Settings, sql: Any, a_name: str) -> None:
    """Its last step but one: the server knows no such memory."""
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        logins.grant(settings, a_name, logins.Limits(connections=1, seconds=1, work_mem=10_000_000, temp_files=1))
    assert role(sql, a_name) == []


def test_a_revoked_login_is_gone_and_its_name_is_free(footfall: Any, sql: Any, granted: Any, a_name: str) -> None:
    assert f"login {a_name} is gone" in footfall("bi", "revoke", a_name).stdout
    assert role(sql, a_name) == []
    assert f"there is no login '{a_name}'" in footfall("bi", "revoke", a_name, exits=1).stderr
    footfall("bi", "grant", a_name)


@pytest.mark.native  # the embedded engine has one session
def test_its_open_sessions_end(footfall: Any, reader: Any, a_name: str) -> None:
    reader.execute("begin")
    reader.execute("select 1")
    footfall("bi", "revoke", a_name)
    with pytest.raises(psycopg.OperationalError):
        reader.execute("select 1")


def test_a_login_cannot_keep_itself_from_being_removed(footfall: Any, sql: Any, reader: Any, a_name: str) -> None:
    """What it may own, although it may make nothing: the rights of what it would make."""
    reader.execute("set default_transaction_read_only = off")
    reader.execute("alter default privileges grant select on tables to public")
    footfall("bi", "revoke", a_name)
    assert role(sql, a_name) == []


@pytest.mark.native  # the embedded engine has one database
def test_what_it_owns_in_another_database_is_told(
    footfall: Any, sql: Any, granted: Any, a_name: str, place: Settings
) -> None:
    """By then it can neither log in nor read."""
    with db.connect(db.owner_url(place)) as other:
        other.execute(f"create table public.kept (); alter table public.kept owner to {a_name}")
        try:
            said = footfall("bi", "revoke", a_name, exits=1).stderr
        finally:
            other.execute("drop table public.kept")
    assert db.owner_url(place).database in said
    assert f"run there: drop owned by {a_name}" in said
    assert sql(
        "select rolcanlogin, pg_has_role(oid, 'marketing', 'member') from pg_roles where rolname = %s", a_name
    ) == [(False, False)]
    assert "revoke it again" in footfall("bi", "list").stdout
    footfall("bi", "revoke", a_name)
    assert role(sql, a_name) == []


def test_the_list_tells_limits_and_sessions(footfall: Any, reader: Any, a_name: str) -> None:
    reader.execute("select 1")
    (found,) = [one for one in json.loads(footfall("bi", "list", "--json").stdout) if one["login"] == a_name]
    assert (found["granted"], found["may_log_in"], found["connections"], found["timeout_seconds"]) == (
        True,
        True,
        5,
        30,
    )
    assert found["settings"]["temp_file_limit"] == "2048MB"
    (line,) = [line for line in footfall("bi", "list").stdout.splitlines() if line.startswith(a_name)]
    assert "5 connections, 30s a query, temporary files: 2048MB" in line
    if psycopg.ConnectionInfo(reader.pgconn).host.startswith("/"):
        return  # the embedded engine has one session, which is nobody's
    assert found["sessions"] == 1
    assert found["seen_at"]
    assert "1 open, last used" in line


def test_the_list_also_tells_what_was_made_by_hand(footfall: Any, made_by_hand: Any, a_name: str) -> None:
    (found,) = [one for one in json.loads(footfall("bi", "list", "--json").stdout) if one["login"] == a_name]
    assert (found["granted"], found["timeout_seconds"]) == (False, None)
    assert "made by hand" in footfall("bi", "list").stdout


@pytest.mark.parametrize("command", ["grant", "revoke"])
def test_a_name_that_is_none_is_refused(footfall: Any, command: str) -> None:
    for name in ("Anna", "1anna", "an-na", "a" * 33, "", 'a"; drop', "pg_anna", "public", "none", "añna"):
        assert "lower-case letters" in footfall("bi", command, name, exits=2).stderr, name


def test_a_login_that_asks_for_too_much_is_refused(footfall: Any, sql: Any, a_name: str) -> None:
    for option, values in (
        ("--connections", ("0", "21", "all")), ("--timeout", ("11m", "0")), ("--work-mem", ("0", "257")),
        ("--temp-files", ("-1", "100001")),
    ):  # fmt: skip
        for value in values:
            assert option in footfall("bi", "grant", a_name, option, value, exits=2).stderr, value
    assert role(sql, a_name) == []


@pytest.mark.native
def test_its_number_of_connections_is_not_its_own_to_change(settings: Settings, a_name: str) -> None:
    granted = logins.grant(settings, a_name, logins.Limits(connections=1, seconds=30, work_mem=32, temp_files=1))
    with db.connect(granted.url) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"alter role {a_name} connection limit 9")
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            db.connect(granted.url)


@pytest.mark.native
def test_its_temporary_files_are_limited_and_it_cannot_lift_that(settings: Settings, a_name: str) -> None:
    granted = logins.grant(settings, a_name, logins.Limits(connections=1, seconds=30, work_mem=1, temp_files=1))
    with db.connect(granted.url) as connection:
        connection.execute("set default_transaction_read_only = off")
        for lift in (
            "set temp_file_limit = -1",
            f"alter role {a_name} set temp_file_limit = -1",
            "reset all; set temp_file_limit = 9",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(lift)
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
            connection.execute(
                "select count(*) from (select n from generate_series(1, 1000000) n order by n::text) as sorted"
            )


@pytest.mark.embedded
def test_without_passwords_it_says_so(footfall: Any, a_name: str) -> None:
    done = footfall("bi", "grant", a_name, "--json")
    assert json.loads(done.stdout)["password"] is None
    assert "asks for no password" in done.stderr


@pytest.mark.embedded
def test_a_replica_of_the_embedded_engine_is_refused(footfall: Any, a_name: str) -> None:
    for command in (("list",), ("grant", a_name)):
        assert "has no replica" in footfall("bi", *command, READ_DATABASE_URL=NOWHERE, exits=2).stderr


@pytest.mark.native
def test_the_url_leads_to_the_replica_with_nothing_of_the_owners(footfall: Any, a_name: str) -> None:
    replica = "postgresql+psycopg://owner:s3cret@replica.example:6432/copy?sslmode=require&options=-c%20role%3Dx"
    said = json.loads(footfall("bi", "grant", a_name, "--json", READ_DATABASE_URL=replica).stdout)
    url = make_url(said["url"])
    assert (url.drivername, url.host, url.port, url.database) == ("postgresql", "replica.example", 6432, "copy")
    assert (url.username, url.password, dict(url.query)) == (a_name, said["password"], {"sslmode": "require"})


@pytest.mark.native
def test_a_bad_url_of_the_replica_is_found_before_anything_is_made(footfall: Any, sql: Any, a_name: str) -> None:
    for bad in ("postgresql://u:s3cret@h/d?pasword=x", "postgresql://u@s3cret:x@h/d"):
        said = footfall("bi", "grant", a_name, READ_DATABASE_URL=bad, exits=2).stderr
        assert "READ_DATABASE_URL: " in said
        assert "s3cret" not in said
    assert role(sql, a_name) == []


@pytest.mark.native
def test_without_the_replica_a_login_goes_all_the_same_and_it_is_told(
    footfall: Any, sql: Any, granted: Any, a_name: str
) -> None:
    assert "sessions on READ_DATABASE_URL are not counted" in footfall("bi", "list", READ_DATABASE_URL=NOWHERE).stderr
    done = footfall("bi", "revoke", a_name, READ_DATABASE_URL=NOWHERE)
    assert "READ_DATABASE_URL could not be ended" in done.stderr
    assert "secret" not in done.stderr
    assert role(sql, a_name) == []
