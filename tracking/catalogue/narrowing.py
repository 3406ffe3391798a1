"""What one property schema takes and the next does not: found keyword by keyword, rather too much than too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tracking.catalogue.property_schemas import LISTED, NAMED, ONE

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 120
"""Characters of a value that are shown."""
SAYS_NOTHING = {
    "$comment", "$schema", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly",
}  # fmt: skip
LOWER = {"exclusiveMinimum", "minContains", "minItems", "minLength", "minProperties", "minimum"}
UPPER = {"exclusiveMaximum", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum"}
OWN = {"additionalProperties", "const", "enum", "items", "properties", "required", "type"}
TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}


def expanded(schema: Any, definitions: dict[str, Any] | None = None) -> Any:
    """The schema with each `$ref` replaced by what it leads to. A valid schema has no circle."""
    if not isinstance(schema, dict):
        return schema
    known: dict[str, Any] = schema.get("$defs", {}) if definitions is None else definitions
    own = {
        keyword: _within(keyword, value, known) for keyword, value in schema.items() if keyword not in {"$defs", "$ref"}
    }
    if "$ref" not in schema:
        return own
    target = expanded(known[schema["$ref"].removeprefix("#/$defs/")], known)
    return {"allOf": [target], **own} if own else target


def _within(keyword: str, value: Any, known: dict[str, Any]) -> Any:
    """The value of a keyword, with the schemas in it expanded."""
    if keyword in NAMED:
        return {name: expanded(inner, known) for name, inner in value.items()}
    if keyword in LISTED:
        return [expanded(inner, known) for inner in value]
    return expanded(value, known) if keyword in ONE else value


def narrowed(before: Any, after: Any, path: str = "properties") -> Iterator[str]:
    """Each way in which `after` takes less, in words. Both are expanded; None is no schema.

    A property that is new counts as one that nobody sends yet.
    """
    before, after = (True if schema is None else schema for schema in (before, after))
    if after is True or before is False or _same(before, after):
        return
    if after is False:
        yield f"{path}: is not allowed any more"
        return
    before = {} if before is True else before
    yield from _values(before, after, path)
    for name in after.get("required", []):
        if name not in before.get("required", []):
            yield f"{path}/{name}: is required now"
    yield from _properties(before, after, path)
    if "items" in after:
        yield from narrowed(before.get("items"), after["items"], f"{path}/…")
    yield from _others(before, after, path)


def _values(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    gone = _types(before) - _types(after)
    if gone and "type" in after:
        said = "" if gone == TYPES - _types(after) and "type" not in before else f", not {' or '.join(sorted(gone))}"
        yield f"{path}: is {' or '.join(sorted(_named(after)))} now{said}"
    old, new = _choices(before), _choices(after)
    if new is not None and old is None:
        yield f"{path}: is one of {_json(new)} now"
    elif new is not None and old is not None and (lost := [one for one in old if not _among(one, new)]):
        yield f"{path}: may not be {', '.join(map(_json, lost))} any more"


def _properties(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    for name, schema in new.items():
        if name in old:
            yield from narrowed(old[name], schema, f"{path}/{name}")
    others = after.get("additionalProperties", True)
    for name in old.keys() - new.keys():
        if others is False:
            yield f"{path}/{name}: is not allowed any more"
        elif others is not True:
            yield f"{path}/{name}: is held against additionalProperties now"
    if others is False and before.get("additionalProperties", True) is not False:
        yield f"{path}: others than those named are not allowed any more"
    elif others is not False:
        yield from narrowed(before.get("additionalProperties"), others, f"{path}/*")


def _others(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    for keyword, value in after.items():
        old = before.get(keyword)
        if keyword in SAYS_NOTHING | OWN or keyword.startswith("x-") or _same(old, value):
            continue
        if (keyword, value) == ("uniqueItems", False):
            continue
        if (keyword in LOWER and old is not None and old >= value) or (
            keyword in UPPER and old is not None and old <= value
        ):
            continue
        was = "" if old is None else f", was {_json(old)}"
        yield f"{path}: {keyword} is {_json(value)} now{was}"


def _named(schema: dict[str, Any]) -> set[str]:
    named = schema.get("type", sorted(TYPES))
    return {named} if isinstance(named, str) else set(named)


def _types(schema: dict[str, Any]) -> set[str]:
    """The types that a schema takes; a whole number is a number, too."""
    named = _named(schema)
    return named | {"integer"} if "number" in named else named


def _choices(schema: dict[str, Any]) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _among(value: Any, values: list[Any]) -> bool:
    return any(_same(value, one) for one in values)


def _same(one: Any, other: Any) -> bool:
    """Python takes true for 1."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    return encode(one) == encode(other)


def _json(value: Any) -> str:
    text = msgspec.json.encode(value, order="deterministic").decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
