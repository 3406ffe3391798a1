"""`import`: files go in once, whatever is in them and however often they come."""

import gzip
import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.database import disagreements

START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=60)


def moments(count: int, over: timedelta = timedelta(days=20)) -> Iterator[datetime]:
    return (START + n * over / count for n in range(count))


def ndjson(count: int) -> list[str]:
    return [
        json.dumps(
            {
                "occurred_at": moment.isoformat(),
                "name": "seen",
                "receiver": f"job:{n % 7}",
                "creator": f"user-{n % 11}",
                "properties": {"n": n},
            }
        )
        for n, moment in enumerate(moments(count))
    ]


def csv(count: int) -> list[str]:
    return ["occurred_at,name,receiver,creator,properties.n"] + [
        f"{moment.isoformat()},seen,job:{n % 7},user-{n % 11},{n}" for n, moment in enumerate(moments(count))
    ]


def combined(count: int) -> list[str]:
    return [
        f'203.0.113.{n % 250} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET /jobs/{n} HTTP/1.1" 200 {n} "-" "Mozilla/5.0"'
        for n, moment in enumerate(moments(count))
    ]


MADE = {"ndjson": ndjson, "csv": csv, "combined": combined}


@pytest.fixture
def importing(footfall: Any, tmp_path: Path) -> Any:
    """Imports these lines, and returns the verdicts and what was said beside them."""

    def run(lines: list[str] | bytes, format_: str = "ndjson", **options: Any) -> tuple[dict[str, int], str]:
        file = tmp_path / "events"
        file.write_bytes(lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode())
        done = footfall("import", str(file), "--format", format_, "--source", "archive", "--json", **options)
        counts = json.loads(done.stdout)
        assert counts["lines"] == sum(counts["verdicts"].values())
        return {verdict: count for verdict, count in counts["verdicts"].items() if count}, done.stderr

    return run


@pytest.mark.parametrize("format_", MADE)
def test_a_file_is_stored_and_a_second_import_adds_nothing(
    importing: Any, stored: Any, settings: Any, format_: str
) -> None:
    lines = MADE[format_](2_345)
    assert importing(lines, format_) == ({"accepted": 2_345}, "")
    rows = stored()
    assert len(rows) == 2_345
    assert importing(lines, format_) == ({"duplicate": 2_345}, "")
    assert stored() == rows
    assert disagreements(settings) == {}


def test_the_source_is_made_and_no_credential_of_it_opens_anything(importing: Any, sql: Any) -> None:
    importing(ndjson(3))
    assert sql("select name, rights from tracking.sources where name = 'archive'") == [("archive", [])]
    assert sql("select distinct source from tracking.events") == [("archive",)]


def test_a_packed_file_is_the_same_file(importing: Any, stored: Any) -> None:
    lines = ndjson(50)
    importing(lines)
    assert importing(gzip.compress("\n".join(lines).encode()))[0] == {"duplicate": 50}
    assert len(stored()) == 50


def test_bad_lines_are_reported_and_their_neighbours_go_in(importing: Any, stored: Any) -> None:
    lines = ndjson(6)
    lines[1] = "{nonsense"
    lines[3] = json.dumps({"name": "seen"})
    lines[4] = lines[4].replace("job:", "Job:")
    counts, said = importing(lines)
    assert counts == {"accepted": 3, "rejected": 3}
    assert [line.partition(":")[0] for line in said.splitlines()] == ["line 2", "line 4", "line 5"]
    assert "receiver: TYPE:ID" in said.splitlines()[2]
    assert len(stored()) == 3


def test_of_many_bad_lines_the_first_are_told(importing: Any) -> None:
    counts, said = importing(["nonsense"] * 5_000 + ndjson(1))
    assert counts == {"accepted": 1, "rejected": 5_000}
    assert len(said.splitlines()) == 11


def test_lines_from_an_absurd_time_are_rejected(importing: Any, sql: Any) -> None:
    """Each day of events is a chunk: a wrong clock must not make one in 1970."""
    lines = [
        line.replace(str(START.year), year, 1) for line, year in zip(ndjson(3), ("1970", "0001", "9999"), strict=True)
    ]
    assert importing(lines)[0] == {"rejected": 3}
    assert sql("select count(*) from timescaledb_information.chunks where hypertable_name = 'events'") == [(0,)]


def test_an_empty_file_is_no_mistake(importing: Any) -> None:
    assert importing([]) == ({}, "")


def test_standard_input_is_a_file_too(footfall: Any, stored: Any) -> None:
    done = footfall("import", "-", "--format", "ndjson", "--source", "archive", stdin="\n".join(ndjson(3)))
    assert done.stdout == "3 events: 3 accepted\n"
    assert len(stored()) == 3


def test_a_revoked_source_takes_no_import(footfall: Any, sql: Any, tmp_path: Path) -> None:
    sql("insert into tracking.sources (name, revoked_at) values ('archive', now())")
    (tmp_path / "x").write_text(ndjson(1)[0])
    done = footfall("import", str(tmp_path / "x"), "--format", "ndjson", "--source", "archive", exits=1)
    assert "revoked" in done.stderr


def test_a_file_of_another_kind_is_refused_in_a_line(footfall: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04")
    done = footfall("import", str(tmp_path / "x"), "--format", "csv", "--source", "archive", exits=1)
    assert done.stderr.count("\n") == 1
    assert "zip archive" in done.stderr


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    child: Any, footfall: Any, stored: Any, sql: Any, settings: Any, tmp_path: Path
) -> None:
    """Every line is stored once, and counted in the aggregates, also of the part before the kill."""
    lines = ndjson(20_000)
    lines[150] = "nonsense"
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(lines))
    command = ("import", str(file), "--format", "ndjson", "--source", "archive", "--json")
    process = child("-m", "tracking", *command)
    until = time.monotonic() + 60
    while not (sql("select lines from tracking.imports where lines >= 3000")):
        assert process.process.poll() is None, process.log
        assert time.monotonic() < until
    process.end(signal.SIGKILL)
    there = len(stored())
    assert 3_000 <= there + 1 < 20_000

    done = footfall(*command)
    counts = json.loads(done.stdout)["verdicts"]
    assert "going on after line" in done.stderr
    assert counts["rejected"] == 1
    assert counts["accepted"] + counts["duplicate"] == 19_999
    assert len(stored()) == 19_999
    assert disagreements(settings) == {}
    assert sql("select count(*) from tracking.imports") == [(0,)]
    assert json.loads(footfall(*command).stdout)["verdicts"]["duplicate"] == 19_999
