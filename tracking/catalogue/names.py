"""Which names a source may send: those its globs allow, and where it is strict, those of the catalogue."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from tracking.catalogue.windows import MAX_NAMES

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

GLOB = re.compile(r"[A-Za-z0-9 _.:/*?!\[\]-]{1,100}")
"""What may match a name: its own characters (tracking/ingest/schemas.py), and those of fnmatch."""


@lru_cache(maxsize=MAX_NAMES)
def is_among(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


class NameRules(dict[str, str]):
    """By name, why it is refused; empty where it is not. A name is judged once, then looked up."""

    def __init__(self, globs: tuple[str, ...], catalogue: AbstractSet[str] | None) -> None:
        """`globs` empty: any name; `catalogue` None: known or not."""
        super().__init__()
        self._globs = globs
        self._catalogue = catalogue

    def __missing__(self, name: str) -> str:
        reason = self._judge(name)
        if len(self) < MAX_NAMES:
            self[name] = reason
        return reason

    def _judge(self, name: str) -> str:
        if self._globs and not is_among(name, self._globs):
            return "not among the names that this source may send"
        if self._catalogue is None or name in self._catalogue:
            return ""
        action, parted, _ = name.partition("__")
        if parted and f"{action}__*" in self._catalogue:
            return ""
        return "not in the catalogue, and this source may only send what is"
