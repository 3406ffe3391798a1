"""What the tests of the star schema share: raw rows of any kind, and what a reader sees."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from fixtures.star import INSERT
from tracking import db
from tracking.settings import Settings


@pytest.fixture
def insert(sql: Any) -> Callable[[list[dict[str, Any]]], None]:
    """Adds raw rows as they are: dicts with the columns of tracking.events."""

    def add(rows: list[dict[str, Any]]) -> None:
        sql(INSERT, json.dumps([row | {"occurred_at": row["occurred_at"].isoformat()} for row in rows]))

    return add


@pytest.fixture
def reading(settings: Settings, engine: object) -> Any:
    """A connection as marketing."""

    @contextmanager
    def connect() -> Iterator[psycopg.Connection[Any]]:
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute("set role marketing")
            yield connection

    return connect


@pytest.fixture
def seen(reading: Any) -> Callable[[str], list[tuple]]:
    """The rows of a statement, as marketing sees them."""

    def read(statement: str) -> list[tuple]:
        with reading() as connection:
            return connection.execute(statement).fetchall()

    return read
