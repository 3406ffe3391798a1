"""`import --format iceberg` puts a deployment back from its lake: the same rows, counts and ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fixtures.database import disagreements
from tracking.lake import tables
from tracking.restoring import Unrestorable, lake, run


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/lake"


@pytest.fixture
def written(world: None, footfall: Any, url: str, sql: Any) -> str:
    """The lake of a deployment with events of every kind; its catalog goes with the database."""
    footfall("lake", "write", LAKE_URL=url)
    return url


@pytest.fixture
def lost(emptied: Any, sql: Any) -> Any:
    """Takes everything from the database, and the lake's catalog, too."""

    def lose() -> None:
        emptied()
        sql("delete from lake.iceberg_tables")
        sql("delete from tracking.lake_days")

    return lose


@pytest.fixture
def restore(footfall: Any) -> Any:
    def run(url: str) -> dict[str, int]:
        return json.loads(footfall("import", "--format", "iceberg", "--json", LAKE_URL=url).stdout)

    return run


def test_an_emptied_deployment_is_as_it_was(written: str, held: Any, lost: Any, restore: Any, footfall: Any) -> None:
    """Also the ledger of what left no row: duplicates, conflicts, rejected events."""
    before = held()
    assert {line[2] for line in before["ledger"]} >= {
        "accepted",
        "repeat",
        "bot",
        "own",
        "prefetch",
        "duplicate",
        "conflict",
        "rejected",
    }
    lost()
    done = restore(written)
    gone = sum(line[3] for line in before["ledger"] if line[2] in {"duplicate", "conflict", "rejected"})
    assert done == {"restored": len(before["events"]), "there": 0, "left_out": 0, "booked": gone}
    assert held() == before
    assert json.loads(footfall("ledger", "--json", "--since", "5d").stdout)["balances"]


def test_a_second_time_changes_nothing(written: str, held: Any, lost: Any, restore: Any) -> None:
    before = held()
    assert restore(written) == {"restored": 0, "there": len(before["events"]), "left_out": 0, "booked": 0}
    assert held() == before
    lost()
    restore(written)
    assert restore(written)["booked"] == 0
    assert held() == before


def test_a_restored_deployment_goes_on_with_its_lake(
    written: str, lost: Any, restore: Any, footfall: Any, held: Any
) -> None:
    before = held()
    lost()
    restore(written)
    footfall("lake", "adopt", LAKE_URL=written)
    assert "nothing to write" in footfall("lake", "write", LAKE_URL=written).stdout
    assert restore(written)["restored"] == 0  # by its catalog
    assert held() == before


def test_a_restore_that_was_killed_anywhere_goes_on(
    written: str, held: Any, lost: Any, killing: Any, settings: Any
) -> None:
    before = held()
    lost()
    points = int(killing(0, "--format", "iceberg", "--json", LAKE_URL=written))
    assert held() == before
    lost()
    kills = 8
    command = ("--format", "iceberg", "--json")
    while killing(Random().randrange(points // 8, points) if kills else 0, *command, LAKE_URL=written) == "killed":
        kills -= 1
    assert kills < 8
    assert disagreements(settings) == {}
    assert held() == before


def test_a_lake_that_is_not_there_is_said(footfall: Any, url: str) -> None:
    assert "there is no table; see LAKE_URL" in footfall("import", "--format", "iceberg", exits=2, LAKE_URL=url).stderr
    assert "LAKE_URL is not set" in footfall("import", "--format", "iceberg", exits=2).stderr


def test_a_file_beside_the_lake_is_a_misunderstanding(footfall: Any, url: str) -> None:
    said = footfall("import", "x.parquet", "--format", "iceberg", exits=2, LAKE_URL=url).stderr
    assert "no FILE: LAKE_URL says where the lake is" in said


def test_a_lost_data_file_stops_the_restore(written: str, lost: Any, footfall: Any, tmp_path: Path, sql: Any) -> None:
    files = sorted((tmp_path / "lake/events/data").rglob("*.parquet"))
    files[-1].unlink()
    lost()
    said = footfall("import", "--format", "iceberg", exits=2, LAKE_URL=written).stderr
    assert "a file that the catalog or a table names is not there" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_a_damaged_data_file_is_named(written: str, lost: Any, footfall: Any, tmp_path: Path, harm: str) -> None:
    file = max((tmp_path / "lake/events/data").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    whole = bytearray(file.read_bytes())
    if harm == "cut":
        whole = whole[: len(whole) // 2]
    else:
        whole[4:40] = bytes(36)
    file.write_bytes(whole)
    lost()
    said = footfall("import", "--format", "iceberg", "--json", exits=1, LAKE_URL=written).stderr
    (line,) = said.splitlines()
    assert f"{file.name}: it is damaged (" in line


def test_a_place_is_after_a_file_only_when_all_of_it_came_back(
    written: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what a killed restore left out of a file would never come."""
    monkeypatch.setattr(lake, "BATCH", 3)
    with lake.opened(replace(settings, lake_url=written)) as origin:
        parts = [(part.file, part.place, part.rows.num_rows) for part in origin.parts(0)]
        assert max(rows for _, _, rows in parts) == 3
        of_file = [[place for _, place, _ in one] for _, one in groupby(parts, itemgetter(0))]
        assert [places[-1] for places in of_file] == list(range(1, origin.size + 1))
        assert all(place == last - 1 for *before, last in of_file for place in before)
        assert any(len(places) > 1 for places in of_file)
        assert [part.place for part in origin.parts(origin.size - 1)] == of_file[-1]


def test_of_a_line_that_is_there_in_part_the_rest_is_booked(engine: Any, sql: Any) -> None:
    """Two commits at one microsecond make two lines that look alike."""
    line = {"received_at": "2025-05-01T12:00:00Z", "source": "web", "name": "view", "verdict": "duplicate"}
    times = {"occurred_from": "2025-05-01T11:00:00Z", "occurred_to": "2025-05-01T11:59:00Z"}
    run.book(engine, [json.dumps([line | times | {"events": 3}]).encode()], "ledger")
    both = [json.dumps([line | times | {"events": 3}, line | times | {"events": 2}]).encode()]
    assert run.book(engine, both, "ledger") == 2
    assert run.book(engine, both, "ledger") == 0
    assert sql("select sum(events)::int, count(*) from tracking.ingest_ledger") == [(5, 2)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"verdict": "lost"}, "violates check constraint"), ({"name": "\0"}, "Unicode"), ({"events": 0}, "")],
)
def test_a_bad_line_of_the_ledger_is_refused(engine: Any, sql: Any, fields: dict[str, Any], said: str) -> None:
    line = {"received_at": "2025-05-01T12:00:00Z", "source": "web", "name": "view", "verdict": "duplicate", "events": 1}
    lines = [json.dumps([line | fields]).encode()]
    if said:
        with pytest.raises(Unrestorable, match=rf"lake: the ledger: the database refused them: .*{said}"):
            run.book(engine, lines, "lake: the ledger")
    else:
        assert run.book(engine, lines, "lake: the ledger") == 0
    assert sql("select from tracking.ingest_ledger") == []


def test_rows_that_were_deleted_from_the_lake_stay_away(
    written: str, lost: Any, restore: Any, settings: Any, sql: Any, footfall: Any
) -> None:
    """And the ledger does not book them."""
    ((theirs,),) = sql("select count(*) from tracking.events where creator = 'user-2'")
    with tables.read(replace(settings, lake_url=written)) as kept:
        kept.events.delete("creator = 'user-2'")
    assert theirs > 20
    lost()
    restore(written)
    assert sql("select count(*) from tracking.events where creator = 'user-2'") == [(0,)]
    assert json.loads(footfall("ledger", "--json", "--since", "5d").stdout)["balances"]
