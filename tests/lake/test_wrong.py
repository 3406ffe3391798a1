"""What is wrong with a lake is said in one sentence; nothing half is to be seen, nothing is lost, the next run goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from fixtures.cast import event
from fixtures.processes import ROOT, environment
from fixtures.small_disk import a_small_disk, is_small
from lake.conftest import day
from lake.test_writing import rows, stored
from tracking.lake import catalogs, tables
from tracking.lake.schemas import EVENTS
from tracking.settings import Settings

TABLE = (catalogs.NAMESPACE, "events")


@pytest.fixture
def folder(place: str) -> Path:
    """Where the lake is."""
    return Path(place.removeprefix("file://"))


@pytest.mark.parametrize(
    "url",
    [
        "lake", "/lake", "file://lake", "file:lake", "http://127.0.0.1/lake", "s3:/bucket", "s3://", "s3://UPPER/x",
        "s3://key:secret@bucket/x", "file:///a/../b", "file:///a b", "file:///a%20b", "s3://bucket/a?b", "file:///a\nb",
    ],
)  # fmt: skip
def test_an_address_that_is_none(refused: Any, url: str) -> None:
    said = refused("status", LAKE_URL=url)
    assert said.startswith("LAKE_URL: expected file:///FOLDER or s3://BUCKET/PREFIX")
    assert "secret" not in said


@pytest.mark.parametrize("command", ["write", "status", "verify", "expire", "adopt"])
def test_no_address(refused: Any, command: str) -> None:
    assert refused(command, LAKE_URL=None) == "LAKE_URL is not set; set it to file:///FOLDER or s3://BUCKET/PREFIX"


def test_a_catalog_that_is_none(refused: Any) -> None:
    assert refused("status", LAKE_CATALOG="hive").startswith("LAKE_CATALOG: Must be one of")


def test_a_folder_that_is_a_file(arrived: Any, refused: Any, folder: Path) -> None:
    arrived()
    folder.write_text("")
    assert str(folder) in refused("write")


def test_a_folder_that_is_not_ours_to_write(
    arrived: Any, settings: Settings, folder: Path, place: str, tracking: Any
) -> None:
    """Root may write everywhere, so this one is root without its powers."""
    arrived()
    folder.mkdir(mode=0o555)
    powerless = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*powerless, sys.executable, "-m", "tracking", "lake", "write"],
        env=environment(settings, LAKE_URL=place), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "no right to write there" in done.stderr
    assert "Traceback" not in done.stderr
    folder.chmod(0o755)
    assert len(tracking("write")) == 1


def test_a_disk_that_is_full(arrived: Any, refused: Any, tracking: Any, sql: Any) -> None:
    arrived()
    with a_small_disk(1) as small:
        assert is_small(small), "no file system could be mounted here"
        place = f"file://{small}/lake"
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        assert "the disk is full" in refused("write", LAKE_URL=place)
        filler.unlink()
        assert len(tracking("write", LAKE_URL=place)) == 1
        assert tracking("verify", LAKE_URL=place)["faults"] == []


def test_half_of_a_file_that_a_killed_run_left(
    arrived: Any, tracking: Any, lake: Settings, sql: Any, folder: Path
) -> None:
    arrived()
    tracking("write")
    data = next((folder / "events/data").rglob("*.parquet"))
    (data.parent / "00000-0-11111111-1111-4111-8111-111111111111.parquet").write_bytes(data.read_bytes()[:500])
    assert rows(lake) == stored(sql, EVENTS)
    assert tracking("verify")["faults"] == []


@pytest.mark.parametrize(
    "which", ["data/*/*.parquet", "metadata/*-m0.avro", "metadata/snap-*.avro", "metadata/00001-*.json"]
)
def test_a_file_of_a_table_that_is_broken_or_lost(
    arrived: Any, tracking: Any, refused: Any, folder: Path, which: str
) -> None:
    arrived()
    tracking("write")
    file = next((folder / "events").glob(which))
    whole = file.read_bytes()
    for size in (0, 100, len(whole) // 3, len(whole) // 2, len(whole) - 60, len(whole) - 1):
        file.write_bytes(whole[:size])
        assert "a file is broken" in refused("verify"), size
    file.unlink()
    assert "is not there" in refused("verify")
    file.write_bytes(whole)
    assert tracking("verify")["faults"] == []


def test_metadata_that_was_lost(arrived: Any, tracking: Any, refused: Any, folder: Path) -> None:
    arrived()
    tracking("write")
    shutil.move(folder / "events/metadata", folder / "events/elsewhere")
    for command in ("write", "status", "verify", "expire"):
        assert "is not there" in refused(command)
    shutil.move(folder / "events/elsewhere", folder / "events/metadata")
    assert tracking("verify")["faults"] == []


def test_catalog_rows_that_were_lost(
    arrived: Any, tracking: Any, refused: Any, sql: Any, lake: Settings, place: str
) -> None:
    arrived(days=2)
    tracking("write")
    sql("delete from lake.iceberg_tables")
    sql("delete from lake.iceberg_namespace_properties")
    arrived(days=1)
    for command in ("write", "status", "verify"):
        assert refused(command).startswith(f"{place}/events holds a table that the catalog does not know")
    with tables.found(lake) as found:
        assert len(found.events.scan().to_arrow()) == 2
    assert sorted(tracking("adopt")) == ["events", "ledger"]
    assert tracking("adopt") == []
    assert len(tracking("write")) == 1
    assert rows(lake) == stored(sql, EVENTS)


def test_half_of_a_metadata_file_is_not_the_newest(
    arrived: Any, tracking: Any, footfall: Any, lake: Settings, sql: Any, folder: Path, place: str
) -> None:
    """A run that is killed while it writes one leaves it beside those that the catalog knew."""
    arrived()
    tracking("write")
    half = folder / "events/metadata/00002-11111111-1111-4111-8111-111111111111.metadata.json"
    half.write_text('{"format-version": 2, "table')
    sql("delete from lake.iceberg_tables")
    assert "a metadata file is damaged" in footfall("lake", "adopt", LAKE_URL=place).stderr
    assert rows(lake) == stored(sql, EVENTS)
    assert tracking("write") == []


def test_a_catalog_that_a_backup_brought_back(
    arrived: Any, tracking: Any, refused: Any, sql: Any, lake: Settings, place: str
) -> None:
    """Its next commit would leave the newer days behind, and their files would be taken for those of a killed run."""
    arrived(days=4)
    tracking("write")
    kept = sql("select metadata_location, table_name from lake.iceberg_tables")
    for days in (3, 2):
        arrived(days=days)
        tracking("write")
    for location, name in kept:
        sql("update lake.iceberg_tables set metadata_location = %s where table_name = %s", location, name)
    arrived(days=1)
    for command in ("write", "status", "expire"):
        assert "is newer than the catalog" in refused(command)
    assert sorted(tracking("adopt")) == ["events", "ledger"]
    assert len(tracking("write")) == 1
    assert rows(lake) == stored(sql, EVENTS)


def test_nothing_to_adopt(refused: Any, place: str) -> None:
    assert refused("adopt") == f"{place}/events: there is no table; see LAKE_URL"


def test_a_lake_of_another_deployment(arrived: Any, tracking: Any, refused: Any, sql: Any) -> None:
    arrived()
    tracking("write")
    assert "is of deployment footfall, this one is other" in refused("write", DEPLOYMENT="other")
    sql("delete from lake.iceberg_tables")
    assert "is of deployment footfall, this one is other" in refused("adopt", DEPLOYMENT="other")


def test_a_lake_that_is_elsewhere(arrived: Any, tracking: Any, refused: Any, place: str) -> None:
    arrived()
    tracking("write")
    assert refused("write", LAKE_URL=f"{place}2").startswith(
        f"table events lies at {place}/events, and not at LAKE_URL"
    )


def test_a_foreign_table_under_the_name(arrived: Any, refused: Any, tracking: Any, lake: Settings, place: str) -> None:
    arrived()
    with catalogs.opened(lake) as catalog:
        catalog.create_namespace(catalogs.NAMESPACE)
        schema = Schema(NestedField(1, "id", StringType()))
        catalog.create_table(TABLE, schema, location=f"{place}/events")
        for command in ("write", "status", "verify", "expire"):
            assert "is a table of another program" in refused(command)
        assert catalog.load_table(TABLE).schema() == schema


def test_a_table_of_an_older_version_gets_the_columns_it_lacks(
    arrived: Any, tracking: Any, lake: Settings, sql: Any, monkeypatch: Any
) -> None:
    older = EVENTS._replace(columns=tuple(column for column in EVENTS.columns if column[0] != "context"))
    arrived(event(context={"page": "a"}), days=3)
    with monkeypatch.context() as patch:
        patch.setattr(tables, "EVENTS", older)
        with tables.written(lake):
            pass
    with catalogs.opened(lake) as catalog:
        table = catalog.load_table(TABLE)
        assert "context" not in table.schema().column_names
        table.append(old_row(table))
    arrived(event(context={"page": "b"}), days=1)
    assert len(tracking("write")) == 2
    with tables.read(lake) as found:
        contexts = set(found.events.scan().to_arrow()["context"].to_pylist())
    assert contexts == {None, '{"page": "a"}', '{"page": "b"}'}


def old_row(table: Any) -> pa.Table:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    values = {field.name: then if field.name.endswith("_at") else "x" for field in table.schema().as_arrow()}
    return pa.Table.from_pylist([values], schema=table.schema().as_arrow())


def test_a_table_of_a_newer_version_is_left_alone(arrived: Any, tracking: Any, refused: Any, lake: Settings) -> None:
    arrived()
    tracking("write")
    with catalogs.opened(lake) as catalog, catalog.load_table(TABLE).update_schema() as change:
        change.add_column("device", StringType())
    for command in ("write", "verify", "status"):
        assert "has a column device, which this version does not know; run the newer version" in refused(command)


def test_rows_that_somebody_added_or_took_are_found(arrived: Any, footfall: Any, lake: Settings, place: str) -> None:
    arrived(days=2)
    arrived(event(), event(name="apply"), days=1)
    footfall("lake", "write", LAKE_URL=place)
    with tables.written(lake) as found:
        found.events.delete("name = 'apply'")
    said = footfall("lake", "verify", LAKE_URL=place, exits=1).stdout
    assert f"{day(1)}: the lake has 1 events and its ledger 2" in said
    assert "they differ" in said
    footfall("lake", "write", "--day", str(day(1)), LAKE_URL=place)
    assert "all agree" in footfall("lake", "verify", LAKE_URL=place).stdout


def test_a_ledger_that_differs_from_the_databases_is_found(
    arrived: Any, footfall: Any, tracking: Any, sql: Any, place: str
) -> None:
    arrived()
    tracking("write")
    sql("update tracking.ingest_ledger set events = 7 where verdict = 'rejected'")
    assert (
        "the lake's ledger has 3 events and the database's 9"
        in footfall("lake", "verify", LAKE_URL=place, exits=1).stdout
    )
