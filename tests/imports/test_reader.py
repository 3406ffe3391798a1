"""From a file to its lines, whatever is wrong with the file."""

import gzip
import io
import os
import random
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest

from tracking.imports import Line, Unreadable, csvfile, ndjson, weblogs
from tracking.imports.reader import HEAD, MAX_LINE, Reader


def read(path: Path, errors: str = "strict") -> list[Line]:
    with Reader(str(path), errors) as reader:
        return list(reader)


def tarred(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("access.log")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def texts(lines: list[Line]) -> list[tuple[int, str, str | None]]:
    return [(line.number, line.text, line.problem) for line in lines]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\ntwo", ["one", "two"]),
        (b"\n\nthree\n", ["", "", "three"]),
        (b"\xef\xbb\xbfone\n", ["one"]),
        (b"a\x00b\n", ["a\0b"]),
        (b"a\x0bb\x0cc\xc2\x85d\xe2\x80\xa8e\n", ["a\x0bb\x0cc\x85d\u2028e"]),
        (b"one\rtwo\r", ["one", "two"]),
        (b"one\rtwo\r\n\r\nfour\nfive", ["one", "two", "", "four", "five"]),
        (b"one\n\xef\xbb\xbftwo\n", ["one", "two"]),
        (b"one\n" + b"\0" * 4096 + b"two\n\0\0\n", ["one", "two", ""]),
        (b"x" * (HEAD - 1) + b"\r\ntwo\r\n", ["x" * (HEAD - 1), "two"]),
        (b"\x1f", ["\x1f"]),
    ],
)
def test_lines_end_with_lf_crlf_or_cr_and_with_nothing_else(file: Path, content: bytes, expected: list[str]) -> None:
    file.write_bytes(content)
    assert texts(read(file)) == [(number, text, None) for number, text in enumerate(expected, 1)]
    file.write_bytes(gzip.compress(content))
    assert [line.text for line in read(file)] == expected


def test_a_last_line_without_an_end_is_marked(file: Path) -> None:
    file.write_bytes(b"one\ntwo")
    assert [line.is_ended for line in read(file)] == [True, False]


def test_gzip_is_told_by_its_content_not_by_its_name(file: Path) -> None:
    named = file.with_suffix(".gz")
    named.write_bytes(b"plain\n")
    file.write_bytes(gzip.compress(b"packed\n"))
    assert [line.text for line in read(named) + read(file)] == ["plain", "packed"]


def test_gzip_files_joined_with_cat_are_one_file(file: Path) -> None:
    file.write_bytes(gzip.compress(b"one\nhal") + gzip.compress(b"f\nthree\n"))
    assert [line.text for line in read(file)] == ["one", "half", "three"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_progress_grows_to_the_size_on_the_disk(file: Path, pack: object) -> None:
    noise = random.Random(1)
    file.write_bytes(pack(b"".join(b"%030x\n" % noise.getrandbits(120) for _ in range(30_000))))  # type: ignore[operator]
    with Reader(str(file)) as reader:
        progress = [line.progress for line in reader]
    assert reader.size == file.stat().st_size == progress[-1]
    assert progress == sorted(progress)
    assert progress[len(progress) // 2] == pytest.approx(reader.size / 2, rel=0.2)


def test_a_line_that_is_too_long_costs_only_itself(file: Path) -> None:
    file.write_bytes(b"a" * MAX_LINE + b"\n" + b"b" * (MAX_LINE + 1) + b"\n" + b"c" * (3 * MAX_LINE) + b"\r\nlast\n")
    first, second, third, last = read(file)
    assert (len(first.text), first.problem) == (MAX_LINE, None)
    assert second.problem == third.problem == "the line is longer than 1,048,576 bytes"
    assert last[0::2] == (4, "last", True)


def test_what_is_not_utf_8_is_reported_or_escaped(file: Path) -> None:
    file.write_bytes(b"good\nbad \xe4\nsurrogate \xed\xa0\x80\ngood\n")
    assert texts(read(file)) == [
        (1, "good", None),
        (2, "", "not UTF-8: byte 0xe4 at position 5"),
        (3, "", "not UTF-8: byte 0xed at position 11"),
        (4, "good", None),
    ]
    assert [line.text for line in read(file, "backslashreplace")][1:3] == [r"bad \xe4", r"surrogate \xed\xa0\x80"]


def test_a_gzip_file_that_is_cut_off_says_so_and_drops_half_a_line(file: Path) -> None:
    noise = random.Random(2)
    lines = [b"%030x" % noise.getrandbits(120) for _ in range(20_000)]
    packed = gzip.compress(b"\n".join(lines))
    file.write_bytes(packed[: len(packed) // 2])
    with Reader(str(file)) as reader:
        whole = list(reader)
    assert 1000 < len(whole) < len(lines)
    assert [line.text.encode() for line in whole] == lines[: len(whole)]
    assert reader.ended_early == (
        f"the gzip data ends too early: the file is cut off; nothing after line {len(whole):,} was read"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x1f\x8b\x08", "the gzip data ends too early"),
        (gzip.compress(b"one\n")[:-6] + b"\0\0\0\0\0\0", "the gzip data is damaged"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 30, "the gzip data is damaged"),
    ],
)
def test_a_damaged_gzip_file_says_so(file: Path, content: bytes, problem: str) -> None:
    file.write_bytes(content)
    with Reader(str(file)) as reader:
        list(reader)
    assert reader.ended_early.startswith(problem)


@pytest.mark.parametrize(
    ("content", "ended_early", "warning"),
    [
        (gzip.compress(b"one\ntwo\n")[:-6] + b"\0\0\0\0\0\0", True, False),
        (gzip.compress(b"one\ntwo\n") + b"rubbish", False, True),
        (gzip.compress(b"one\ntwo\n") + b"\0" * 512, False, False),  # as tapes are filled up
    ],
)
def test_whatever_the_packed_file_ends_with_its_last_whole_line_is_read(
    file: Path, content: bytes, ended_early: bool, warning: bool
) -> None:
    file.write_bytes(content)
    with Reader(str(file)) as reader:
        assert [line.text for line in reader] == ["one", "two"]
    assert (bool(reader.ended_early), bool(reader.warning)) == (ended_early, warning)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04....", "is a zip archive or a spreadsheet"),
        (b"\x28\xb5\x2f\xfd....", "is zstd"),
        (b"\xfd7zXZ\0....", "is xz"),
        (b"BZh91AY", "is bzip2"),
        ("id,name".encode("utf-16"), "is UTF-16"),
        (tarred(b"one\n"), "is a tar archive"),
        (gzip.compress(b"one\n"), "is gzip within gzip"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_advice_also_within_a_packed_one(
    file: Path, content: bytes, reason: str
) -> None:
    for packed in (content, gzip.compress(content))["within gzip" in reason :]:
        file.write_bytes(packed)
        with pytest.raises(Unreadable, match=reason):
            read(file)


def test_a_missing_file_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        Reader(str(tmp_path / "nowhere"))
    with pytest.raises(Unreadable, match="Is a directory"):
        Reader(str(tmp_path))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_dash_is_standard_input_and_it_stays_open(monkeypatch: pytest.MonkeyPatch, pack: object) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(pack(b"one\ntwo\n")))  # type: ignore[operator]
    monkeypatch.setattr(sys, "stdin", stdin)
    with Reader("-") as reader:
        assert reader.size is None
        assert [line.text for line in reader] == ["one", "two"]
    assert not stdin.closed


class FailingDisk(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if data := super().read(size):
            return data
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails_ends_the_file_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(FailingDisk(b"one\ntw")))
    with Reader("-") as reader:
        [one] = reader
    assert one.text == "one"
    assert (
        reader.ended_early
        == "the file could not be read any further (Input/output error); nothing after line 1 was read"
    )


def test_every_format_passes_on_what_the_reader_reports() -> None:
    broken = Line(9, 90, "", "the line is longer than 1,048,576 bytes")
    header = Line(1, 10, "occurred_at,name,receiver,creator")
    for parse, lines in (
        (ndjson.parse, [broken]),
        (csvfile.parse, [header, broken]),
        (weblogs.form("combined").parse, [broken]),
    ):
        *_, parsed = parse(lines)
        assert (parsed.line, parsed.progress, parsed.event, parsed.problem) == (9, 90, None, broken.problem)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read_once_and_whole(tmp_path: Path, pack: Any) -> None:
    """More than a pipe holds, so that whoever opens it twice loses what the first one took."""
    lines = [f"{number:030}" for number in range(20_000)]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pack("\n".join(lines).encode()),))
    writer.start()
    try:
        with Reader(str(pipe)) as reader:
            assert (reader.size, reader.fingerprint) == (None, "")
            assert [line.text for line in reader] == lines
    finally:
        writer.join()


def test_a_file_is_told_from_another_by_its_place_its_size_and_its_head(tmp_path: Path) -> None:
    def fingerprint(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with Reader(str(tmp_path / name)) as reader:
            return reader.fingerprint

    head = b"a line\n" * (HEAD // 7 + 1)
    first = fingerprint("a", head)
    assert len(first) == 64
    assert fingerprint("a", head) == first
    others = {fingerprint("a", head + b"more\n"), fingerprint("a", b"A" + head[1:]), fingerprint("b", head)}
    assert len(others - {first}) == 3
