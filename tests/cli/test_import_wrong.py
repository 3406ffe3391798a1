"""`import` of what is no such file, or with options that do not fit: a sentence, and nothing left behind."""

from pathlib import Path
from typing import Any

import pytest

from fixtures.files import combined, ndjson


def refused(footfall: Any, *arguments: str, **more: str) -> str:
    """What is said, in a line or two, where nothing is imported."""
    done = footfall("import", *arguments, exits=1, **more)
    assert "Traceback" not in done.output
    return str(done.stderr)


def nothing_is_left(sql: Any) -> bool:
    tables = ("events", "rejected_events", "ingest_ledger", "imports")
    left = [sql(f"select count(*) from tracking.{table}")[0][0] for table in tables]
    return left == [0, 0, 0, 0] and sql("select name from tracking.sources") == [("web",)]


@pytest.mark.parametrize(
    ("arguments", "content", "reason"),
    [
        (("--format", "csv"), None, "No such file"),
        (("--format", "csv"), b"name,colour\n1,2\n", "the header row: unknown: colour"),
        (("--format", "csv"), b"\xff\xfen\0", "is UTF-16"),
        (("--format", "csv"), "name,creator\n".encode("utf-16-le"), "is it UTF-16? Save it as UTF-8"),
        (("--format", "csv"), "näme,creator\n".encode("latin-1"), "not UTF-8: byte 0xe4 at position 2"),
        (("--format", "csv"), b"\r\r", "it is empty"),
        (("--format", "ndjson"), b"nonsense\n" * 500, "of the first 100 lines none can be"),
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
