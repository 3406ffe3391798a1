"""Reads the lines of a file: plain or gzip, of any size, with a progress that is right for both.

The file is opened once and read once, from its first byte to its last, since a pipe cannot be read twice.
A line is at most a megabyte, and the file is never held as a whole. The fault of a line comes in its place.
"""

import gzip
import hashlib
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from os import fstat
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from tracking.imports import Line, Unreadable

MAX_LINE = 1 << 20  # bytes, without the line's end
HEAD = 1 << 16  # bytes that are checked before the first line is read
CHUNK = 1 << 16
ENDS = (b"\n", b"\r")

STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})  # opening it anew fails for a socket

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "zstd: unpack it first, as in `zstd -dc FILE | … import -`",
    b"\xfd7zXZ": "xz: unpack it first, as in `xz -dc FILE | … import -`",
    b"BZh": "bzip2: unpack it first, as in `bzip2 -dc FILE | … import -`",
    _GZIP: "gzip within gzip: unpack it once, as in `gzip -dc FILE | … import -`",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}
_TAR, _TAR_AT = b"ustar", 257


class Reader:
    """The lines of a file, or of standard input if the path is ``-``; a context manager, to be iterated once.

    ``size`` is in bytes on the disk, like each line's progress; None if it is not known (a pipe).
    ``fingerprint`` tells this file from another, cheaply: by its path, size and first 64 KiB. It is empty for a file
    that can be read only once, because its rest is not known before it is read.
    After the last line, ``ended_early`` says why the lines are not the whole file, and ``warning`` names other content.
    Raises Unreadable if there is no such file, and at the first line if its kind is no text.
    """

    def __init__(self, path: str, errors: str = "strict") -> None:
        self._errors = errors
        self.ended_early = self.warning = ""
        is_input = path in STANDARD_INPUT
        try:
            raw: BinaryIO = sys.stdin.buffer if is_input else Path(path).open("rb")  # noqa: SIM115 (closed by our own exit)
            self.size = None if is_input else _size(raw)
            self._raw = _Counted(raw, closes=not is_input)
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from error
        self.fingerprint = ""
        if self.size is not None:
            place = os.fsencode(f"{Path(path).resolve()} {self.size} ")  # a name may be no text
            self.fingerprint = hashlib.sha256(place + self._raw.head).hexdigest()
        self._file: BinaryIO = io.BufferedReader(self._raw, 1 << 14)
        if self._raw.head.startswith(_GZIP):
            self._file = gzip.GzipFile(fileobj=self._file, mode="rb")  # type: ignore[assignment]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Line]:
        """Every line, without its end."""
        number = 0
        for number, raw in enumerate(self._lines(), 1):
            # A server that crashed leaves a hole before the next line.
            text, problem = self._decode(raw.removeprefix(_BOM).lstrip(b"\0"))
            yield Line(number, self._raw.count, text, problem, raw.endswith(ENDS))
        if self.ended_early:
            self.ended_early += f"; nothing after line {number:,} was read"

    def _lines(self) -> Iterator[bytes]:
        """Each line with its end, which is LF, CR LF or CR, also mixed; an overlong line, cut just after the limit."""
        rest = b""
        chunk = self._chunk()
        if what := _no_text(chunk):
            raise Unreadable(f"it is {what}")
        while chunk:
            lines = (rest + chunk).splitlines(keepends=True)
            rest = lines.pop()  # the next chunk may hold more of it, or the LF after its CR
            yield from lines
            if len(rest) > MAX_LINE + 2:
                rest = rest[: MAX_LINE + 1] + rest[-1:]
            chunk = self._chunk()
        # If the data broke off, half a line is dropped: it may look like a whole one.
        if rest and (rest.endswith(ENDS) or not self.ended_early):
            yield rest

    def _chunk(self) -> bytes:
        """Some bytes of the file; none at its end."""
        try:
            return self._file.read1(CHUNK)  # type: ignore[attr-defined, no-any-return]
        except EOFError:
            self.ended_early = "the gzip data ends too early: the file is cut off"
        except (zlib.error, gzip.BadGzipFile) as error:
            if str(error).startswith("Not a gzipped file"):  # after a complete one
                self.warning = "after the gzip data there is something else, which is not read"
            else:
                self.ended_early = f"the gzip data is damaged ({error})"
        except OSError as error:
            self.ended_early = f"the file could not be read any further ({error.strerror})"
        return b""

    def _decode(self, raw: bytes) -> tuple[str, str | None]:
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        if len(raw) > MAX_LINE:
            return "", f"the line is longer than {MAX_LINE:,} bytes"
        try:
            return raw.decode("utf-8", self._errors), None
        except UnicodeDecodeError as error:
            return "", f"not UTF-8: byte 0x{raw[error.start]:02x} at position {error.start + 1}"


def _no_text(head: bytes) -> str:
    """The kind of file that begins like this, and what to do about it; empty if it may be text."""
    if head.startswith(_TAR, _TAR_AT):
        return "a tar archive: unpack it first, as in `tar -xOf FILE | … import -`"
    return next((what for magic, what in _NOT_TEXT.items() if head.startswith(magic)), "")


def _size(raw: BinaryIO) -> int | None:
    """Bytes of a file on a disk; None for pipes, terminals, sockets and devices."""
    status = fstat(raw.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class _Counted(io.RawIOBase):
    """A binary file that counts the bytes read from it and shows its first bytes in advance, even on a pipe."""

    def __init__(self, raw: BinaryIO, *, closes: bool) -> None:
        self._raw, self._closes = raw, closes
        self.head = raw.read(HEAD)
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
