"""The patterns of schemas: what each costs to compile and to hold is bounded, and so is the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Iterable

OPTIONS = jsonschema_rs.RegexOptions(size_limit=50_000, dfa_size_limit=50_000)
"""Bytes that a compiled pattern may take: one set of letters (`\\p{L}`), or a hundred of `[a-z]`, and not ten sets."""
OF_A_SCHEMA = (50, 2_000)
"""The most patterns of a schema, and the most characters that they have together: to read them takes time, too."""
OF_ALL = (500, 20_000)
"""The same of all schemas of the catalogue."""
WITH_NAMES = ("patternProperties", "properties", "dependentSchemas", "$defs")


def patterns(schema: Any) -> set[str]:
    """The patterns of a schema, also of one that is not checked yet. Equal ones are compiled once."""
    found: set[str] = set()
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        if not isinstance(one, dict):
            continue
        for keyword, value in one.items():
            if keyword == "pattern" and isinstance(value, str):
                found.add(value)
            elif keyword in WITH_NAMES and isinstance(value, dict):
                found.update(value if keyword == "patternProperties" else ())
                left += value.values()
            elif keyword not in {"const", "default", "enum", "examples"} and not keyword.startswith("x-"):
                left.append(value)
    return found


def too_many(schemas: Iterable[Any], bounds: tuple[int, int]) -> str | None:
    """What is beyond the bounds, in words; None if nothing is."""
    count = length = 0
    for schema in schemas:
        texts = patterns(schema)
        count += len(texts)
        length += sum(map(len, texts))
    most, longest = bounds
    if count > most:
        return f"{count:,} patterns; the most is {most:,}"
    return f"{length:,} characters of patterns; the most is {longest:,}" if length > longest else None
