"""Daily counts and exact uniques from the lake, by Apache Spark: the same numbers as `fact_daily`.

It needs nothing of Footfall: this file alone is sent to a cluster (docs/lake.md). For each day of a timezone, receiver
and name it writes `events` and `creators`; events that are excluded do not count. The lake's data files are given by a
list, as `python -m tracking lake files` prints it, or Spark's own catalog knows the table by its name.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import available_timezones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "occurred_at timestamp, creator string, receiver_type string, receiver_id string, name string, excluded string"
CSV = {"header": "true", "escape": '"', "ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"}
"""CSV as RFC 4180 has it; by itself Spark cuts blanks off, and writes a quote in a text as no other program does."""
CLASS = re.compile(r"\[[A-Z][A-Z0-9_.]+\] ")
KEY = ("day", "receiver_type", "receiver_id", "name")


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the counts; a fault that a person can mend is one line, and exit status 1 (2: an argument is wrong)."""
    options = _parsed(arguments)
    files = _listed(options.files) if options.files else []

    from py4j.protocol import Py4JError  # noqa: PLC0415 (a wrong argument is told without Spark)
    from pyspark.errors import PySparkException  # noqa: PLC0415 (as above)
    from pyspark.sql import SparkSession  # noqa: PLC0415 (as above)

    session = SparkSession.builder.appName("footfall daily counts").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    try:
        events = session.table(options.table) if options.table else _read(session, files)
        written = daily(events, options.timezone).write.format(options.format)
        (written.options(**CSV) if options.format == "csv" else written).save(options.output)
    except (PySparkException, Py4JError) as error:
        _fail(_sentence(str(error)))
    finally:
        session.stop()


def daily(events: DataFrame, timezone: str) -> DataFrame:
    """The counts by day of the timezone, receiver and name: `events`, and `creators`, each of whom counts once."""
    from pyspark.sql import functions as sql  # noqa: PLC0415 (as above)

    day = sql.to_date(sql.from_utc_timestamp("occurred_at", timezone))
    return (
        events.where("excluded is null")
        .withColumn("day", day)
        .groupBy(*KEY)
        .agg(sql.count("*").alias("events"), sql.countDistinct("creator").alias("creators"))
    )


def _read(session: SparkSession, files: list[str]) -> DataFrame:
    return session.read.schema(SCHEMA).parquet(*files)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Daily counts and exact uniques from Footfall's lake.")
    events = parser.add_mutually_exclusive_group(required=True)
    events.add_argument("--files", metavar="LIST", help="a file with the path of a data file in each line")
    events.add_argument("--table", metavar="NAME", help="the table in Spark's catalog, as in glue.footfall.events")
    parser.add_argument("--timezone", required=True, metavar="ZONE", help="whose days are counted, as in Europe/Berlin")
    parser.add_argument("--output", required=True, metavar="FOLDER", help="where the counts go; it must not exist yet")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv", help="of the counts (default: csv)")
    options = parser.parse_args(arguments)
    if options.timezone not in available_timezones():
        parser.error(f"--timezone: {options.timezone!r} is no timezone, such as Europe/Berlin")
    return options


def _listed(path: str) -> list[str]:
    try:
        files = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"--files {path}: {getattr(error, 'strerror', None) or 'not a text'}")
    files = [file for file in files if file]
    if not files:
        _fail(f"--files {path}: no file is listed; is the lake empty?")
    return files


def _sentence(said: str) -> str:
    """What Spark says, without its stack: the line of the error's class, which names the file, or the first line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["Spark failed"]
    found = [line[at.start() :] for line in lines if (at := CLASS.search(line))]
    return (found or lines)[0][:500]


def _fail(message: str) -> NoReturn:
    sys.exit(f"spark_counts.py: {message}")


if __name__ == "__main__":
    main()
