"""A migration that finds a table locked gives way to the writers, and asks again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fixtures.schema import applied
from fixtures.served import until
from tracking import db, locking
from tracking.migrations import migrate
from tracking.prerequisites import MigrationError
from tracking.settings import Settings

pytestmark = pytest.mark.native  # the embedded engine has one session

LOCKED = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%add column more%'"
WRITE = "insert into tracking.receivers (receiver_type, receiver_id) values ('job', '1')"


@pytest.fixture
def change(blank: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database of this version, and a new version that adds a column, as a migration and as a function does."""
    migrate(blank)
    copy = tmp_path / "sql"
    shutil.copytree(db.SQL, copy)
    monkeypatch.setattr(db, "SQL", copy)
    monkeypatch.setattr(locking, "PAUSE", 0.5)
    (copy / "migrations/0099_more.sql").write_text("alter table tracking.receivers add column more int;")
    (copy / "functions/zz_even.sql").write_text("alter table tracking.receivers add column if not exists more int;")
    return blank


@contextmanager
def a_long_question(settings: Settings) -> Iterator[psycopg.Connection]:
    """A session that reads the table, and has not ended its transaction."""
    with db.connect(db.owner_url(settings)) as reader:
        reader.execute("begin; select from tracking.receivers")
        yield reader
        reader.execute("rollback")


def test_writers_go_on_while_a_migration_waits_for_a_long_question(change: Settings) -> None:
    with ThreadPoolExecutor(1) as executor, db.connect(db.owner_url(change)) as writer:
        with a_long_question(change):
            migrated = executor.submit(migrate, change)
            until(lambda: writer.execute(LOCKED).fetchall())
            writer.execute(WRITE)  # stands behind the migration, until that gives way
            until(lambda: writer.execute(LOCKED).fetchall())
            assert not migrated.done()
        assert migrated.result() == ["0099_more", "functions/zz_even"]
    assert applied(change)[-1] == "0099_more"


def test_a_migration_that_never_gets_its_lock_says_who_holds_it(
    change: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "TRIES", 2)
    with a_long_question(change) as reader:
        said = rf"^0099_more failed and was rolled back: .*lock timeout; postgres has had a transaction .*\({reader.info.backend_pid}\)"
        with pytest.raises(MigrationError, match=said):
            migrate(change)
    assert "0099_more" not in applied(change)


def test_functions_wait_in_the_same_way(change: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (db.SQL / "migrations/0099_more.sql").unlink()
    monkeypatch.setattr(locking, "TRIES", 2)
    with (
        a_long_question(change),
        pytest.raises(MigrationError, match=r"^functions, views and policies failed, and all stay"),
    ):
        migrate(change)
    assert migrate(change) == ["functions/zz_even"]
