"""Types from the plan: what a compiler takes is what the schemas take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tracking.catalogue.event_types import DEFAULTS
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
