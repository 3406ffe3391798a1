"""`import` of files that are not whole: one that still grows, one that was cut off."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from fixtures.files import MADE, combined, csv, ndjson


@pytest.mark.parametrize(
    ("format_", "missing"),
    [("combined", 2), ("combined", 9), ("combined", 30), ("ndjson", 2), ("ndjson", 30), ("csv", 9), ("csv", 30)],
)
def test_a_file_that_grows_counts_each_line_once_and_whole(
    importing: Any, stored: Any, format_: str, missing: int
) -> None:
    """Half a line may look like a whole one, with a proxy's address and without the visitor's."""
    end = {"combined": ' "198.51.100.7"'}.get(format_, "")
    whole = "".join(f"{line}{end}\n" for line in MADE[format_](7)).encode()
    importing(whole[:-missing], "--format", format_, exits=int(format_ != "combined"))
    importing(whole, "--format", format_)
    grown = stored()
    importing(whole, "--format", format_)
    assert len(stored()) == len(grown) == 7


def test_a_last_line_without_an_end_is_told_and_counted(footfall: Any, tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("\n".join(combined(3))[:-5])
    done = footfall("import", str(file), "--format", "combined", "--source", "archive")
    assert done.stdout == "2 events: 2 accepted\n1 line left out: it has no end yet\n"
    assert "line 3: left out: it has no line end, so a server may still be writing it; import again" in done.stderr


@pytest.mark.parametrize(("format_", "content"), [("csv", csv(3)), ("ndjson", ndjson(3))])
def test_events_whose_last_line_was_left_out_are_no_success(importing: Any, format_: str, content: list[str]) -> None:
    """Nobody imports a table again that was complete, but for its end."""
    found, said = importing("\n".join(content)[:-20].encode(), "--format", format_, exits=1)
    assert found == {"accepted": 2}
    assert said.endswith("its last line is not imported: it needs a line end\n")


@pytest.mark.parametrize("format_", MADE)
def test_what_is_whole_needs_no_line_end(importing: Any, format_: str) -> None:
    """As the last line of a file that somebody made by hand."""
    assert importing("\n".join(MADE[format_](3)).encode(), "--format", format_) == ({"accepted": 3}, "")


@pytest.mark.parametrize("lines", [300, 3_000])
def test_a_file_that_could_not_be_read_to_its_end_is_no_success_however_often(
    importing: Any, stored: Any, sql: Any, lines: int
) -> None:
    packed = gzip.compress("".join(f"{line}\n" for line in combined(lines)).encode())
    counts, said = importing(packed[: len(packed) // 2], "--format", "combined", exits=1)
    assert 100 < counts["accepted"] < lines
    assert f"nothing after line {counts['accepted']:,} was read" in said
    assert sql("select count(*) from tracking.imports") == [(1,)]
    again, said = importing(packed[: len(packed) // 2], "--format", "combined", exits=1)
    assert again == counts
    assert "was read" in said
    assert importing(packed, "--format", "combined")[0].keys() == {"accepted", "duplicate"}
    assert len(stored()) == lines


def test_a_file_of_which_nothing_can_be_read_says_why(footfall: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(gzip.compress(combined(1)[0].encode())[:20])
    done = footfall("import", str(tmp_path / "x"), "--format", "combined", "--source", "archive", exits=1)
    assert "the gzip data ends too early" in done.stderr


def test_what_stands_behind_a_packed_file_is_warned_of(importing: Any) -> None:
    packed = gzip.compress("".join(f"{line}\n" for line in combined(300)).encode())
    counts, said = importing(packed + b"rubbish", "--format", "combined")
    assert counts == {"accepted": 300}
    assert said == "warning: after the gzip data there is something else, which is not read\n"
