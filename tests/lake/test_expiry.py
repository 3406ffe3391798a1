"""Old snapshots expire, and only files that nobody can need are removed."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import event
from lake.conftest import day
from lake.test_writing import rows, stored
from tracking.lake import expiry, running, tables
from tracking.lake.files import under
from tracking.lake.schemas import EVENTS
from tracking.lake.sink import Sink
from tracking.settings import Settings

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def folder(place: str) -> Path:
    return Path(place.removeprefix("file://"))


def later(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def data(lake: Settings) -> set[str]:
    return {file.location for file in under(f"{lake.lake_url}/events/data")}


def named(lake: Settings) -> set[str]:
    with tables.read(lake) as found:
        return {task.file.file_path for task in found.events.scan().plan_files()}


def test_a_replaced_day_is_kept_for_a_week(arrived: Any, tracking: Any, lake: Settings, sql: Any) -> None:
    arrived()
    tracking("write")
    with tables.read(lake) as before:
        tracking("write", "--day", str(day(1)))
        assert data(lake) > named(lake)
        assert expiry.expire(lake, later(6.9)).snapshots == 0
        assert len(before.events.scan().to_arrow()) == 2, "who began before reads on"
    done = expiry.expire(lake, later(7.1))
    assert (done.snapshots, done.bytes > 0) == (2, True)  # one of each table
    assert data(lake) == named(lake)
    assert rows(lake) == stored(sql, EVENTS)
    assert tracking("write") == [], "what is there is known without the snapshot that wrote it"
    assert tracking("verify")["faults"] == []


def test_what_a_killed_run_left_goes_after_a_day(
    arrived: Any, tracking: Any, lake: Settings, sql: Any, folder: Path
) -> None:
    arrived()
    tracking("write")
    (file, *_) = (folder / "events/data").rglob("*.parquet")
    left = file.with_name("00000-9-11111111-1111-4111-8111-111111111111.parquet")
    left.write_bytes(file.read_bytes()[:99])
    manifest = folder / "events/metadata/11111111-1111-4111-8111-111111111111-m0.avro"
    manifest.write_bytes(b"Obj")
    assert tracking("expire") == {"snapshots": 0, "files": 0, "bytes": 0}
    for one in (left, manifest, file):  # old, as one that a snapshot names may be, too
        then = (datetime.now(UTC) - 25 * HOURS).timestamp()
        os.utime(one, (then, then))
    assert tracking("expire") == {"snapshots": 0, "files": 2, "bytes": 99 + 3}
    assert rows(lake) == stored(sql, EVENTS)


@pytest.mark.parametrize(
    "name",
    [
        "README",
        "data/notes.txt",
        "events.parquet",
        "metadata/version-hint.text",
        "metadata/snap-1.avro",
        "data.parquet/x",
    ],
)
def test_what_is_not_named_as_ours_stays(arrived: Any, tracking: Any, lake: Settings, folder: Path, name: str) -> None:
    arrived()
    tracking("write")
    file = folder / "events" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    expiry.expire(lake, later(30))
    assert file.exists()


def test_nothing_outside_of_the_tables_is_looked_at(arrived: Any, tracking: Any, lake: Settings, folder: Path) -> None:
    arrived()
    tracking("write")
    other = folder / "events2/data/occurred_at_day=2026-01-01"
    shutil.copytree(folder / "events/data", folder / "events2/data")
    other.mkdir()
    before = sorted(folder.rglob("events2/**/*.parquet"))
    expiry.expire(lake, later(30))
    assert sorted(folder.rglob("events2/**/*.parquet")) == before


def test_an_erasure_is_the_formats_own(arrived: Any, tracking: Any, lake: Settings) -> None:
    """Rows of one person go by a delete; their files are gone when the snapshot before has expired."""
    arrived(event(), event(name="apply"))
    tracking("write")
    with tables.written(lake) as found:
        found.events.delete("name = 'apply'")
    assert [row[7] for row in rows(lake)] == ["view"]
    old = data(lake) - named(lake)
    assert old
    expiry.expire(lake, later(7.1))
    assert not old & data(lake)


def test_a_lake_that_was_never_written(lake: Settings, tracking: Any) -> None:
    assert tracking("expire") == {"snapshots": 0, "files": 0, "bytes": 0}
    assert tracking("verify") == {"days": 0, "events": 0, "faults": []}
    assert tracking("status")["tables"] == []


def test_expiry_beside_a_run_takes_nothing_away(
    arrived: Any, lake: Settings, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has read a day and has files of it, which nobody names yet; then the expiry comes, then the commit."""
    arrived(days=2)
    arrived(days=1)
    monkeypatch.setattr(Sink, "buffered", 1)

    class Expiring:
        def due(self, events: int) -> None:
            pass

        def read(self, events: int) -> None:
            assert data(lake) - named(lake)
            expiry.expire(lake, datetime.now(UTC))

    assert len(running.write_due(lake, Expiring())) == 2
    assert rows(lake) == stored(sql, EVENTS)
