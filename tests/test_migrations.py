"""The schema comes up once, in order, whole or not at all, and refuses what would end badly."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.schema import applied, rows
from tracking import db, deployment, migrations, repeatables
from tracking.migrations import migrate
from tracking.prerequisites import MigrationError
from tracking.settings import Settings

NAMES = [migration.name for migration in migrations.available()]
EDITABLE = [one.name for one in repeatables.available()]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of the migrations, which a test may change."""
    copy = tmp_path / "sql"
    shutil.copytree(db.SQL, copy)
    monkeypatch.setattr(db, "SQL", copy)
    return copy / "migrations"


def ours(settings: Settings) -> set[str]:
    """Everything in our schemas but the runner's own table."""
    found = rows(
        settings,
        "select nspname || '.' || relname from pg_class join pg_namespace n on n.oid = relnamespace"
        " where nspname in ('tracking', 'analytics') and relname !~ '^(migrations|repeatables)'"
        " union all select oid::regprocedure::text from pg_proc"
        " where pronamespace in (select oid from pg_namespace where nspname = 'tracking')",
    )
    return {name for (name,) in found}


def policies(settings: Settings) -> dict[str, Any]:
    """What each policy is configured with."""
    found = rows(
        settings, "select proc_name, hypertable_name, config from timescaledb_information.jobs where job_id >= 1000"
    )
    return {f"{procedure} {hypertable}": config for procedure, hypertable, config in found}


def test_each_migration_is_applied_once_in_order(blank: Settings) -> None:
    assert migrate(blank) == [*NAMES, *EDITABLE]
    assert applied(blank) == NAMES
    assert migrate(blank) == []


def test_a_check_says_what_is_missing_and_changes_nothing(blank: Settings) -> None:
    assert migrate(blank, check=True) == [*NAMES, *EDITABLE]
    assert applied(blank) == []
    assert rows(blank, "select from pg_namespace where nspname in ('tracking', 'analytics')") == []
    migrate(blank)
    assert migrate(blank, check=True) == []


def test_a_new_file_is_all_that_is_applied(blank: Settings, files: Path) -> None:
    migrate(blank)
    (files / "0099_more.sql").write_text("create table tracking.more ();")
    assert migrate(blank, check=True) == ["0099_more"]
    assert migrate(blank) == ["0099_more"]
    assert "tracking.more" in ours(blank)


def test_an_edited_file_is_refused_by_name(blank: Settings, files: Path) -> None:
    migrate(blank)
    with (files / "0004_events.sql").open("a") as file:
        file.write("-- a word more\n")
    with pytest.raises(MigrationError, match="0004_events was edited after it was applied"):
        migrate(blank)


def test_a_file_before_an_applied_one_is_refused(blank: Settings, files: Path) -> None:
    migrate(blank)
    last = max(file.stem for file in files.glob("[0-9]*.sql"))
    (files / "0002_between.sql").write_text("create table tracking.more ();")
    for check in (True, False):
        with pytest.raises(MigrationError, match=rf"^0002_between sorts before {last}.* the next number$"):
            migrate(blank, check=check)
    assert "tracking.more" not in ours(blank)


def test_what_was_released_never_changes_again() -> None:
    changed = [one.name for one in migrations.available() if migrations.frozen().get(one.name) != one.checksum]
    assert changed == [], "these are not as sql/migrations/frozen.txt has them: restore them and write a new migration"
    assert list(migrations.frozen()) == NAMES


BEFORE = (
    "0001_foundation", "0002_events", "0003_aggregates", "0004_write_once", "0010_source_policies", "0011_proofs",
    "0020_stats", "0021_upkeep",
)  # fmt: skip


@pytest.mark.parametrize("names", [BEFORE, ("0009_else", "0001_foundation")])
def test_a_database_from_before_the_release_is_refused(blank: Settings, names: tuple[str, ...]) -> None:
    """One sentence says what to do; nothing is touched."""
    with db.connect(db.owner_url(blank)) as connection:
        connection.execute("create schema tracking")
        connection.execute("create table tracking.migrations (name text primary key, checksum text not null)")
        for name in names:
            connection.execute("insert into tracking.migrations values (%s, %s)", (name, f"of an old {name}"))
    embedded, native = f"remove the folder {blank.data}", "let DATABASE_URL name an empty database"
    said = (
        r"^this database was made before the first release \(its 0001_foundation is not the released one\) and cannot be"
        rf" brought to this version; {embedded if blank.embedded else native}, and import again$"
    )
    for run in (migrate, migrations.missing, lambda settings: migrate(settings, check=True)):
        with pytest.raises(MigrationError, match=said):
            run(blank)
    assert ours(blank) == set()


def test_a_newer_database_is_refused(blank: Settings, files: Path) -> None:
    (files / "0099_more.sql").write_text("create table tracking.more ();")
    migrate(blank)
    (files / "0099_more.sql").unlink()
    with pytest.raises(MigrationError, match="newer than this version: it has 0099_more"):
        migrate(blank)


def test_another_reporting_timezone_is_refused(blank: Settings) -> None:
    migrate(blank)
    other = replace(blank, reporting_timezone="America/New_York")
    for check in (True, False):
        with pytest.raises(MigrationError, match=r"REPORTING_TIMEZONE: .* in Europe/Berlin, .* America/New_York"):
            migrate(other, check=check)


@pytest.mark.parametrize("name", NAMES)
def test_a_migration_that_fails_is_named_and_leaves_nothing_behind(blank: Settings, files: Path, name: str) -> None:
    """The ones before it stay, and once it is mended the next run goes on there."""
    file = files / f"{name}.sql"
    sound = file.read_text()
    before = NAMES[: NAMES.index(name)]
    file.write_text(sound + "\nselect 1 / 0;\n")
    with pytest.raises(MigrationError, match=f"^{name} failed and was rolled back: division by zero$"):
        migrate(blank)
    assert applied(blank) == before
    left = ours(blank)
    file.write_text(sound)
    assert migrate(blank) == [*NAMES[NAMES.index(name) :], *EDITABLE]
    assert left < ours(blank)
    assert bool(left) == bool(before)


def test_policies_that_fail_leave_the_old_ones_in_force(blank: Settings, files: Path) -> None:
    migrate(blank)
    before = policies(blank)
    with (files.parent / "policies.sql").open("a") as file:
        file.write("select 1 / 0;")
    with pytest.raises(MigrationError, match=r"^policies failed, and all .* stay: division by zero$"):
        migrate(replace(blank, lateness_days=3))
    assert policies(blank) == before


def test_one_that_refuses_a_transaction_runs_without(blank: Settings, files: Path) -> None:
    (files / "0098_table.sql").write_text("create table tracking.more (a int);")
    (files / "0099_index.sql").write_text("-- no transaction\nvacuum tracking.more;")
    migrate(blank)
    assert applied(blank)[-1] == "0099_index"
    assert migrate(blank) == []


def test_a_migration_does_not_queue_the_writers_behind_a_lock(blank: Settings, files: Path) -> None:
    """It gives up soon instead."""
    (files / "0099_look.sql").write_text(
        "create table tracking.seen as select current_setting('lock_timeout') l, current_setting('statement_timeout') s;"
    )
    migrate(blank)
    assert rows(blank, "select l, s from tracking.seen") == [("1s", "15min")]
    assert rows(blank, "select current_setting('lock_timeout')") == [("0",)]


def test_runners_at_once_apply_each_migration_once(blank: Settings) -> None:
    """Two instances of a deployment start at the same time, on an empty database."""
    start = threading.Barrier(4)

    def run(_: int) -> list[str]:
        start.wait()
        return migrate(blank)

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(run, range(4)))
    assert applied(blank) == NAMES
    assert migrate(blank) == []
    assert sum(name.startswith("policy_compression events") for name in policies(blank)) == 1


def test_policies_follow_the_settings(blank: Settings) -> None:
    migrate(blank)
    changed = replace(blank, lateness_days=14, columnstore_days=20, retention_days=90)
    assert migrate(changed, check=True) == ["deployment", "policies"]
    assert migrate(changed) == ["deployment", "policies"]
    assert migrate(changed) == []
    assert policies(changed)["policy_compression events"]["compress_after"] == "20 days"
    assert migrate(replace(blank, lateness_days=14, columnstore_days=10)) == ["deployment", "policies"]
    assert policies(blank)["policy_compression events"]["compress_after"] == "15 days"  # not before the last late event


def test_what_is_decided_is_in_the_database(blank: Settings) -> None:
    migrate(blank)
    assert decided(blank) == ("Europe/Berlin", 7, 35, 0)
    migrate(replace(blank, lateness_days=14, columnstore_days=20, retention_days=90))
    assert decided(blank) == ("Europe/Berlin", 14, 20, 90)
    migrate(replace(blank, retention_days=30), check=True)
    assert decided(blank) == ("Europe/Berlin", 14, 20, 90)


def decided(settings: Settings) -> tuple[str, int, int, int]:
    engine = db.engine(db.owner_url(settings))
    found = deployment.read(engine)
    engine.dispose()
    assert found.dropped_until is None
    return found.timezone.key, found.lateness_days, found.columnstore_days, found.retention_days


def test_the_hypertable_is_as_designed(blank: Settings) -> None:
    migrate(blank)
    assert {name for (name,) in rows(blank, "select indexname from pg_indexes where tablename = 'events'")} == {
        "events_once",
        "events_by_arrival",
        "events_by_receiver",
        "events_left_out",
    }
    assert rows(blank, "select bool_and(materialized_only) from timescaledb_information.continuous_aggregates") == [
        (False,)
    ]
