"""The tracking plan as YAML: what is written is read again, and what is wrong is told by its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.catalogue import event_types, yamlfile
from tracking.catalogue.yamlfile import Unreadable

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
TRICKY = st.sampled_from(["no", "Null", "~", "1_000", "2026-12-01", "12:30:00", "1e3", "0o17", "a: b", "a #b", "- a", " x",
                          "x ", "a,b", ".inf", "e1", "=", "<<", "*a", "&a", "!t", "|", "a:", "?", "\x85", "\u2028"])  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | TRICKY
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | TRICKY, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    entry = {"name": "view", **event_types.DEFAULTS, "schema": {"x-any": value}}
    (back,) = yamlfile.read(yamlfile.write([entry]).encode().replace(b"\\u0000", b"0"))
    assert json.dumps(back["schema"]) == json.dumps(entry["schema"]).replace("\\u0000", "0")


def test_a_plan_is_written_without_what_says_nothing() -> None:
    entries = [
        {"name": "*", **event_types.DEFAULTS, "repeat_window_seconds": 1, "per_day": 100},
        {"name": "click__saveJob", **event_types.DEFAULTS, "description": "the bookmark: clicked", "mode": "reject",
         "from": "2026-12-01", "schema": {"required": ["page"], "properties": {"page": {"type": "string"}, "no": {}}}},
    ]  # fmt: skip
    assert yamlfile.write(entries) == yamlfile.HEAD + (
        """\
event_types:
  - name: "*"
    repeat_window_seconds: 1
    per_day: 100
  - name: click__saveJob
    description: "the bookmark: clicked"
    mode: reject
    from: "2026-12-01"
    schema:
      required: [page]
      properties:
        page:
          type: string
        "no": {}
"""
    )
    assert [event_types.wire(entry) for entry in yamlfile.read(yamlfile.write(entries).encode())] == entries


def test_an_empty_plan_is_a_plan() -> None:
    assert yamlfile.read(yamlfile.write([]).encode()) == []


def test_a_date_needs_no_quotes() -> None:
    (entry,) = yamlfile.read(b"event_types: [{name: view, schema: {}, mode: reject, from: 2026-12-01}]")
    assert str(entry["since"]) == "2026-12-01"


BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 105)
)
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "expected event_types: and a list of them"),
    "a list": (b"- a", "expected event_types: and a list of them"),
    "no YAML": (b"event_types: [", "YAML parse error at line 1, column 14: unclosed bracket '['"),
    "a key twice": (b"event_types: []\nevent_types: []", "duplicate mapping key: 'event_types'"),
    "no UTF-8": (b"\xff", "it is not in UTF-8"),
    "a number as key": (b"event_types: [{name: view, schema: {properties: {1: {}}}}]", "a key is no text; put it in quotes"),
    "a bomb": (BOMB, "alias replay limit exceeded"),
    "many bytes": (b"#" * 4_000_001, "4,000,001 bytes; the most is 4,000,000"),
    "a fault of an entry": (
        b"event_types: [{name: view}, {name: click, mode: warn, colour: red}]",
        "event_types: 2 (click): colour: Unknown field.",
    ),
    "a fault of a schema": (
        b"event_types: [{name: view, schema: {typ: object}}]",
        "event_types: 1 (view): schema: 'typ' is no keyword that is understood here; do you mean type?",
    ),
    "a tag": (b"event_types: !!python/object/apply:os.system ['true']", "event_types: 1: Invalid input type."),
    "depth": (b"event_types: " + b"[" * 5000, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_plan_says_why(case: str) -> None:
    text, said = BAD[case]
    with pytest.raises(Unreadable) as caught:
        yamlfile.read(text)
    assert said in caught.value.args[0]
    assert "\n" not in caught.value.args[0]
