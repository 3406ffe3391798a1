"""Real engines on real folders: the database files are created once, and copied for each engine."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.served import dsn
from tracking.embedded import Engine

Connect = Callable[..., psycopg.Connection[Any]]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("template")
    with Engine(data), psycopg.connect(dsn(data), autocommit=True) as admin:
        admin.execute("create role alice login")
        admin.execute("create role bob login")
    return data / "pgdata"


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    """A data folder with Alice and Bob in it, which nobody serves yet."""
    shutil.copytree(template, tmp_path / "pgdata")
    return tmp_path


@pytest.fixture(scope="session")
def engine(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    shutil.copytree(template, folder / "pgdata")
    with Engine(folder) as engine:
        yield engine
        assert engine.restarts == 0, "a test killed the shared engine"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def connect(engine: Engine) -> Iterator[Connect]:
    """Opens connections to the shared engine, as the psycopg of Footfall does: without prepared statements."""
    opened: list[psycopg.Connection[Any]] = []

    def connect(user: str = "postgres", **more: Any) -> psycopg.Connection[Any]:
        more = {"prepare_threshold": None, "autocommit": True} | more
        opened.append(psycopg.connect(dsn(engine.data, user), **more))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def table(connect: Connect) -> Iterator[str]:
    """An empty table that everybody may use."""
    admin = connect()
    admin.execute("create table views (n int, who text default current_user)")
    admin.execute("grant all on views to alice, bob")
    yield "views"
    connect().execute("drop table views")
