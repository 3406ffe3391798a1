"""`import`: files go in once, whatever is in them and however often they come."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.database import disagreements
from fixtures.processes import environment
from tracking.imports.reader import Reader
from tracking.imports.run import Import
from tracking.imports.weblogs import form

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

    def run(lines: list[str] | bytes, *options: str, exits: int = 0, **more: str) -> tuple[dict[str, int], str]:
        file = tmp_path / "events"
        file.write_bytes(lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode())
        options = options or ("--format", "ndjson")
        done = footfall("import", str(file), "--source", "archive", "--json", *options, exits=exits, **more)
        counts = json.loads(done.stdout)
        assert counts["lines"] == sum(counts["verdicts"].values()) + sum(counts["excluded"].values())
        return {verdict: count for verdict, count in counts["verdicts"].items() if count}, done.stderr

    return run


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
    assert "receiver: TYPE:ID" in said.splitlines()[2]
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


def refused(footfall: Any, *arguments: str, **more: str) -> str:
    """What is said, in a line or two, where nothing is imported."""
    done = footfall("import", *arguments, exits=1, **more)
    assert "Traceback" not in done.output
    return str(done.stderr)


def nothing_is_left(sql: Any) -> bool:
    tables = ("events", "rejected_events", "ingest_ledger", "imports")
    left = [sql(f"select count(*) from tracking.{table}")[0][0] for table in tables]
    return left == [0, 0, 0, 0] and sql("select name from tracking.sources") == [("web",)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_pipe_is_imported_whole(footfall: Any, stored: Any, tmp_path: Path, pack: Any) -> None:
    """A file that is opened a second time begins anew; a pipe goes on, without what the first reading took."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pack("\n".join(combined(2_000)).encode()),))
    writer.start()
    done = footfall("import", str(pipe), "--format", "combined", "--source", "archive")
    writer.join()
    assert done.stdout == "2,000 events: 2,000 accepted\n"
    assert len(stored()) == 2_000


@pytest.mark.parametrize("path", ["<(cat {})", "/dev/stdin < <(cat {})", "- < {}"])
def test_whatever_the_shell_hands_over_is_imported_whole(settings: Any, stored: Any, tmp_path: Path, path: str) -> None:
    file = tmp_path / "events"
    file.write_text("\n".join(combined(2_000)))
    command = f"{sys.executable} -m tracking import {path.format(file)} --format combined --source archive --json"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(settings), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["verdicts"]["accepted"] == 2_000


def test_a_socket_is_imported_whole(settings: Any, stored: Any, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tracking", "import", "/dev/stdin", "--format", "ndjson", "--source", "archive"]
    with theirs, subprocess.Popen(command, env=environment(settings), stdin=theirs, stdout=subprocess.PIPE) as process:
        with ours:
            ours.sendall("\n".join(ndjson(2_000)).encode())
        said, _ = process.communicate()
    assert said == b"2,000 events: 2,000 accepted\n"


@pytest.mark.parametrize(
    ("arguments", "content", "reason"),
    [
        (("--format", "csv"), None, "No such file"),
        (("--format", "csv"), b"name,colour\n1,2\n", "the header row: unknown: colour"),
        (("--format", "csv"), b"\xff\xfen\0", "is UTF-16"),
        (("--format", "ndjson"), b"nonsense\n" * 500, "none of the first 100 lines"),
        (("--format", "combined"), b"\n".join(line.encode() for line in ndjson(200)), "It looks like --format ndjson"),
        (("--format", "csv"), b"\n".join(line.encode() for line in combined(9)), "It looks like --log-format combined"),
        (
            ("--log-format", "w3c"),
            b"\n".join(line.encode() for line in combined(9)),
            "It looks like --log-format combined",
        ),
    ],
)
def test_a_file_that_is_none_or_of_another_format_leaves_nothing_behind(
    footfall: Any, sql: Any, tmp_path: Path, arguments: tuple[str, ...], content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    said = refused(footfall, str(tmp_path / "x"), *arguments, "--source", "archive")
    assert reason in said
    assert str(tmp_path / "x") in said
    assert nothing_is_left(sql)


def test_a_wrong_file_is_found_out_before_a_database_is_needed(footfall: Any) -> None:
    assert "No such file" in refused(
        footfall, "/nope", "--format", "csv", "--source", "archive", DATABASE_URL="postgresql+psycopg://nowhere/x"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "say what FILE is"),
        (("--format", "csv", "--log-format", "main"), "are for access logs, not for csv"),
        (("--format", "ndjson", "--include", "head"), "are for access logs, not for ndjson"),
        (("--format", "combined", "--column", "occurred_at=ts"), "--column is for csv and ndjson"),
        (("--format", "csv", "--column", "occurred_at"), "not of the form TARGET=COLUMN"),
        (("--format", "csv", "--column", "when=ts"), "'when' is no part of an event"),
        (("--format", "csv", "--timezone", "Europe/Nowhere"), "is no timezone"),
        (("--log-format", "combind"), "no preset, and no pattern either"),
        (("--log-format", '$remote_adr [$time_local] "$request"'), "not known: $remote_adr ($remote_addr?)"),
        (("--format", "combined", "--include", "heads"), "heads: choose from head, errors"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_a_sentence(footfall: Any, options: tuple[str, ...], said: str) -> None:
    done = footfall("import", "/nope", "--source", "archive", *options, exits=2)
    assert said in " ".join(done.stderr.split())


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


@pytest.mark.parametrize(("days", "verdict"), [(29.5, "rejected"), (28.5, "accepted")])
def test_what_retention_is_about_to_drop_is_not_imported(importing: Any, days: float, verdict: str) -> None:
    """Of a day that is half gone, half would be counted."""
    moment = datetime.now(UTC) - timedelta(days=days)
    line = json.dumps({"occurred_at": moment.isoformat(), "name": "seen", "receiver": "job:1", "creator": "alice"})
    assert importing([line], exits=verdict == "rejected", RETENTION_DAYS="30")[0] == {verdict: 1}


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n"])
def test_a_table_is_read_whatever_ends_its_lines(importing: Any, stored: Any, ends: str) -> None:
    rows = [line.replace("user-1,", '"a\u2028b",') for line in csv(30)]
    assert importing(b"\xef\xbb\xbf" + ends.join(rows).encode(), "--format", "csv")[0] == {"accepted": 30}
    assert "a\u2028b" in {creator for _, creator, _, _ in stored()}


def test_a_table_in_latin_1_says_so_with_the_line(importing: Any) -> None:
    rows = csv(30)
    rows[7] = rows[7].replace("user-", "Müller-")
    counts, said = importing("\n".join(rows).encode("latin-1"), "--format", "csv")
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


def main_format(visitors: int) -> list[str]:
    """As nginx writes it behind a proxy: every address is the proxy's, but for the last."""
    return [
        line.replace(f"203.0.113.{n % 250} ", "10.0.0.1 ") + f' "198.51.100.{n}"'
        for n, line in enumerate(combined(visitors))
    ]


@pytest.mark.parametrize("options", [("--log-format", "main"), ("--format", "combined")])
def test_visitors_behind_a_proxy_are_visitors(importing: Any, stored: Any, options: tuple[str, ...]) -> None:
    assert importing(main_format(200), *options) == ({"accepted": 200}, "")
    assert len({creator for _, creator, _, _ in stored()}) == 200


def test_one_address_that_makes_nearly_everything_is_warned_of(importing: Any) -> None:
    lines = [re.sub(r"^\S+", "10.0.0.1", line) for line in combined(150)]
    counts, said = importing(lines[:100], "--format", "combined")
    assert (counts, said) == ({"accepted": 100}, "")
    _, said = importing(lines, "--format", "combined")
    assert said.startswith("warning: 10.0.0.1 makes 100% of the events. Is it a proxy")
    _, said = importing(lines[:130] + combined(20), "--format", "combined")
    assert said == ""


def test_what_is_nobodys_view_is_left_out_and_counted(footfall: Any, tmp_path: Path) -> None:
    lines = combined(12)
    changes = [("GET", "HEAD"), ("GET", "OPTIONS"), (" 200 ", " 404 "), (" 200 ", " 301 "), ("/jobs/4", "/a.css")]
    changes += [("/jobs/5", "/healthz"), ("Mozilla/5.0", "kube-probe/1.30"), (" 200 ", " 304 ")]
    for at, (old, new) in enumerate(changes):
        lines[at] = lines[at].replace(old, new, 1)
    (tmp_path / "log").write_text("\n".join(lines))
    done = footfall("import", str(tmp_path / "log"), "--format", "combined", "--source", "archive")
    assert done.stdout.splitlines() == [
        "5 events: 5 accepted",
        "7 requests left out (see --include): 2 head, 1 errors, 1 redirects, 1 static, 2 health",
    ]
    again = ("import", str(tmp_path / "log"), "--format", "combined", "--source", "archive", "--json", "--include")
    counts = json.loads(footfall(*again, "head,errors", "--include", "static").stdout)
    assert counts["excluded"] == {"redirects": 1, "health": 2}
    assert counts["verdicts"]["accepted"] == 4
    assert json.loads(footfall(*again, "all").stdout)["excluded"] == {}


def test_a_page_is_one_receiver_however_its_address_is_spelt(importing: Any, stored: Any) -> None:
    spelt = ["/caf%C3%A9", "/caf%c3%a9", "/%63afé", r"/caf\xC3\xA9", "//caf%c3%a9", "/x/../caf%C3%A9", "/caf%C3%A9?q#a"]
    lines = [line.replace(f"/jobs/{n}", path) for n, (line, path) in enumerate(zip(combined(7), spelt, strict=True))]
    importing(lines, "--format", "combined")
    assert {receiver for _, _, receiver, _ in stored()} == {"path:/caf%C3%A9"}


def test_an_import_with_other_options_does_not_go_on_where_this_one_stopped(
    importing: Any, sql: Any, tmp_path: Path
) -> None:
    """Its events are others: the lines before that place would be missing."""
    importing(combined(5), "--format", "combined")
    sql("delete from tracking.events")
    with Reader(str(tmp_path / "events")) as reader:
        stopped = Import(reader, form("combined"), "events", "these options", print)
    sql("insert into tracking.imports values ('archive', %s, 'events', 4, '{}')", stopped._fingerprint)
    assert importing(combined(5), "--format", "combined", "--creator", "address")[0] == {"accepted": 5}
