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
from fixtures.files import MADE, START, combined, csv, ndjson
from tracking.imports.reader import Reader
from tracking.imports.run import Import
from tracking.imports.weblogs import form


@pytest.mark.parametrize("format_", MADE)
def test_a_file_is_stored_and_a_second_import_adds_nothing(
    importing: Any, stored: Any, settings: Any, format_: str
) -> None:
    lines = MADE[format_](2_345)
    assert importing(lines, "--format", format_) == ({"accepted": 2_345}, "")
    rows = stored()
    assert len(rows) == 2_345
    assert importing(lines, "--format", format_) == ({"duplicate": 2_345}, "")
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
    assert "receiver: expected TYPE:ID" in said.splitlines()[2]
    assert len(stored()) == 3


def test_of_many_bad_lines_the_first_are_told(importing: Any) -> None:
    counts, said = importing(ndjson(20) + ["nonsense"] * 5_000)
    assert counts == {"accepted": 20, "rejected": 5_000}
    assert len(said.splitlines()) == 11


def test_lines_from_an_absurd_time_are_rejected(importing: Any, sql: Any) -> None:
    """Each day of events is a chunk: a wrong clock must not make one in 1970."""
    lines = [
        line.replace(str(START.year), year, 1) for line, year in zip(ndjson(3), ("1970", "0001", "9999"), strict=True)
    ]
    assert importing(lines, exits=1)[0] == {"rejected": 3}
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


@pytest.mark.parametrize(
    ("lines", "exits"),
    [
        ([line.replace(str(START.year), "1999", 1) for line in ndjson(10)], 1),
        ([*(line.replace(str(START.year), "1999", 1) for line in ndjson(10)), ndjson(1)[0]], 0),
    ],
    ids=["all", "all but one"],
)
def test_an_import_of_which_everything_is_rejected_has_failed(importing: Any, lines: list[str], exits: int) -> None:
    counts, _ = importing(lines, exits=exits)
    assert counts["rejected"] == 10


@pytest.fixture
def kept_30_days(footfall: Any) -> Iterator[None]:
    """The deployment has decided to keep raw events for 30 days."""
    footfall("migrate", RETENTION_DAYS="30")
    yield
    footfall("migrate")


@pytest.mark.parametrize(("days", "verdict"), [(30.5, "rejected"), (29.5, "rejected"), (28.5, "accepted")])
def test_what_retention_is_about_to_drop_is_not_imported(
    importing: Any, kept_30_days: None, days: float, verdict: str
) -> None:
    """Of a day that is half gone, half would be counted."""
    moment = datetime.now(UTC) - timedelta(days=days)
    line = json.dumps({"occurred_at": moment.isoformat(), "name": "seen", "receiver": "job:1", "creator": "alice"})
    assert importing([line], exits=verdict == "rejected", RETENTION_DAYS="30")[0] == {verdict: 1}


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n"])
def test_a_table_is_read_whatever_ends_its_lines(importing: Any, stored: Any, ends: str) -> None:
    rows = [line.replace("user-1,", '"a\u2028b",') for line in csv(30)]
    assert importing(b"\xef\xbb\xbf" + ends.join([*rows, ""]).encode(), "--format", "csv")[0] == {"accepted": 30}
    assert "a\u2028b" in {creator for _, creator, _, _ in stored()}


def test_a_table_in_latin_1_says_so_with_the_line(importing: Any) -> None:
    rows = csv(30)
    rows[7] = rows[7].replace("user-", "Müller-")
    counts, said = importing("\n".join([*rows, ""]).encode("latin-1"), "--format", "csv")
    assert counts == {"accepted": 29, "rejected": 1}
    assert said.startswith("line 8: not UTF-8: byte 0xfc")


def test_columns_and_a_timezone_are_said_by_options(importing: Any, sql: Any) -> None:
    rows = [
        "ts;what;who;on;colour",
        "2026-07-01 12:00:00;seen;4711;job:1;red",
        "2026-07-01 12:00:00+00;seen;4712;job:1;",
    ]
    given = ("occurred_at=ts", "name=what", "creator=who", "receiver=on")
    options = [part for pair in given for part in ("--column", pair)]
    assert importing(rows, "--format", "csv", "--timezone", "Europe/Berlin", *options)[0] == {"accepted": 2}
    assert sql("select creator, occurred_at at time zone 'UTC' from tracking.events order by 1") == [
        ("4711", datetime(2026, 7, 1, 10)),  # noqa: DTZ001
        ("4712", datetime(2026, 7, 1, 12)),  # noqa: DTZ001
    ]


def test_an_import_with_other_options_does_not_go_on_where_this_one_stopped(
    importing: Any, sql: Any, tmp_path: Path
) -> None:
    """Its events are others: the lines before that place would be missing."""
    importing(combined(5), "--format", "combined")
    sql("delete from tracking.events")
    with Reader(str(tmp_path / "events")) as reader:
        stopped = Import(reader, form("combined"), "events", "these options", print)
    sql("insert into tracking.imports values ('archive', %s, 'events', 4, '{}')", stopped.fingerprint)
    assert importing(combined(5), "--format", "combined", "--creator", "address")[0] == {"accepted": 5}
