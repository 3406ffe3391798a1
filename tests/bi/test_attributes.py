"""An attribute that was asked for is a column of dim_receiver, by its own name; a bad name is refused in a sentence."""

import json
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from fixtures.processes import environment
from tracking import db
from tracking.bi import attributes
from tracking.cli.bi_attributes import attribute

COLUMNS = "select attname from pg_attribute where attrelid = 'analytics.dim_receiver'::regclass and attnum > 0"
OWN = ["receiver", "receiver_type", "receiver_id", "title", "owner", "url", "is_person"]


@pytest.fixture
def asked(settings: Any, sql: Any) -> Any:
    """Runs `bi attribute …`; at the end none is shown."""

    def run(*arguments: str, exits: int = 0) -> str:
        done = CliRunner().invoke(attribute, arguments, env=environment(settings))
        assert done.exit_code == exits, done.output
        return done.output

    yield run
    sql("delete from tracking.shown_attributes")
    sql("select tracking.make_dim_receiver()")


@pytest.fixture
def columns(sql: Any) -> Any:
    return lambda: [name for (name,) in sql(COLUMNS)]


@pytest.fixture
def described(sql: Any) -> None:
    """Three jobs: of two a town is known."""
    jobs = [
        {"type": "job", "id": "1", "attributes": {"town": "Bonn", "Salary in €": 50000, "nested": {"a": [1]}}},
        {"type": "job", "id": "2", "attributes": {"town": "Ulm"}},
        {"type": "job", "id": "3"},
    ]
    sql(db.query("receivers_put").replace("%(receivers)s", "%s"), json.dumps(jobs))


def test_what_is_asked_for_is_a_column(asked: Any, described: None, seen: Any, columns: Any) -> None:
    assert asked("add", "town") == "dim_receiver shows town: 2 receivers have it\n"
    assert asked("add", "Salary in €") == "dim_receiver shows Salary in €: 1 receivers have it\n"
    assert columns() == [*OWN, "Salary in €", "town"]
    found = seen(
        "select receiver_id, town, \"Salary in €\" from analytics.dim_receiver where receiver_type = 'job' order by 1"
    )
    assert found == [("1", "Bonn", "50000"), ("2", "Ulm", None), ("3", None, None)]
    assert seen("select town from analytics.dim_receiver where is_person") == [(None,)]
    assert json.loads(asked("list", "--json")) == ["Salary in €", "town"]


def test_what_is_removed_is_gone(asked: Any, described: None, columns: Any) -> None:
    asked("add", "town")
    asked("add", "town")
    assert asked("list") == "town\n"
    assert asked("remove", "town") == "dim_receiver shows town no more\n"
    assert columns() == OWN
    assert asked("list").startswith("no attributes yet")


def test_each_column_is_described(asked: Any, sql: Any) -> None:
    asked("add", "town")
    found = sql(f"{COLUMNS} and col_description(attrelid, attnum) is null")
    assert found == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "'' cannot be a column: expected the name of an attribute: 1 to 63 bytes"),
        ("ä" * 32, "cannot be a column"),
        ("a\nb", "cannot be a column"),
        ("title", "dim_receiver has a column title of its own"),
        ("is_person", "dim_receiver has a column is_person of its own"),
    ],
)
def test_a_bad_name_is_refused_in_a_sentence(asked: Any, columns: Any, name: str, says: str) -> None:
    said = asked("add", name, exits=1)
    assert says in said
    assert "Traceback" not in said
    assert columns() == OWN
    assert asked("list").startswith("no attributes yet")


@pytest.mark.parametrize("name", ['a"b', "a'b", "%s", "%%", "a;drop", "select", "$view$", "\\"])
def test_a_name_is_never_a_part_of_the_statement(asked: Any, described: None, columns: Any, name: str) -> None:
    asked("add", name)
    assert columns() == [*OWN, name]


def test_one_that_is_not_shown_cannot_be_removed(asked: Any) -> None:
    assert "'town' is not shown; bi attribute list says which are" in asked("remove", "town", exits=1)


def test_there_is_a_most(asked: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributes, "MOST", 2)
    asked("add", "a")
    asked("add", "b")
    assert "at most 2 attributes are shown; remove one first" in asked("add", "c", exits=1)
    assert asked("list") == "a\nb\n"


@pytest.mark.native  # the embedded engine has one session
def test_a_reader_who_holds_the_view_is_said(asked: Any, reading: Any, columns: Any) -> None:
    with reading() as connection, connection.transaction():
        connection.execute("select from analytics.dim_receiver")
        assert "somebody has read dim_receiver for longer than five seconds; try again" in asked("add", "town", exits=1)
    assert columns() == OWN


def test_a_migration_keeps_them(asked: Any, described: None, settings: Any, columns: Any, sql: Any) -> None:
    """The view's file is applied again when it changes."""
    asked("add", "town")
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute((db.SQL / "analytics/dim_receiver.sql").read_text())
    assert columns() == [*OWN, "town"]


def test_a_view_that_was_built_by_hand_is_not_taken_away(asked: Any, sql: Any, columns: Any) -> None:
    sql("create view tracking.by_hand as select receiver from analytics.dim_receiver")
    try:
        assert "a view was built on dim_receiver by hand; drop it first" in asked("add", "town", exits=1)
    finally:
        sql("drop view tracking.by_hand")
    assert columns() == OWN
    with pytest.raises(psycopg.errors.UndefinedTable):
        sql("select from tracking.by_hand")
