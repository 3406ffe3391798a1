"""Types from the plan: what a compiler takes is what the schemas take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from fixtures.schemas import changed
from tracking.catalogue.event_types import DEFAULTS
from tracking.catalogue.property_schemas import compiled
from tracking.catalogue.pythontypes import python_types
from tracking.catalogue.typescript import typescript
from tracking.embedded.node import node

MONEY = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "currency": {"enum": ["EUR", "USD"]}},
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
PLAN: list[dict[str, Any]] = [
    DEFAULTS | {"name": "*", "repeat_window_seconds": 1},
    DEFAULTS | {"name": "click__*", "schema": {"required": ["page"], "properties": {"page": {"type": "string"}}}},
    DEFAULTS
    | {
        "name": "click__saveJob",
        "description": "the bookmark */ of a job",
        "status": "deprecated",
        "schema": {
            "$defs": {"money": MONEY},
            "properties": {
                "page": {"type": "string"},
                "price": {"$ref": "#/$defs/money"},
                "tags": {"type": "array", "items": {"type": ["string", "null"]}},
                "kind": {"anyOf": [{"const": "a"}, {"type": "integer"}]},
                'a "b"': {"type": "boolean"},
            },
            "required": ["page", "other"],
        },
    },
    DEFAULTS | {"name": "view", "description": "opened"},
]
TYPESCRIPT = """\
export interface EventProperties {
  /** the bookmark * / of a job @deprecated */
  "click__saveJob": {
    "page": string;
    "other": unknown;
    "price"?: {
      "amount": number;
      "currency": "EUR" | "USD";
    };
    "tags"?: Array<string | null>;
    "kind"?: "a" | number;
    "a \\"b\\""?: boolean;
    [property: string]: unknown;
  };
  /** opened */
  "view": { [property: string]: unknown };
}

export type EventName = keyof EventProperties | `click__${string}`;
"""


def test_typescript_has_names_and_properties() -> None:
    assert TYPESCRIPT in typescript(PLAN)
    assert 'N extends `click__${string}`\n    ? {\n      "page": string;' in typescript(PLAN)


@pytest.mark.parametrize("plan", [PLAN, []], ids=["a plan", "no plan"])
def test_typescript_is_valid(plan: Any, tmp_path: Path) -> None:
    """Node reads it, and takes the types out."""
    (tmp_path / "plan.ts").write_text(typescript(plan))
    done = subprocess.run([node(), tmp_path / "plan.ts"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


ODD: dict[str, Any] = {
    "none": {"required": ["page"], "properties": {"page": {"type": "string"}}},
    "true": {"required": ["a"]}, "class": {"required": ["a"]}, "type": {"required": ["a"]}, "dict": {"required": ["a"]},
    "list": {"required": ["a"], "properties": {"a": {"type": "array"}}}, "str": {"required": ["a"]}, "any": {"required": ["a"]},
    "overload": {"required": ["a"]}, "track": {"required": ["a"]}, "exception": {"required": ["a"]},
    "a b": {"required": ["a"]}, "a-b": {"required": ["a"]}, "a.1": {"required": ["1", "_", ""]},
    "reference": {"$defs": {"x": True}, "$ref": "#/$defs/x"}, "never": {"$defs": {"x": False}, "$ref": "#/$defs/x"},
    "booleans": {"properties": {"a": True, "b": False}, "items": False, "allOf": [True], "anyOf": [True, False]},
    "first": {"properties": {"a": {"type": "array", "prefixItems": [{"type": "string"}], "items": False}}},
    "then": {"properties": {"a": {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}}}},
    "nothing": {"properties": {"a": {"type": "array", "items": False}}},
    "patterns": {"properties": {"a": {}}, "patternProperties": {"^x_": {}}, "additionalProperties": False},
    "others": {"properties": {"a": {}}, "additionalProperties": {"type": "number"}},
    "untyped": {"properties": {"a": {"properties": {"b": {"type": "string"}}, "required": ["b"]}}},
}  # fmt: skip
FITS: dict[str, list[str]] = {
    "none": ['{"page": "x"}'],
    "reference": ['{"a": 1}'],
    "first": ['{"a": ["x"]}', '{"a": []}'],
    "then": ['{"a": ["x", 1]}'],
    "nothing": ['{"a": []}'],
    "patterns": ['{"x_1": 1}'],
    "others": ['{"b": 1}'],
    "untyped": ['{"a": {"b": "x"}}', '{"a": 1}', '{"a": "x"}', '{"a": [1]}'],
}
"""Properties that the schemas of ODD take, in JSON, which both languages read."""


@pytest.fixture
def odd() -> list[dict[str, Any]]:
    for name, sent in FITS.items():
        assert all(compiled(ODD[name]).is_valid(json.loads(one)) for one in sent)
    return [DEFAULTS | {"name": name, "schema": schema} for name, schema in ODD.items()]


def test_python_takes_what_odd_schemas_take(odd: list[dict[str, Any]], tmp_path: Path) -> None:
    calls = "".join(f'    track("{name}", "job:42", {one})\n' for name, sent in FITS.items() for one in sent)
    (tmp_path / "plan.py").write_text(python_types(odd))
    (tmp_path / "use.py").write_text(f"from plan import Track\n\n\ndef use(track: Track) -> None:\n{calls}")
    done = subprocess.run([sys.executable, "plan.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        tmp_path / "cache",
        "use.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@settings(max_examples=200, deadline=None)
@given(changed())
def test_any_schema_has_types(pair: tuple[Any, Any]) -> None:
    plan = [DEFAULTS | {"name": name, "schema": schema} for name, schema in zip(("one", "other"), pair, strict=True)]
    compile(python_types(plan), "plan.py", "exec")
    assert "EventProperties" in typescript(plan)


def test_typescript_takes_what_odd_schemas_take(odd: list[dict[str, Any]], tmp_path: Path) -> None:
    made = typescript(odd)
    (tmp_path / "plan.ts").write_text(made)
    done = subprocess.run([node(), tmp_path / "plan.ts"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert '"a"?: Array<string | never>;' in made
    assert '"a"?: Array<string | number>;' in made
    patterns = made[made.index('"patterns"') :]
    assert "[property: string]: unknown;" in patterns[: patterns.index("};")]
    untyped = made[made.index('"untyped"') :]
    assert "} | Array<unknown> | string | number | boolean | null;" in untyped[: untyped.index("export")]


USE = """
from plan import EventName, Track

def use(track: Track) -> None:
    track("view", "job:42")
    track("view", "job:42", {"anything": 1})
    track("click__saveJob", "job:42", {"page": "/", "other": 1, "kind": 2, "tags": [None, "a"]})
    track("click__saveJob", "job:42", {"page": "/", "other": 1, "price": {"amount": 1.5, "currency": "EUR"}, 'a "b"': True})
    name: EventName = "view"
"""
WRONG = [
    'track("vew", "job:42")',
    'track("click__saveJob", "job:42")',
    'track("click__saveJob", "job:42", {"page": "/"})',
    'track("click__saveJob", "job:42", {"page": 1, "other": 1})',
    'track("click__saveJob", "job:42", {"page": "/", "other": 1, "price": {"amount": 1.5, "currency": "CHF"}})',
]


def test_python_types_take_what_fits_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "plan.py").write_text(python_types(PLAN))
    (tmp_path / "empty.py").write_text(python_types([]))
    (tmp_path / "single.py").write_text(python_types(PLAN[-1:]))
    (tmp_path / "use.py").write_text(USE + "".join(f"    {line}\n" for line in WRONG))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", tmp_path / "cache",
               "use.py", "empty.py", "single.py"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    first = len(USE.splitlines()) + 1
    errors = {line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line}
    assert errors == {str(first + number) for number in range(len(WRONG))}, done.stdout
