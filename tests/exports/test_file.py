"""`python -m tracking export FILE`: a file that is there when it is whole."""

from __future__ import annotations

import csv
import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from fixtures.cast import ago, event
from tracking.exports.files import whole


@pytest.fixture
def stored(verdicts: Any, settled: Any, receivers: None) -> list[str]:
    """Ids of three events of two customers, in the order of their arrival."""
    sent = [event(), event(receiver="job:77", occurred_at=ago(days=2)), event(name="click", properties={"a": [1]})]
    for one in sent:
        verdicts(one)
    settled()
    return [one["id"] for one in sent]


def ids(path: Path) -> list[str]:
    """The ids in a file of any of the forms."""
    if path.suffix == ".parquet":
        return parquet.read_table(path).column("event_id").to_pylist()
    octets = path.read_bytes()
    lines = (gzip.decompress(octets) if path.suffix == ".gz" else octets).decode().split("\n")[:-1]
    if ".csv" in path.name:
        return [row["event_id"] for row in csv.DictReader(lines)]
    return [json.loads(line)["event_id"] for line in lines]


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.csv", "a.csv.gz", "a.parquet"])
def test_the_ending_says_which_form(footfall: Any, stored: list[str], tmp_path: Path, name: str) -> None:
    said = footfall("export", str(tmp_path / name)).output
    assert ids(tmp_path / name) == stored
    assert "3 events; go on with --since 20" in said
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_next_export_goes_on_where_the_last_one_ended(
    footfall: Any, stored: list[str], tmp_path: Path, verdicts: Any, sql: Any
) -> None:
    said = json.loads(footfall("export", str(tmp_path / "1.ndjson"), "--json").stdout)
    assert said == {
        "file": str(tmp_path / "1.ndjson"),
        "format": "ndjson",
        "events": 3,
        "next_cursor": said["next_cursor"],
    }
    late = event(occurred_at=ago(days=3))
    verdicts(late)
    sql("select pg_sleep(1.1)")  # its arrival is settled then
    said = json.loads(footfall("export", str(tmp_path / "2.csv"), "--since", said["next_cursor"], "--json").stdout)
    assert said["events"] == 1
    assert ids(tmp_path / "2.csv") == [late["id"]]


def test_filters_are_the_apis(footfall: Any, stored: list[str], tmp_path: Path) -> None:
    out = tmp_path / "a.ndjson"
    for options, meant in {
        ("--owner", "globex"): stored[1:2],
        ("--name", "cl*", "--name", "x"): stored[2:],
        ("--receiver", "job:42", "--action", "view"): stored[:1],
        ("--to", ago(days=1)): stored[1:2],
        ("--source", "ios"): [],
    }.items():
        footfall("export", str(out), "--force", *options)
        assert ids(out) == meant, options


def test_standard_output_is_a_file_too(shell: Any, stored: list[str]) -> None:
    done = shell("export", "-")
    assert [json.loads(line)["event_id"] for line in done.stdout.splitlines()] == stored
    assert "3 events; go on with --since" in done.stderr
    done = shell("export", "-", "--format", "csv", "--json")
    assert [row["event_id"] for row in csv.DictReader(done.stdout.splitlines())] == stored
    assert json.loads(done.stderr)["events"] == 3


def test_a_file_is_replaced_only_by_force(footfall: Any, stored: list[str], tmp_path: Path) -> None:
    out = tmp_path / "a.ndjson"
    out.write_text("precious")
    assert "is there already; --force replaces it" in footfall("export", str(out), exits=1).output
    assert out.read_text() == "precious"
    footfall("export", str(out), "--force")
    assert ids(out) == stored


@pytest.mark.parametrize(
    ("name", "options", "exits", "says"),
    [
        ("a.parquet.gz", (), 2, "FILE ends with .gz, and Parquet is compressed inside: let it end with .parquet"),
        ("a.xml", (), 2, "FILE ends with none of .ndjson, .csv, .parquet; name its form by --format"),
        ("nowhere/a.csv", (), 1, "cannot be written: No such file or directory"),
        (".", ("--format", "csv", "--force"), 1, "is no file; write to standard output with - instead"),
        ("a.csv", ("--since", "yesterday"), 2, "--since: expected the Next-Cursor of an answer"),
        ("a.csv", ("--since", "2199-01-01T00:00:00Z"), 1, "--since: it lies in the future"),
        ("a.csv", ("--receiver", "job"), 2, "--receiver: TYPE:ID"),
        ("a.csv", ("--name", "a", "--action", "b"), 2, "--action: give names or actions, not both"),
        ("a.csv", ("--from", "2026-01-02", "--to", "2026-01-01"), 2, "--from: from must be before to"),
        ("a.csv", ("--timezone", "Mars"), 2, "--timezone: "),
        ("x" * 300 + ".csv", (), 1, "cannot be written: File name too long"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    footfall: Any, tmp_path: Path, name: str, options: tuple[str, ...], exits: int, says: str
) -> None:
    done = footfall("export", str(tmp_path / name), *options, exits=exits)
    assert says in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def write() -> None:
        with whole(path, replace=False) as out:
            out.write(b"ours")
            path.write_text("theirs")

    with pytest.raises(FileExistsError):
        write()
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_export_leaves_no_file_of_its_name(child: Any, tmp_path: Path, stored: list[str]) -> None:
    """It writes to a file beside it; a pipe in its place shows that it is in the middle."""
    out = tmp_path / "a.ndjson"
    running = child("-c", SLOW, str(out))
    running.says("in the middle")
    (draft,) = tmp_path.glob(".*.part")
    running.end(signal.SIGKILL)
    assert not out.exists()
    draft.unlink()

    running = child("-c", SLOW, str(out))
    running.says("in the middle")
    running.end(signal.SIGINT)
    assert list(tmp_path.glob("*a.ndjson")) == []
    assert list(tmp_path.glob(".*.part")) == [], "an interrupted one takes its draft away"


SLOW = """
import sys, time
from tracking.cli import main
from tracking.exports.ndjson import Lines
def end(self):
    print("in the middle", file=sys.stderr, flush=True)
    time.sleep(60)
Lines.end = end
sys.argv = ["tracking", "export", sys.argv[1]]
main()
"""
