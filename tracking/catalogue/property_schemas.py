"""Property schemas: which ones are taken, so that no schema can make the way in slow, and how they are compiled.

They are JSON Schema, draft 2020-12, of a bounded size. `$ref` reaches `$defs` of the same schema only, and not itself.
Patterns run in an engine without backtracking (Rust's regex), in time linear in the text; it knows no look-around and
no back reference.
"""

from __future__ import annotations

import json
import re
import time
from difflib import get_close_matches
from typing import Any

import jsonschema_rs
import marshmallow as ma

from tracking.catalogue.patterns import OF_A_SCHEMA, OPTIONS, too_many

MAX_BYTES = 16_384
MAX_LEVELS = 24
"""Levels of JSON, with what `$ref` leads to: properties have few, and each takes two."""
MAX_PARTS = 1000
"""Parts of a schema, each as often as references lead to it: what an event may have to be held against."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"

ONE = {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
       "unevaluatedItems", "unevaluatedProperties"}  # fmt: skip
LISTED = {"allOf", "anyOf", "oneOf", "prefixItems"}
NAMED = {"dependentSchemas", "patternProperties", "properties"}
PLAIN = {
    "$comment", "$ref", "$schema", "const", "default", "dependentRequired", "deprecated", "description", "enum",
    "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maximum", "maxItems", "maxLength",
    "maxProperties", "minContains", "minimum", "minItems", "minLength", "minProperties", "multipleOf", "pattern",
    "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
}  # fmt: skip
KEYWORDS = ONE | LISTED | NAMED | PLAIN | {"$defs"}
REF = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,100})")


def compiled(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """The schema, ready to hold properties against it. Reads nothing from anywhere else.

    Raises `ValueError` (`jsonschema_rs.ValidationError`) if it is none.
    """
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=OPTIONS,
        mask="it",  # errors quote no value of an event
    )


def check(schema: dict[str, Any]) -> None:
    """Raises `marshmallow.ValidationError`, which says where, if this is no schema or one that is too large."""
    _check_depth(schema, 0)
    try:
        size = len(encoded := json.dumps(schema, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError:
        raise ma.ValidationError("text holds half of a surrogate pair, which is not Unicode") from None
    except ValueError:
        raise ma.ValidationError("a number is not finite, or has too many digits") from None
    if size > MAX_BYTES:
        raise ma.ValidationError(f"{size:,} bytes as JSON; the most is {MAX_BYTES:,}")
    if b"\\u0000" in encoded:
        raise ma.ValidationError("text holds \\u0000, which PostgreSQL cannot store")
    if schema.get("$schema", DIALECT) != DIALECT:
        raise ma.ValidationError(f"$schema: expected {DIALECT}, or none")
    definitions = schema.get("$defs", {})
    if not isinstance(definitions, dict):
        raise ma.ValidationError("$defs: expected an object of schemas")
    parts = _Parts(definitions)
    for name, definition in definitions.items():
        parts.of(definition, f"$defs/{name}", 0)
    if parts.of(schema, "", 0) > MAX_PARTS:
        raise ma.ValidationError(f"more than {MAX_PARTS:,} parts, with what $ref leads to")
    _check_compiled(schema)


def _check_compiled(schema: dict[str, Any]) -> None:
    if said := too_many([schema], OF_A_SCHEMA):
        raise ma.ValidationError(said)
    time.sleep(0)  # a worker has one thread: others have their turn between two schemas
    try:
        compiled(schema)
    except ValueError as error:
        raise ma.ValidationError(_said(error)) from None


def _check_depth(value: Any, level: int) -> None:
    if level > MAX_LEVELS:
        raise _too_deep()
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    for inner in value:
        _check_depth(inner, level + 1)


class _Parts:
    """Counts the parts of schemas, and refuses what no schema here has."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._counted: dict[str, int] = {}
        self._within: set[str] = set()

    def of(self, schema: Any, at: str, level: int) -> int:
        """The number of parts of a schema at a place, with those that its references lead to."""
        if not isinstance(schema, dict):
            return 1  # true and false; the compiler tells what is neither
        if level > MAX_LEVELS:
            raise _too_deep()
        count = 1
        for keyword, value in schema.items():
            _check_keyword(keyword, at)
            for path, inner in _inner(keyword, value):
                count += self.of(inner, f"{at}/{path}", level + 1)
        if "$ref" in schema:
            count += self._referred(schema["$ref"], at, level + 1)
        return count

    def _referred(self, ref: Any, at: str, level: int) -> int:
        match = REF.fullmatch(ref) if isinstance(ref, str) else None
        if match is None or (name := match[1]) not in self._definitions:
            raise ma.ValidationError(f"{_place(at)}$ref: expected #/$defs/NAME, of a definition of this schema")
        if name in self._within:
            raise ma.ValidationError(f"{_place(at)}$ref: {ref} leads back to itself")
        if name not in self._counted:
            self._within.add(name)
            self._counted[name] = self.of(self._definitions[name], f"$defs/{name}", level)
            self._within.remove(name)
        return self._counted[name]


def _inner(keyword: str, value: Any) -> list[tuple[str, Any]]:
    """The schemas that a keyword holds, each with its path."""
    if keyword in ONE:
        return [(keyword, value)]
    if keyword in LISTED and isinstance(value, list):
        return [(f"{keyword}/{place}", inner) for place, inner in enumerate(value)]
    if keyword in NAMED and isinstance(value, dict):
        return [(f"{keyword}/{name}", inner) for name, inner in value.items()]
    return []


def _check_keyword(keyword: str, at: str) -> None:
    if keyword in KEYWORDS or keyword.startswith("x-"):
        if keyword == "$defs" and at:
            raise ma.ValidationError(f"{_place(at)}$defs: only the whole schema has definitions")
        return
    near = get_close_matches(keyword, KEYWORDS, 1)
    hint = f"; do you mean {near[0]}?" if near else "; a keyword of your own begins with x-"
    raise ma.ValidationError(f"{_place(at)}{keyword[:50]!r} is no keyword that is understood here{hint}")


def _place(at: str) -> str:
    return f"{at.lstrip('/')[:200]}: " if at else ""


def _too_deep() -> ma.ValidationError:
    return ma.ValidationError(f"nested deeper than {MAX_LEVELS} levels, with what $ref leads to")


def _said(error: ValueError) -> str:
    """What the compiler says, and where, in one line."""
    path = "/".join(map(str, getattr(error, "instance_path", ())))
    said = str(getattr(error, "message", error)).partition("\n")[0]
    if said.endswith('is not a "regex"'):
        said = f"{said[:200]}, or is too large, or needs look-around or back references, which are not known here"
    return f"{path}: {said[:400]}" if path else said[:400]
