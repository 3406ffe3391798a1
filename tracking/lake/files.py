"""The files that lie in the lake's folder, whether a table names them or not."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType
from pyiceberg.io.pyarrow import PyArrowFileIO

from tracking.lake.catalogs import file_properties

VERSION = re.compile(r"(\d{5,})-[0-9a-f-]{36}\.metadata\.json")
"""The name of a metadata file, as PyIceberg writes it; its number goes up with each commit."""


class File(NamedTuple):
    location: str
    bytes: int
    changed: datetime


def metadata(location: str) -> list[str]:
    """The metadata files of the table at this location, newest first. The newest may be one that a killed run left."""
    found = [
        (int(name[1]), file.changed, file.location)
        for file in under(f"{location}/metadata")
        if (name := VERSION.fullmatch(file.location.rpartition("/")[2]))
    ]
    return [location for _, _, location in sorted(found, reverse=True)]


def number(location: str) -> int:
    """The number of a metadata file."""
    name = VERSION.fullmatch(location.rpartition("/")[2])
    return int(name[1]) if name else 0


def under(location: str) -> list[File]:
    """All files under a location, which need not be there."""
    system, folder = of(location)
    selector = FileSelector(folder, recursive=True, allow_not_found=True)
    prefix = location[: len(location) - len(folder)]
    return [
        File(f"{prefix}{info.path}", info.size or 0, info.mtime)
        for info in system.get_file_info(selector)
        if _is_file(info)
    ]


def of(location: str) -> tuple[FileSystem, str]:
    """The file system, and what the location is called there."""
    io = PyArrowFileIO(file_properties())
    scheme, netloc, path = io.parse_location(location)
    return io.fs_by_scheme(scheme, netloc), path


def _is_file(info: FileInfo) -> bool:
    return bool(info.type == FileType.File)
