"""Runs jobs/lake/spark_counts.py, in the virtual environment that `make test` makes for it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.processes import ROOT

PYTHON = ROOT / ".venv-spark/bin/python"
PROGRAM = ROOT / "jobs/lake/spark_counts.py"


def run_spark(*arguments: object, exits: int = 0) -> str:
    """What the program said on standard error; Spark runs within it, with two threads."""
    if not PYTHON.exists() or shutil.which("java") is None:
        pytest.skip(f"Spark needs {PYTHON.parent.parent.name} and Java 17: make test brings both, as root on Debian")
    quick = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    conf = " ".join(f"--conf {name}={value}" for name, value in quick.items())
    ours = {"PYSPARK_SUBMIT_ARGS": f"--master local[2] {conf} pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [PYTHON, PROGRAM, *map(str, arguments)],
        env=os.environ | ours,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == exits, done.stderr
    return done.stderr


def counts_of(folder: Path) -> dict[tuple[str, ...], tuple[int, int]]:
    """The counts in the CSV files of a folder, by day, receiver and name."""
    assert (folder / "_SUCCESS").exists()
    rows: list[dict[str, str]] = []
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            rows += csv.DictReader(text)
    key = ("day", "receiver_type", "receiver_id", "name")
    counts = {tuple(row[name] for name in key): (int(row["events"]), int(row["creators"])) for row in rows}
    assert len(counts) == len(rows), "a day, receiver and name came twice"
    return counts
