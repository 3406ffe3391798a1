"""`diff` breaks where an event that is taken now might be rejected, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from tracking.catalogue.differences import differences
from tracking.catalogue.event_types import DEFAULTS

MONEY = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}

LESS: dict[str, tuple[Any, Any, str]] = {
    "a schema": (None, {"required": ["a"]}, "properties/a: is required now"),
    "a new requirement": ({"required": ["a"]}, {"required": ["a", "b"]}, "properties/b: is required now"),
    "a type": ({"properties": {"a": {}}}, {"properties": {"a": {"type": "string"}}}, "properties/a: is string now"),
    "fewer types": (
        {"properties": {"a": {"type": ["string", "null"]}}},
        {"properties": {"a": {"type": "string"}}},
        "properties/a: is string now, not null",
    ),
    "whole numbers only": (
        {"properties": {"a": {"type": "number"}}},
        {"properties": {"a": {"type": "integer"}}},
        "properties/a: is integer now, not number",
    ),
    "fewer values": (
        {"properties": {"a": {"enum": [1, True, "x"]}}},
        {"properties": {"a": {"enum": [1, "x"]}}},
        "properties/a: may not be true any more",
    ),
    "a choice": ({"properties": {"a": {}}}, {"properties": {"a": {"const": 1}}}, "properties/a: is one of [1] now"),
    "a closed object": ({}, {"additionalProperties": False}, "properties: others than those named are not allowed any more"),
    "a property that is gone": (
        {"properties": {"a": {}, "b": {}}, "additionalProperties": False},
        {"properties": {"a": {}}, "additionalProperties": False},
        "properties/b: is not allowed any more",
    ),
    "a bound": ({"minProperties": 1}, {"minProperties": 2}, "properties: minProperties is 2 now, was 1"),
    "a new bound": ({}, {"maxProperties": 2}, "properties: maxProperties is 2 now"),
    "a pattern": (
        {"properties": {"a": {"pattern": "a"}}},
        {"properties": {"a": {"pattern": "b"}}},
        'properties/a: pattern is "b" now, was "a"',
    ),
    "members": (
        {"properties": {"a": {"items": {}}}},
        {"properties": {"a": {"items": {"type": "string"}}}},
        "properties/a/…: is string now",
    ),
    "all others": ({}, {"additionalProperties": {"type": "string"}}, "properties/*: is string now"),
    "a property of the name of a keyword": (
        {"properties": {"required": {}}},
        {"properties": {"required": {"type": "string"}}},
        "properties/required: is string now",
    ),
    "a definition": (
        {"$defs": {"m": {}}, "properties": {"a": {"$ref": "#/$defs/m"}}},
        {"$defs": {"m": MONEY}, "properties": {"a": {"$ref": "#/$defs/m"}}},
        "properties/a: is object now",
    ),
    "what it is never": ({"properties": {"a": True}}, {"properties": {"a": False}}, "properties/a: is not allowed any more"),
    "a pattern of names that is gone": (
        {"patternProperties": {"^x_": {}}, "additionalProperties": False},
        {"additionalProperties": False},
        'properties/"^x_": is not allowed any more',
    ),
    "a property that was looked at": (
        {"properties": {"a": {}, "b": {}}, "unevaluatedProperties": False},
        {"properties": {"a": {}}, "unevaluatedProperties": False},
        "properties: unevaluatedProperties may refuse more, since properties changed",
    ),
    "a part that named properties": (
        {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
        {"unevaluatedProperties": False},
        "properties: unevaluatedProperties may refuse more, since allOf changed",
    ),
    "the first members": (
        {"prefixItems": [{"type": "string"}, {}], "items": False},
        {"items": False},
        "properties/0: is not allowed any more",
    ),
    "a free first member": (
        {"prefixItems": [{}], "items": {"type": "string"}},
        {"items": {"type": "string"}},
        "properties/0: is string now",
    ),
    "a member that must be there": (
        {"contains": {}, "minContains": 0},
        {"contains": {}},
        "properties: minContains is 1 now, was 0",
    ),
    "a constant beside a choice": (
        {"enum": [1, 2]},
        {"const": 1, "enum": [1, 2]},
        "properties: may not be 2 any more",
    ),
    "what is hard to tell": ({}, {"anyOf": [{"required": ["a"]}]}, 'properties: anyOf is [{"required":["a"]}] now'),
}  # fmt: skip

MORE: dict[str, tuple[Any, Any]] = {
    "no schema any more": ({"required": ["a"]}, None),
    "a property that nobody sends yet": ({}, {"properties": {"a": {"type": "string"}}}),
    "other words": ({"title": "a"}, {"title": "b", "x-team": 1, "properties": {"a": {"description": "c"}}}),
    "less required": ({"required": ["a", "b"]}, {"required": ["b"]}),
    "more types": ({"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"type": ["number", "null"]}}}),
    "more values": ({"properties": {"a": {"const": 1}}}, {"properties": {"a": {"enum": [2, 1]}}}),
    "wider bounds": ({"minProperties": 2, "maxProperties": 2}, {"minProperties": 1, "maxProperties": 3}),
    "no bounds": ({"minProperties": 2, "pattern": "a"}, {}),
    "an open object": ({"additionalProperties": False}, {}),
    "the same, by reference": (
        {"properties": {"a": MONEY}},
        {"$defs": {"m": MONEY}, "properties": {"a": {"$ref": "#/$defs/m"}}},
    ),
}  # fmt: skip


def entry(**fields: Any) -> dict[str, Any]:
    return {"name": "view", **DEFAULTS, **fields}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(change.said, change.breaks) for change in differences([entry(**before)], [entry(**after)])]


@pytest.mark.parametrize("case", LESS)
def test_a_schema_that_takes_less_breaks_where_it_rejects(case: str) -> None:
    before, after, said = LESS[case]
    assert (said, True) in changes({"schema": before, "mode": "reject"}, {"schema": after, "mode": "reject"})
    assert changes({"schema": before, "mode": "warn"}, {"schema": after, "mode": "warn"})[0] == (
        f"{said} (not rejected)",
        False,
    )


@pytest.mark.parametrize("case", MORE)
def test_a_schema_that_takes_more_breaks_nothing(case: str) -> None:
    before, after = MORE[case]
    assert changes({"schema": before, "mode": "reject"}, {"schema": after, "mode": "reject"}) == [
        ("schema takes all that it took before", False)
    ]


def test_the_same_plan_changes_nothing() -> None:
    assert differences([entry(schema=MONEY)], [entry(schema=MONEY)]) == []


def test_a_name_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    assert [change[2] for change in differences([entry()], [])] == [True]
    assert differences([], [entry(), entry(name="click", mode="reject")]) == [
        ("click", "is new, and rejects what does not fit", False), ("view", "is new", False),
    ]  # fmt: skip


def test_to_reject_or_to_reject_sooner_breaks() -> None:
    schema = {"schema": MONEY}
    later, sooner = {"mode": "reject", "from": "2026-12-31"}, {"mode": "reject", "from": "2026-12-01"}
    assert changes({"mode": "warn", **schema}, sooner | schema) == [
        ("mode is reject, was warn", True), ("from is 2026-12-01, was not set", False),
    ]  # fmt: skip
    assert changes(later | schema, sooner | schema) == [("from is 2026-12-01, was 2026-12-31", True)]
    assert changes(sooner | schema, later | schema) == [("from is 2026-12-31, was 2026-12-01", False)]
    assert changes(sooner | schema, {"mode": "reject", **schema}) == [("from is not set, was 2026-12-01", True)]
    assert changes({"mode": "reject", **schema}, {"mode": "warn", **schema}) == [("mode is warn, was reject", False)]


def test_what_changes_the_counts_is_told_and_breaks_no_sender() -> None:
    assert changes({}, {"repeat_window_seconds": 0, "across_sources": True, "owner": "web", "status": "deprecated"}) == [
        ("owner is web, was not set", False), ("status is deprecated, was active", False),
        ("repeat_window_seconds is 0, was not set", False), ("across_sources is True, was False", False),
    ]  # fmt: skip


@pytest.mark.parametrize("covering", [[], [entry(name="click__*", schema=MONEY, mode="warn")]])
def test_a_new_entry_that_rejects_what_was_taken_breaks(covering: list[dict[str, Any]]) -> None:
    for name in ("click__save", "click__free") if covering else ("click__*", "click__save", "signup"):
        new = entry(name=name, mode="reject", schema={"required": ["page"]})
        assert [change for change in differences(covering, [*covering, new]) if change.breaks] == [
            (name, "properties/page: is required now", True)
        ]


def test_a_new_entry_breaks_nothing_if_its_action_rejected_as_much() -> None:
    action = entry(name="click__*", mode="reject", schema={"required": ["page"]})
    new = entry(name="click__save", mode="reject", schema={"required": ["page"]})
    assert [change.breaks for change in differences([action], [action, new])] == [False]
    later = action | {"from": "2099-01-01"}
    assert [change.breaks for change in differences([later], [later, new])] == [False, True]
