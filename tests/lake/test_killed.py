"""A run that is killed leaves tables that can be read, and the next run makes them complete, without doubles."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ago, event
from fixtures.processes import ROOT, environment
from lake.conftest import day
from lake.test_writing import rows, stored
from tracking.lake import days, running, tables, verify
from tracking.lake.files import under
from tracking.lake.schemas import EVENTS, LEDGER
from tracking.settings import Settings

RANDOM = 10

Kill = Callable[[Settings, str], str]


@pytest.fixture(scope="module")
def kill(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kill]:
    """Runs the job on a lake and kills it at this point; returns what is said."""
    env = environment(settings, PYTHONPATH=f"{ROOT}:{ROOT / 'tests'}")
    log = (tmp_path_factory.mktemp("killed") / "log").open("wb")
    with log, subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "killing.py")],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
    ) as process:  # fmt: skip

        def run(lake: Settings, point: str) -> str:
            process.stdin.write(f"{lake.lake_url} {point}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield run
        process.stdin.close()


@pytest.fixture
def places(lake: Settings, arrived: Any, sql: Any) -> Iterator[Settings]:
    """Empty lakes, one after the other, with two days to write."""
    for days_ago in (2, 1):
        arrived(event(), event(occurred_at=ago(days=4)), event(name="?"), days=days_ago)

    def make() -> Iterator[Settings]:
        number = 0
        while True:
            sql("delete from lake.iceberg_tables")
            sql("delete from tracking.lake_days")
            yield replace(lake, lake_url=f"{lake.lake_url}/{number}")
            number += 1

    return make()


def check_readable(lake: Settings) -> None:
    """What the lake lists it has whole, and nothing else is to be seen."""
    assert verify.verify(lake, lambda *_: None).faults == []
    with tables.read(lake) as found:
        if found is not None:
            assert days.whole(found.events) <= days.whole(found.ledger)


def check_completed(lake: Settings, sql: Any) -> None:
    """The next run makes it complete, and has each row once."""
    running.write_due(lake)
    assert rows(lake) == stored(sql, EVENTS)
    assert rows(lake, "ledger") == stored(sql, LEDGER)
    assert sql("select day from tracking.lake_days order by day") == [(day(2),), (day(1),)]


def test_killed_at_ten_random_points(kill: Kill, places: Iterator[Settings], sql: Any) -> None:
    calls = int(kill(next(places), "never"))
    assert calls > 1000
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    for _ in range(RANDOM):
        lake, point = next(places), chance.randint(1, calls - 50)
        assert kill(lake, str(point)) == "killed 9", f"seed {seed}, point {point}"
        check_readable(lake)
        check_completed(lake, sql)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("MetastoreCatalog._write_metadata return 1", id="a table lies there, and the catalog has none"),
        pytest.param("SqlCatalog.create_table return 1", id="one table is made, and the other is not"),
        pytest.param("ParquetFormatWriter.write return 2", id="a file is half written"),
        pytest.param("write_file.<locals>.write_data_file return 2", id="between two files"),
        pytest.param("SqlCatalog.commit_table call 1", id="before the commit"),
        pytest.param(
            "MetastoreCatalog._write_metadata return 3", id="new metadata lies there, the catalog has the old"
        ),
        pytest.param("SqlCatalog.commit_table return 1", id="between the two tables"),
        pytest.param("SqlCatalog.commit_table return 2", id="published, and not noted"),
        pytest.param("SqlCatalog.commit_table return 3", id="in the second day"),
    ],
)
def test_killed_at_a_point_that_matters(kill: Kill, places: Iterator[Settings], sql: Any, point: str) -> None:
    lake = next(places)
    assert kill(lake, point) == "killed 9"
    check_readable(lake)
    check_completed(lake, sql)


class Met:
    """Lets two runs go on once both have read a day, and neither has published it."""

    def __init__(self, barrier: threading.Barrier) -> None:
        self._barrier: threading.Barrier | None = barrier

    def due(self, events: int) -> None:
        pass

    def read(self, events: int) -> None:
        barrier, self._barrier = self._barrier, None
        if barrier is not None:
            barrier.wait(30)


def test_two_runs_at_once_write_each_day_once(places: Iterator[Settings], sql: Any) -> None:
    lake = next(places)
    with tables.written(lake):  # made before: the runs meet later
        pass
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(running.write_due, lake, Met(barrier)) for _ in range(2)]
        written = [one.day for run in runs for one in run.result()]
    assert sorted(written) == [day(2), day(1)]
    check_completed(lake, sql)
    files = {file.location for name in ("events", "ledger") for file in under(f"{lake.lake_url}/{name}/data")}
    with tables.read(lake) as found:
        named = {
            task.file.file_path
            for table in found
            for snapshot in table.snapshots()
            for task in table.scan(snapshot_id=snapshot.snapshot_id).plan_files()
        }
    assert files == named, "the files of the one that was too late are gone"


def test_a_run_that_is_overtaken_leaves_what_is_there(places: Iterator[Settings], sql: Any) -> None:
    lake = next(places)

    class Overtaken(Met):
        def due(self, events: int) -> None:
            assert len(running.write_due(lake)) == 2

    assert running.write_due(lake, Overtaken(threading.Barrier(1))) == []
    check_completed(lake, sql)


def test_two_runs_that_make_the_tables_at_once(places: Iterator[Settings], sql: Any) -> None:
    lake = next(places)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(running.write_due, lake) for _ in range(2)]
        assert sorted(one.day for run in runs for one in run.result()) == [day(2), day(1)]
    check_completed(lake, sql)
