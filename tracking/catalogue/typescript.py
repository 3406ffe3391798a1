"""The tracking plan as types for TypeScript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tracking.catalogue.narrowing import expanded
from tracking.catalogue.plan_schemas import DETAIL
from tracking.catalogue.windows import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIMPLE = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}
ALL = ["object", "array", "string", "number", "boolean", "null"]
OF_OBJECTS_AND_LISTS = {"items", "prefixItems", "properties", "required"}
HEAD = "// Made by `python -m tracking catalogue types`; do not edit."
TAIL = """\
export type EventName = {names};
export type PropertiesOf<N extends EventName> = N extends keyof EventProperties
  ? EventProperties[N]
  : {others};
/** `footfall.track`, for names of the plan. */
export type Track = <N extends EventName>(
  name: N,
  receiver: `${{string}}:${{string}}`,
  ...properties: {{}} extends PropertiesOf<N> ? [properties?: PropertiesOf<N>] : [properties: PropertiesOf<N>]
) => void;
"""


def typescript(entries: Sequence[dict[str, Any]]) -> str:
    """A module of types; the entries are in wire form. Names of an action (`click__*`) become a pattern."""
    single = [entry for entry in entries if entry["name"] != ANY and not entry["name"].endswith(DETAIL)]
    actions = [entry for entry in entries if entry["name"].endswith(DETAIL)]
    lines = [HEAD, "", "export interface EventProperties {"]
    for entry in single:
        lines += _comment(entry, "  ")
        lines.append(f"  {json.dumps(entry['name'])}: {_properties(entry, '  ')};")
    lines += ["}", ""]
    names = ["keyof EventProperties", *(_pattern(entry) for entry in actions)]
    others = "".join(f"N extends {_pattern(entry)}\n    ? {_properties(entry, '    ')}\n    : " for entry in actions)
    return "\n".join(lines) + "\n" + TAIL.format(names=" | ".join(names), others=f"{others}never")


def _pattern(entry: dict[str, Any]) -> str:
    return f"`{entry['name'].removesuffix('*')}${{string}}`"


def _comment(entry: dict[str, Any], indent: str) -> Iterator[str]:
    said = [entry["description"], *(["@deprecated"] if entry["status"] == "deprecated" else [])]
    if text := " ".join(filter(None, said)).replace("*/", "* /"):
        yield f"{indent}/** {text} */"


def _properties(entry: dict[str, Any], indent: str) -> str:
    schema = expanded(entry["schema"])
    if not isinstance(schema, dict) or not {"properties", "required", "allOf", "anyOf", "oneOf"} & schema.keys():
        return "{ [property: string]: unknown }"
    return type_of({"type": "object"} | schema, indent)


def type_of(schema: Any, indent: str) -> str:
    """The type of an expanded schema. It may take more than the schema does, and never less."""
    if not isinstance(schema, dict):
        return "never" if schema is False else "unknown"
    parts = list(_parts(schema, indent))
    return " & ".join(f"({part})" if "|" in part and len(parts) > 1 else part for part in parts) or "unknown"


def _parts(schema: dict[str, Any], indent: str) -> Iterator[str]:
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        yield " | ".join(_literal(value) for value in values) or "never"
    elif "type" in schema or OF_OBJECTS_AND_LISTS & schema.keys():
        named = schema.get("type", ALL)  # without a type, a keyword of objects says nothing of a text
        yield " | ".join(_named(one, schema, indent) for one in ([named] if isinstance(named, str) else named))
    for one in schema.get("allOf", []):
        yield type_of(one, indent)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            yield " | ".join(type_of(one, indent) for one in schema[keyword])


def _literal(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (str, int, float, type(None))) else "unknown"


def _named(name: str, schema: dict[str, Any], indent: str) -> str:
    if name == "array":
        members = [type_of(one, indent) for one in (*schema.get("prefixItems", []), schema.get("items", True))]
        return f"Array<{' | '.join(dict.fromkeys(members))}>"
    if name != "object":
        return SIMPLE[name]
    within = f"{indent}  "
    required, properties = schema.get("required", []), schema.get("properties", {})
    lines = [
        f"{within}{json.dumps(key)}{'' if key in required else '?'}: {type_of(inner, within)};"
        for key, inner in (dict.fromkeys(required, True) | properties).items()
    ]
    if schema.get("additionalProperties", True) is not False or "patternProperties" in schema:
        lines.append(f"{within}[property: string]: unknown;")
    return "\n".join(["{", *lines, f"{indent}}}"]) if lines else "{}"
