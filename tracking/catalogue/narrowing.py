"""What one property schema takes and the next does not.

It looks for a proof that the next one takes all of it. Where there is none, it says that less is taken: keywords that
hang together (`items` and `prefixItems`, `if` and `then`, all that `unevaluatedProperties` looks at) are taken as one.
"""

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
LOWER = {"exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"}
UPPER = {"exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"}
OWN = {
    "additionalProperties", "const", "contains", "else", "enum", "if", "items", "maxContains", "minContains",
    "patternProperties", "prefixItems", "properties", "required", "then", "type",
}  # fmt: skip
IN_PLACE = {"allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"}
LOOKED_AT = {
    "unevaluatedProperties": IN_PLACE | {"additionalProperties", "patternProperties", "unevaluatedProperties"},
    "unevaluatedItems": IN_PLACE | {"contains", "items", "prefixItems", "unevaluatedItems"},
}
"""What a keyword's meaning depends on: with any of these gone, it refuses more."""
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
    return {**own, "allOf": [target, *own.get("allOf", [])]} if own else target


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
    yield from _items(before, after, path)
    yield from _contains(before, after, path)
    yield from _condition(before, after, path)
    yield from _unevaluated(before, after, path)
    yield from _others(before, after, path)


def _values(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    gone = _types(before) - _types(after)
    if gone and "type" in after:
        said = "" if gone == TYPES - _types(after) and "type" not in before else f", not {' or '.join(sorted(gone))}"
        yield f"{path}: is {' or '.join(sorted(_named(after)))} now{said}"
    old = [before["const"]] if "const" in before else before.get("enum")
    for new in ([after["const"]] if "const" in after else None, after.get("enum")):
        if new is not None and old is None:
            yield f"{path}: is one of {_json(new)} now"
        elif new is not None and old is not None and (lost := [one for one in old if not _among(one, new)]):
            yield f"{path}: may not be {', '.join(map(_json, lost))} any more"


def _properties(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    patterns, rest, others = (
        before.get("patternProperties", {}),
        before.get("additionalProperties", True),
        after.get("additionalProperties", True),
    )
    for name, schema in new.items():
        if name in old:
            yield from narrowed(old[name], schema, f"{path}/{name}")
        elif patterns or name in before.get("required", []):
            yield from narrowed({}, schema, f"{path}/{name}")
        elif rest is not True:
            yield from narrowed(rest, schema, f"{path}/{name}")
    for pattern, schema in after.get("patternProperties", {}).items():
        yield from narrowed(patterns.get(pattern), schema, f"{path}/{_json(pattern)}")
    yield from _gone(before, after, path)
    if others is False and rest is not False:
        yield f"{path}: others than those named are not allowed any more"
    elif others is not False:
        yield from narrowed(rest, others, f"{path}/*")


def _gone(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    """Of properties that had a schema, by name or by pattern, and are among the others now."""
    others = after.get("additionalProperties", True)
    gone = {
        name if keyword == "properties" else _json(name): schema
        for keyword in ("properties", "patternProperties")
        for name, schema in before.get(keyword, {}).items()
        if name not in after.get(keyword, {})
    }
    for name, schema in sorted(gone.items(), key=lambda one: one[0]):
        if others is False and schema is not False:
            yield f"{path}/{name}: is not allowed any more"
        elif list(narrowed(schema, others)):
            yield f"{path}/{name}: is held against additionalProperties now"


def _items(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    """Member by member, then all others."""
    first, then = before.get("prefixItems", []), after.get("prefixItems", [])
    old, new = before.get("items", True), after.get("items", True)
    for place in range(max(len(first), len(then))):
        was = first[place] if place < len(first) else old
        yield from narrowed(was, then[place] if place < len(then) else new, f"{path}/{place}")
    yield from narrowed(old, new, f"{path}/…")


def _contains(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    if "contains" not in after:
        return
    if "contains" not in before or not _same(before["contains"], after["contains"]):
        yield f"{path}: contains is {_json(after['contains'])} now"
    old, new = before.get("minContains", 1), after.get("minContains", 1)
    if new > old:
        yield f"{path}: minContains is {new} now, was {old}"
    if "maxContains" in after and after["maxContains"] < before.get("maxContains", float("inf")):
        yield f"{path}: maxContains is {after['maxContains']} now"


def _condition(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    if "if" not in after:
        return
    same = "if" in before and _same(before["if"], after["if"])
    for keyword in ("then", "else"):
        if keyword in after and not (same and keyword in before and _same(before[keyword], after[keyword])):
            yield f"{path}: {keyword} is {_json(after[keyword])} now, under another condition or none before"


def _unevaluated(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    for keyword, others in LOOKED_AT.items():
        if after.get(keyword, True) is True:
            continue
        differ = [one for one in sorted(others) if not _same(before.get(one), after.get(one))]
        gone = before.get("properties", {}).keys() - after.get("properties", {}).keys()
        if keyword == "unevaluatedProperties" and gone:
            differ.append("properties")
        if differ:
            yield f"{path}: {keyword} may refuse more, since {', '.join(differ)} changed"


def _others(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    for keyword, value in after.items():
        old = before.get(keyword)
        if keyword in SAYS_NOTHING | OWN | LOOKED_AT.keys() or keyword.startswith("x-") or _same(old, value):
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


def _among(value: Any, values: list[Any]) -> bool:
    return any(_same(value, one) for one in values)


def _same(one: Any, other: Any) -> bool:
    """Python takes true for 1."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    return encode(one) == encode(other)


def _json(value: Any) -> str:
    text = msgspec.json.encode(value, order="deterministic").decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
