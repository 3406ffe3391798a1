"""jobs/lake/spark_counts.py by itself: its days, its CSV, and what it says when it cannot."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.spark import PROGRAM, counts_of, run_spark

SCHEMA = pa.schema(
    [("occurred_at", pa.timestamp("us", tz="UTC"))]
    + [(name, pa.string()) for name in ("creator", "receiver_type", "receiver_id", "name", "excluded")]
)
ODD = ' a "b", c\\'
"""A receiver's id that a careless CSV would change."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A list of two data files. The second has no column `excluded`, as of an older version, and one it need not know."""
    first = [
        (datetime(2026, 3, 8, 3, 29, 59, tzinfo=UTC), "alice", "job", "42", "view", None),
        (datetime(2026, 3, 8, 3, 30, 0, tzinfo=UTC), "alice", "job", "42", "view", None),
        (datetime(2026, 3, 8, 12, 0, 0, tzinfo=UTC), "bob", "job", "42", "view", None),
        (datetime(2026, 3, 8, 12, 0, 1, tzinfo=UTC), "bob", "job", "42", "view", "repeat"),
        (datetime(2026, 3, 9, 2, 29, 59, tzinfo=UTC), "alice", "job", ODD, "view", None),
    ]
    second = [(datetime(2026, 3, 8, 23, 0, 0, tzinfo=UTC), "alice", "job", "42", "view", "more")]
    paths = []
    for number, (rows, schema) in enumerate([(first, SCHEMA), (second, SCHEMA.set(5, pa.field("more", pa.string())))]):
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
        paths.append(tmp_path / f"{number}.parquet")
        pq.write_table(pa.table(columns, schema=schema), paths[-1])
    listed = tmp_path / "files"
    listed.write_text("".join(f"file://{path}\n" for path in paths))
    return listed


EXPECTED = {
    ("2026-03-07", "job", "42", "view"): (1, 1),
    ("2026-03-08", "job", "42", "view"): (3, 2),
    ("2026-03-08", "job", ODD, "view"): (1, 1),
}
"""In St. John's, which is 3:30 behind UTC; on that day it puts its clocks forward."""


def test_days_are_those_of_the_timezone_and_texts_stay_as_they_are(files: Path, tmp_path: Path) -> None:
    output = tmp_path / "counts"
    run_spark("--files", files, "--timezone", "America/St_Johns", "--output", output)
    assert counts_of(output) == EXPECTED


def test_half_of_a_file_is_named(files: Path, tmp_path: Path) -> None:
    half = tmp_path / "1.parquet"
    half.write_bytes(half.read_bytes()[:500])
    said = run_spark("--files", files, "--timezone", "UTC", "--output", tmp_path / "counts", exits=1)
    (line,) = [line for line in said.splitlines() if line.startswith("spark_counts.py: ")]  # Spark says more around it
    assert line.startswith("spark_counts.py: [FAILED_READ_FILE")
    assert "1.parquet" in line
    assert not (tmp_path / "counts/_SUCCESS").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timezone", "UTC", "--output", "x"], "one of the arguments --files --table is required"),
        (["--files", "x", "--timezone", "Berlin", "--output", "x"], "--timezone: 'Berlin' is no timezone"),
        (["--files", "x", "--output", "x"], "the following arguments are required: --timezone"),
        (["--files", "nowhere", "--timezone", "UTC", "--output", "x"], "--files nowhere: No such file or directory"),
        (["--files", "/dev/null", "--timezone", "UTC", "--output", "x"], "no file is listed; is the lake empty?"),
    ],
)
def test_a_wrong_argument_is_told_without_spark(arguments: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.stderr
