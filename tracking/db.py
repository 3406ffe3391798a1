"""Connections to TimescaleDB, the same way on both engines, and the named queries of `sql/queries`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import psycopg
from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tracking import embedded
from tracking.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy
    from sqlalchemy import CursorResult, Engine

    from tracking.settings import Settings

SQL = Path(__file__).resolve().parent.parent / "sql"
MAX_PORT = 65_535
API_ROLE = "footfall_api"
AS_API = {"options": f"-c role={API_ROLE}"}
PLANNING = "-c jit=off -c work_mem=32MB -c timescaledb.enable_chunkwise_aggregation=off"
"""For counting over a month of chunks. To compile the plan takes longer than to run it. 100,000 creators are hashed in
memory, and once for all chunks instead of in each, since hardly any creator comes twice in a day.
"""
BINARY = "footfall_binary"
"""The option of a statement whose values come in binary form."""
FOLLOWS = "-- follows: "
"""With this begins the first line of a query that goes on where another one ends, which the line names."""


def owner_url(settings: Settings) -> URL:
    """The schema's owner: migrations, jobs, command line."""
    if settings.embedded:  # it is there, and serves one after the other: a job may take that long
        return make_url(embedded.url(settings.data)).update_query_dict({"connect_timeout": "60"})
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL: must be set for this; DATABASE_API_URL alone is enough for the API only")
    return _parse("DATABASE_URL", settings.database_url)


def api_url(settings: Settings) -> URL:
    """The API's role, which can write events and read counts, and cannot alter the schema."""
    if settings.database_api_url is not None:
        return _parse("DATABASE_API_URL", settings.database_api_url)
    if settings.embedded:
        return make_url(embedded.url(settings.data, user=API_ROLE))
    return owner_url(settings).update_query_dict(AS_API)


def replica_url(settings: Settings) -> URL | None:
    """The replica, as the owner; None: there is none."""
    return None if settings.read_database_url is None else _on_replica(settings, owner_url)


def api_replica_url(settings: Settings) -> URL | None:
    """The replica, as the API's role; None: there is none."""
    if settings.read_database_url is None:
        return None
    url = _on_replica(settings, api_url)
    if settings.database_api_url is None:
        return url.update_query_dict(AS_API)
    own = api_url(settings).username
    if url.username != own:
        raise SettingsError(
            f"READ_DATABASE_URL: it logs in as {url.username}, DATABASE_API_URL as {own}; leave the login out of "
            "READ_DATABASE_URL, and each process uses its own there"
        )
    return url


def _on_replica(settings: Settings, login: Callable[[Settings], URL]) -> URL:
    """READ_DATABASE_URL, with the login that the process has on the primary if it names none."""
    if settings.embedded:
        raise SettingsError("READ_DATABASE_URL: the embedded engine has no replica; set DATABASE_URL, too, or unset it")
    there, own = _parse("READ_DATABASE_URL", settings.read_database_url or ""), login(settings)
    return there if there.username else there.set(username=own.username, password=own.password)


def engine(
    url: URL, *, pool_size: int = 1, statement_timeout_ms: int | None = None, connecting: dict[str, Any] | None = None
) -> Engine:
    """A pool on `url`. Call it after the fork, since processes cannot share connections.

    It prepares no statements: the embedded engine shares one session among all connections, and so do poolers.
    `connecting`: parameters of libpq beside those of the URL.
    """
    options = str(url.query.get("options", ""))
    if statement_timeout_ms:
        options = f"{options} {PLANNING} -c statement_timeout={statement_timeout_ms}".strip()
    if options:
        url = url.update_query_dict({"options": options})
    made = create_engine(
        url,
        hide_parameters=True,  # the log gets an error's text, but no data of people
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,  # no ping: the writer retries lost connections itself
        pool_recycle=1800,
        connect_args={"prepare_threshold": None, "connect_timeout": url.query.get("connect_timeout", 5)}
        | (connecting or {}),
    )
    event.listen(made, "do_execute", _in_binary)
    return made


def connect(url: URL, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """One plain connection in autocommit mode, for statements that refuse a transaction."""
    parameters = {"connect_timeout": 5} | _parameters(url)
    return psycopg.connect(**parameters, autocommit=True, prepare_threshold=None, **options)


@overload
def run(connection: sqlalchemy.Connection, query_name: str, /, **parameters: Any) -> CursorResult[*tuple[Any, ...]]: ...


@overload
def run(connection: psycopg.Connection[Any], query_name: str, /, **parameters: Any) -> psycopg.Cursor[Any]: ...


def run(connection: Any, query_name: str, /, **parameters: Any) -> Any:
    """The result of `sql/queries/NAME.sql` with these parameters, by either kind of connection."""
    execute = getattr(connection, "exec_driver_sql", connection.execute)
    return execute(query(query_name), parameters or None)


def run_binary(connection: Any, query_name: str, /, **parameters: Any) -> Any:
    """As `run`; values come in binary form, in which a bytea takes half as many bytes."""
    if isinstance(connection, psycopg.Connection):
        return connection.execute(query(query_name), parameters, binary=True)
    return connection.exec_driver_sql(query(query_name), parameters, execution_options={BINARY: True})


def _in_binary(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Executes a statement for `run_binary`; SQLAlchemy has no option for it. Answers whether it did."""
    if not (context and context.execution_options.get(BINARY)):
        return False
    cursor.execute(statement, parameters, binary=True)
    return True


@functools.cache
def query(name: str) -> str:
    """The text of `sql/queries/NAME.sql` without comments, which may say %s too; after that of the query it follows."""
    lines = (SQL / "queries" / f"{name}.sql").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("--"))
    followed = lines[0].removeprefix(FOLLOWS)
    return text if followed == lines[0] else f"{query(followed)}\n{text}"


def _parameters(url: URL) -> dict[str, Any]:
    """The parameters in libpq's form. No URL: SQLAlchemy writes blanks as +, and libpq does not read them back."""
    return url.translate_connect_args(username="user", database="dbname") | dict(url.query)


def _parse(name: str, text: str) -> URL:
    """The URL. Raises `SettingsError`, which does not quote the text: any part of it may belong to a password."""
    try:
        url = make_url(text).set(drivername="postgresql+psycopg")
        whole = text.count("@") == (url.username is not None) and (url.port or 0) <= MAX_PORT
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        whole = False
    if not whole:
        raise SettingsError(
            f"{name}: expected postgresql+psycopg://USER:PASSWORD@HOST/DATABASE; within a name or a password write @ "
            "as %40, : as %3A and / as %2F"
        )
    try:
        psycopg.conninfo.make_conninfo(**_parameters(url))
    except (psycopg.ProgrammingError, UnicodeError) as error:
        raise SettingsError(f"{name}: {str(error).strip()}") from None
    return url
