"""From a file to its lines: plain or gzip, of any size, with a progress that is right for both.

A line is at most a megabyte, and the file is never held as a whole. What is wrong with one line is said in its place.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from tracking.imports import Line, Parsed, Unreadable, combined, csvfile, ndjson

MAX_LINE = 1 << 20  # bytes, without the line's end

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "zstd: unpack it first, as in `zstd -dc FILE | … import -`",
    b"\xfd7zXZ": "xz: unpack it first, as in `xz -dc FILE | … import -`",
    b"BZh": "bzip2: unpack it first, as in `bzip2 -dc FILE | … import -`",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}


class Format(NamedTuple):
    """How to read a kind of file; ``errors`` is what becomes of bytes that are not UTF-8 (see ``bytes.decode``)."""

    parse: Callable[[Iterable[Line]], Iterator[Parsed]]
    errors: str


FORMATS = {
    "ndjson": Format(ndjson.parse, "strict"),
    "csv": Format(csvfile.parse, "strict"),
    # A request may hold any byte, and it was a request all the same.
    "combined": Format(combined.parse, "backslashreplace"),
}


class Reader:
    """The lines of a file, or of standard input where the path is ``-``; a context manager, to be iterated once.

    ``size`` is in bytes on the disk, like each line's progress; None where it is not known (a pipe).
    Raises Unreadable where there is no such file or it is of a kind that is no text.
    """

    def __init__(self, path: str, errors: str = "strict") -> None:
        self._errors = errors
        self._ended_early: str | None = None
        try:
            raw: BinaryIO = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115 (closed by our own exit)
            self.size = None if path == "-" else Path(path).stat().st_size
            self._raw = _Counted(raw, closes=path != "-")
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from error
        for magic, what in _NOT_TEXT.items():
            if self._raw.head.startswith(magic):
                self._raw.close()
                raise Unreadable(f"{path} is {what}")
        self._file: BinaryIO = io.BufferedReader(self._raw, 1 << 14)
        if self._raw.head.startswith(_GZIP):
            self._file = gzip.GzipFile(fileobj=self._file, mode="rb")  # type: ignore[assignment]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Line]:
        """Every line, without its end; the last one may say that the file ended early."""
        number = 0
        while raw := self._line():
            number += 1
            if number == 1:
                raw = raw.removeprefix(_BOM)
            text, problem = self._decode(raw)
            yield Line(number, self._raw.count, text, problem, raw.endswith(b"\n"))
        if self._ended_early:
            yield Line(number + 1, self._raw.count, "", f"{self._ended_early}; nothing after line {number} was read")

    def _line(self) -> bytes:
        """The next line with its end, cut down to just over the limit; empty at the end of the file."""
        try:
            line = self._file.readline(MAX_LINE + 2)
            rest = line
            while len(rest) == MAX_LINE + 2 and not rest.endswith(b"\n"):
                rest = self._file.readline(MAX_LINE + 2)
        except EOFError:
            # The line in which it broke off is dropped: half a line may look like a whole one.
            self._ended_early = "the gzip data ends too early: the file is cut off"
        except (zlib.error, gzip.BadGzipFile) as error:
            self._ended_early = f"the gzip data is damaged ({error})"
        except OSError as error:
            self._ended_early = f"the file could not be read any further ({error.strerror})"
        return b"" if self._ended_early else line

    def _decode(self, raw: bytes) -> tuple[str, str | None]:
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        if len(raw) > MAX_LINE:
            return "", f"the line is longer than {MAX_LINE:,} bytes"
        try:
            return raw.decode("utf-8", self._errors), None
        except UnicodeDecodeError as error:
            return "", f"not UTF-8: byte 0x{raw[error.start]:02x} at position {error.start + 1}"


class _Counted(io.RawIOBase):
    """A binary file that counts what was read from it and shows its first bytes in advance, even on a pipe."""

    def __init__(self, raw: BinaryIO, *, closes: bool) -> None:
        self._raw, self._closes = raw, closes
        self.head = raw.read(6)
        self._unread = self.head
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer)
        data = self._unread[: len(room)] or self._raw.read(len(room))
        self._unread = self._unread[len(data) :]
        room[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        if self._closes:
            self._raw.close()
        super().close()
