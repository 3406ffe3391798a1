"""The names that a sender may use: those that its patterns allow and, if its source is strict, the catalogue has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tracking.vocabulary import MAX_NAMES, NamePattern

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


@lru_cache(maxsize=MAX_NAMES)
def is_among(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns means this name."""
    return any(NamePattern(pattern).matches(name) for pattern in patterns)


class NameRules(dict[str, str]):
    """The reason against a name, or an empty text. A name is judged once, then looked up."""

    def __init__(self, patterns: tuple[str, ...], catalogue: AbstractSet[str] | None) -> None:
        """`patterns` empty: any name; `catalogue` None: known or not."""
        super().__init__()
        self._patterns = patterns
        self._catalogue = catalogue

    def __missing__(self, name: str) -> str:
        reason = self._judge(name)
        if len(self) < MAX_NAMES:
            self[name] = reason
        return reason

    def _judge(self, name: str) -> str:
        if self._patterns and not is_among(name, self._patterns):
            return "not among the names that this source may send"
        if self._catalogue is None or name in self._catalogue:
            return ""
        action, parted, _ = name.partition("__")
        if parted and f"{action}__*" in self._catalogue:
            return ""
        return "not in the catalogue, and this source may only send what is"
