"""Logins for BI tools: members of `marketing`, which may read the schema `analytics` and nothing else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tracking import db, embedded

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import URL

    from tracking.settings import Settings

    Connection = psycopg.Connection[tuple[Any, ...]]

LOGIN_NAME = r"(?!pg_|public$|none$)[a-z][a-z0-9_]{0,31}"
A_LOGIN_NAME = "lower-case letters, digits, underscores; a letter first; at most 32; not public, none or pg_…"
PASSWORD_BYTES = 24
WHERE = {"host", "hostaddr", "port", "sslmode", "sslrootcert"}
"""Parameters of a URL that say how to reach the server, and nothing of who does."""


class LoginError(Exception):
    """A login cannot be made or removed; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` at once, `seconds` of a query or transaction, megabytes of memory and of temporary files."""

    connections: int
    seconds: int
    work_mem: int
    temp_files: int


@dataclass(frozen=True, slots=True)
class Granted:
    """`password`: None on the embedded engine, which asks for none. `files_limited`: whether `temp_files` holds."""

    url: URL
    password: str | None
    files_limited: bool


@dataclass(frozen=True, slots=True)
class Login:
    """`seconds`: the limit that the scheduler enforces; None: made by hand. `settings`: what a session starts with.

    `sessions`: those that are open, on the primary and the replica; `seen_at`: when the last of them did something.
    """

    name: str
    seconds: int | None
    may_log_in: bool
    connections: int
    settings: dict[str, str]
    sessions: int
    seen_at: datetime | None


def grant(settings: Settings, name: str, limits: Limits) -> Granted:
    """Makes the login `name`. The server gets the verifier of its password (RFC 5803), and never the password.

    Raises `LoginError` if there is a role of this name; then nothing has changed.
    """
    password = None if settings.embedded else secrets.token_urlsafe(PASSWORD_BYTES)
    with db.connect(db.owner_url(settings)) as connection:
        url = _reading_url(settings, connection.info.dbname, name, password)  # a bad setting is found before
        verifier = (
            password and connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        )
        try:
            ((limited,),) = db.run(
                connection, "bi_grant", login=name, verifier=verifier, connections=limits.connections,
                seconds=limits.seconds, work_mem=limits.work_mem, temp_files=limits.temp_files,
            ).fetchall()  # fmt: skip
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            raise LoginError(_taken(connection, name)) from None
        except psycopg.errors.InsufficientPrivilege as error:
            owner = connection.info.user
            raise LoginError(
                f"{str(error).partition(chr(10))[0]}; let a superuser run: alter role {owner} createrole; "
                f"grant marketing to {owner} with admin option"
            ) from None
    return Granted(url, password, limited)


def revoke(settings: Settings, name: str) -> list[str]:
    """Ends the sessions of the login `name`, and removes it. Returns what could not be done, in words.

    Raises `LoginError` if it is none that `grant` has made here, or if something in another database keeps its role.
    """
    role = sql.Identifier(name)
    with db.connect(db.owner_url(settings)) as connection:
        if not _is_ours(connection, name):
            raise LoginError(_not_ours(connection, name))
        with connection.transaction():  # first of all, so that nobody comes in while sessions are ended
            connection.execute(sql.SQL("alter role {} nologin").format(role))
            connection.execute(sql.SQL("revoke marketing from {}").format(role))
        db.run(connection, "bi_end", login=name)
        left = _end_on_replica(settings, name)
        try:
            with connection.transaction():
                connection.execute(sql.SQL("drop owned by {}").format(role))
                connection.execute(sql.SQL("drop role {}").format(role))
        except psycopg.errors.DependentObjectsStillExist as error:
            raise LoginError(
                f"{name} cannot log in nor read any more, but its role stays: {error.diag.message_detail}; "
                f"run there: drop owned by {name}; then revoke it again"
            ) from None
    return left


def _end_on_replica(settings: Settings, name: str) -> list[str]:
    replica = db.replica_url(settings)
    if replica is None:
        return []
    try:
        with db.connect(replica) as connection:
            db.run(connection, "bi_end", login=name)
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        return [f"the sessions on READ_DATABASE_URL could not be ended; they may read nothing more: {reason}"]
    return []


def every(settings: Settings) -> tuple[list[Login], list[str]]:
    """The logins by name, also those made by hand; and what could not be found out, in words."""
    with db.connect(db.owner_url(settings)) as connection:
        found = db.run(connection, "bi_list").fetchall()
        seen = db.run(connection, "bi_sessions").fetchall()
    unknown, replica = [], db.replica_url(settings)
    try:
        if replica is not None:
            with db.connect(replica) as there:
                seen += db.run(there, "bi_sessions").fetchall()
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        unknown.append(f"sessions on READ_DATABASE_URL are not counted: {reason}")
    logins = []
    for name, seconds, may_log_in, connections, starts_with in found:
        own = [(sessions, last) for login, sessions, last in seen if login == name]
        seen_at = max((last for _, last in own if last is not None), default=None)
        logins.append(
            Login(name, seconds, may_log_in, connections, starts_with or {}, sum(count for count, _ in own), seen_at)
        )
    return logins, unknown


def _is_ours(connection: Connection, name: str) -> bool:
    return connection.execute("select from tracking.bi_logins where login = %s", (name,)).rowcount == 1


def _taken(connection: Connection, name: str) -> str:
    if _is_ours(connection, name):
        return f"{name} has a login already, and its password is not known here; to make a new one, revoke it first"
    return f"there is a role {name!r} already that bi grant did not make here; it stays as it is: take another name"


def _not_ours(connection: Connection, name: str) -> str:
    if connection.execute("select from pg_roles where rolname = %s", (name,)).rowcount:
        return f"bi grant did not make the role {name!r} here, so it stays as it is; see bi list"
    return f"there is no login {name!r}; see bi list"


def _reading_url(settings: Settings, database: str, name: str, password: str | None) -> URL:
    """The URL for a BI tool: the place of the replica, or else of the primary, with nothing of the owner's."""
    replica = db.replica_url(settings)
    if settings.embedded:
        return make_url(embedded.url(settings.data, user=name)).set(drivername="postgresql")
    there = replica or db.owner_url(settings)
    where = {key: value for key, value in there.query.items() if key in WHERE}
    return there.set(
        drivername="postgresql", username=name, password=password, database=(replica and replica.database) or database,
        query=where,
    )  # fmt: skip
