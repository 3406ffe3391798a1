"""No schema can make the way in slow or reach out, and each is compiled as it reads."""

from __future__ import annotations

import time
from typing import Any

import marshmallow as ma
import pytest

from tracking.catalogue.faults import Check
from tracking.catalogue.property_schemas import MAX_BYTES, check, compiled

NO_LOOKS = "or is too large, or needs look-around or back references, which are not known here"


def layers(count: int, each: int) -> dict[str, Any]:
    """So many definitions that lead `each` times to the next."""
    definitions: dict[str, Any] = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * each} for n in range(count)}
    return {"$defs": definitions | {f"a{count}": {"type": "string"}}, "properties": {"p": {"$ref": "#/$defs/a0"}}}


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt keyword": ({"requird": ["a"]}, "'requird' is no keyword that is understood here; do you mean required?"),
    "one further in": (
        {"properties": {"a": {"typ": "string"}}},
        "properties/a: 'typ' is no keyword that is understood here; do you mean type?",
    ),
    "a base of its own": ({"$id": "https://example.com/a"}, "'$id' is no keyword"),
    "another draft": ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema: expected https://json-schema.org"),
    "a remote reference": ({"$ref": "http://127.0.0.1:9/x"}, "$ref: expected #/$defs/NAME, of a definition of this schema"),
    "a file": ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "properties/a: $ref: expected #/$defs/NAME"),
    "a reference to nothing": ({"$ref": "#/$defs/a"}, "$ref: expected #/$defs/NAME, of a definition"),
    "the whole schema": ({"properties": {"a": {"$ref": "#"}}}, "properties/a: $ref: expected #/$defs/NAME"),
    "a circle": (
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"items": {"$ref": "#/$defs/a"}}}},
        "$ref: #/$defs/b leads back to itself",
    ),
    "definitions further in": ({"items": {"$defs": {}}}, "items: $defs: only the whole schema has definitions"),
    "parts beyond number": (layers(12, 3), "more than 1,000 parts, with what $ref leads to"),
    "a long way": (layers(30, 1), "nested deeper than 24 levels, with what $ref leads to"),
    "a deep one": (deep(13), "nested deeper than 24 levels, with what $ref leads to"),
    "a value that is very deep": ({"default": eval("[" * 60 + "]" * 60)}, "nested deeper than 24 levels"),
    "many bytes": ({"description": "x" * MAX_BYTES}, "16,403 bytes as JSON; the most is 16,384"),
    "what PostgreSQL cannot store": ({"description": "\0"}, "text holds \\u0000, which PostgreSQL cannot store"),
    "half a character": ({"description": "\ud800"}, "text holds half of a surrogate pair, which is not Unicode"),
    "a number without end": ({"const": float("inf")}, "a number is not finite, or has too many digits"),
    "an unknown type": ({"type": "nope"}, "type: it is not valid"),
    "an unknown format": ({"format": "datetime"}, "format: Unknown format: 'datetime'"),
    "a pattern that looks ahead": ({"pattern": "^(?!a)"}, NO_LOOKS),
    "a pattern that looks back": ({"patternProperties": {r"(a)\1": {}}}, NO_LOOKS),
    "a pattern of a gigabyte": ({"pattern": "((a{1,100}){1,100}){1,100}"}, NO_LOOKS),
    "many patterns": (
        {"properties": {f"p{n}": {"pattern": f"{n}"} for n in range(51)}},
        "51 patterns; the most is 50",
    ),
    "many patterns of names": (
        {"items": {"patternProperties": {f"{n}": {} for n in range(51)}}},
        "51 patterns; the most is 50",
    ),
    "patterns that are long together": (
        {"allOf": [{"not": {"pattern": f"{n}" * 500}} for n in range(5)]},
        "2,500 characters of patterns; the most is 2,000",
    ),
    "a large pattern": ({"pattern": r"\p{L}{3}"}, NO_LOOKS),
    "no schema inside": ({"properties": {"a": 3}}, "properties/a: it is not of types"),
    "no object of definitions": ({"$defs": 3}, "$defs: expected an object of schemas"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_schema_that_is_not_taken_says_where_and_why(case: str) -> None:
    schema, said = BAD[case]
    with pytest.raises(ma.ValidationError) as caught:
        check(schema)
    assert said in caught.value.messages[0]
    assert "\n" not in caught.value.messages[0]


@pytest.mark.parametrize(
    "schema",
    [
        {}, {"type": "object", "x-team": {"anything": [1]}}, layers(5, 3), deep(12),
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"$ref": {}, "requird": {"const": None}}},
        {"properties": {f"p{n}": {"pattern": "^a$"} for n in range(99)}}, {"enum": [{"patternProperties": {"(": 1}}]},
        {"properties": {"pattern": {"pattern": r"^\p{L}+$"}}},
        {"enum": [{"$ref": "no reference here"}], "default": {"typ": 1}}, {"maximum": 10**400},
    ],
)  # fmt: skip
def test_what_stands_where_no_schema_is_may_be_anything(schema: dict[str, Any]) -> None:
    check(schema)


SAID: dict[str, tuple[Any, Any, str]] = {
    "type": (["number", "null"], "x", "expected null or a number"),
    "enum": (["x", 1, None], 2, 'expected one of "x", 1, null'),
    "const": ({"a": 1}, 2, 'expected {"a":1}'),
    "minimum": (1, 0, "expected 1 or more"),
    "maximum": (1, 2, "expected 1 or less"),
    "exclusiveMinimum": (1, 1, "expected more than 1"),
    "exclusiveMaximum": (1.5, 1.5, "expected less than 1.5"),
    "multipleOf": (0.5, 0.3, "expected a multiple of 0.5"),
    "minLength": (2, "a", "expected a length of 2 or more"),
    "maxLength": (1, "aa", "expected a length of 1 or less"),
    "minItems": (1, [], "expected a list of 1 or more"),
    "maxItems": (1, [1, 2], "expected a list of 1 or less"),
    "minProperties": (1, {}, "expected fields: 1 or more"),
    "maxProperties": (0, {"a": 1}, "expected fields: 0 or less"),
    "pattern": ("^a", "b", "expected a text that matches ^a"),
    "format": ("date-time", "b", "expected a text of the format date-time"),
    "uniqueItems": (True, [1, 1], "expected members that all differ"),
    "anyOf": ([{"type": "null"}], 1, "does not fit `anyOf` of its schema in the catalogue"),
    "propertyNames": ({"maxLength": 1}, {"aa": 1}, "does not fit `propertyNames` of its schema in the catalogue"),
}


@pytest.mark.parametrize("keyword", SAID)
def test_a_fault_says_what_was_expected(keyword: str) -> None:
    value, sent, said = SAID[keyword]
    checked = Check(compiled({"properties": {"a": {"properties": {"b": {keyword: value}}}}}), "warn")
    assert checked.fault({"a": {"b": sent}}) == ("properties/a/b", said)
    assert checked.fault({"a": {}}) is None


def test_a_fault_names_the_property_that_is_missing_or_too_many() -> None:
    closed = Check(compiled({"properties": {"a": {"required": ["b"]}}, "additionalProperties": False}), "warn")
    assert closed.fault({"a": {}}) == ("properties/a/b", "missing")
    assert closed.fault({"x": 1}).field == "properties/x"
    assert Check(compiled({"enum": ["x" * 500]}), "warn").fault({}).reason.endswith("x…")


def test_no_pattern_backtracks() -> None:
    """An engine that does takes years for this one."""
    checked = Check(compiled({"properties": {"a": {"pattern": "^(a+)+$"}}}), "warn")
    began = time.process_time()
    for _ in range(50):
        assert checked.fault({"a": "a" * 16_000 + "!"}) is not None
    assert time.process_time() - began < 1
