"""The tracking plan as types for Python 3.11 and newer."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING, Any

from tracking.catalogue.narrowing import expanded
from tracking.catalogue.plan_schemas import DETAIL
from tracking.catalogue.windows import ANY

if TYPE_CHECKING:
    from collections.abc import Sequence

SIMPLE = {"string": "str", "number": "float", "integer": "int", "boolean": "bool", "null": "None"}
HEAD = '''\
"""Made by `python -m tracking catalogue types`; do not edit."""

from typing import Any, Literal, NotRequired, Protocol, Required, TypedDict, overload
'''
TRACK = '''

class Track(Protocol):
    """`track`, for names of the plan."""
'''


class _Types:
    """Collects the classes that a plan needs: each object has one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._taken = {
            "Literal",
            "NotRequired",
            "Protocol",
            "Required",
            "Track",
            "TypedDict",
            "EventName",
            "Any",
            "overload",
        }
        self._taken |= {*keyword.kwlist, *dir(builtins)}

    def of(self, schema: Any, wanted: str) -> str:
        """The type of an expanded schema. It may take more than the schema does, and never less."""
        if not isinstance(schema, dict):
            return "Any"
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            good = all(isinstance(value, (str, int, type(None))) for value in values)
            return f"Literal[{', '.join(map(repr, values))}]" if good and values else "Any"
        named = schema.get("type")
        if named is None:
            several = schema.get("anyOf", schema.get("oneOf"))
            return self._either([self.of(one, wanted) for one in several]) if several else "Any"
        return self._either(
            [self._named(one, schema, wanted) for one in ([named] if isinstance(named, str) else named)]
        )

    def _either(self, types: list[str]) -> str:
        return "Any" if "Any" in types else " | ".join(dict.fromkeys(types))

    def _named(self, name: str, schema: dict[str, Any], wanted: str) -> str:
        if name == "array":
            members = [*schema.get("prefixItems", []), schema.get("items", True)]
            kinds = [self.of(one, f"{wanted}Item") for one in members if one is not False]
            return f"list[{self._either(kinds)}]" if kinds else "list[Any]"
        if name != "object":
            return SIMPLE[name]
        required, properties = schema.get("required", []), schema.get("properties", {})
        by_pattern = "patternProperties" in schema or isinstance(schema.get("additionalProperties"), dict)
        if by_pattern or (not required and not properties):
            return "dict[str, Any]"
        made = self._free(wanted)
        fields = [
            f"    {key!r}: {'Required' if key in required else 'NotRequired'}[{self.of(inner, made + _camel(key))}],"
            for key, inner in (dict.fromkeys(required, True) | properties).items()
        ]
        self.lines += [
            f"{made} = TypedDict(",
            f"    {made!r},",
            "    {",
            *(f"    {line}" for line in fields),
            "    },",
            ")",
        ]
        return made

    def _free(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken.add(name)
        return name


def python_types(entries: Sequence[dict[str, Any]]) -> str:
    """A module of types; the entries are in wire form. Names of an action (`click__*`) have none: Python knows no
    patterns of texts.
    """
    single = [entry for entry in entries if entry["name"] != ANY and not entry["name"].endswith(DETAIL)]
    types, calls = _Types(), []
    for entry in single:
        schema = expanded(entry["schema"])
        made = (
            types.of({"type": "object"} | schema, _camel(entry["name"]))
            if isinstance(schema, dict)
            else "dict[str, Any]"
        )
        optional = "" if isinstance(schema, dict) and schema.get("required") else " | None = None"
        said = filter(None, [entry["description"], "(deprecated)" if entry["status"] == "deprecated" else ""])
        calls.append(
            f"    @overload\n    def __call__(self, name: Literal[{entry['name']!r}], receiver: str, "
            f"properties: {made}{optional}, /) -> object:\n        {' '.join(['...  #', *said]).removesuffix('  #')}"
        )
    if len(calls) == 1:
        calls[0] = calls[0].removeprefix("    @overload\n")
    names = "".join(f"\n    {entry['name']!r}," for entry in single)
    union = f"EventName = Literal[{names}\n]" if single else "EventName = str"
    body = "\n".join([HEAD, *types.lines, union])
    return body + "\n" + (TRACK + "\n" + "\n\n".join(calls) + "\n" if calls else "")


def _camel(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"P{name}"
