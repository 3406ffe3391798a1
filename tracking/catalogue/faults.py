"""What is wrong with the properties of an event, in words for the people who send it. No value is quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    import jsonschema_rs

    from tracking.vocabulary import Mode

MAX_REASON = 300
SAYS = {
    "type": "expected {}",
    "enum": "expected one of {}",
    "const": "expected {}",
    "minimum": "expected {} or more",
    "maximum": "expected {} or less",
    "exclusiveMinimum": "expected more than {}",
    "exclusiveMaximum": "expected less than {}",
    "multipleOf": "expected a multiple of {}",
    "minLength": "expected a length of {} or more",
    "maxLength": "expected a length of {} or less",
    "minItems": "expected a list of {} or more",
    "maxItems": "expected a list of {} or less",
    "minProperties": "expected fields: {} or more",
    "maxProperties": "expected fields: {} or less",
    "pattern": "expected a text that matches {}",
    "format": "expected a text of the format {}",
    "uniqueItems": "expected members that all differ",
    "falseSchema": "not allowed here",
}
"""By keyword; the value of the keyword is put in."""
TYPES = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "array": "a list",
    "object": "an object",
}


class Fault(NamedTuple):
    field: str
    """As in `properties/price`."""
    reason: str


class Check(NamedTuple):
    """The schema of a name's properties, and what becomes of an event that does not fit."""

    validator: jsonschema_rs.Validator
    mode: Mode

    def fault(self, properties: dict[str, Any] | None) -> Fault | None:
        """The first fault; None if the properties fit. No properties are `{}`."""
        held = properties or {}
        if self.validator.is_valid(held):
            return None
        for error in self.validator.iter_errors(held):
            return _fault(error)
        return None


def _fault(error: jsonschema_rs.ValidationError) -> Fault:
    keyword, value = error.kind.name, error.kind.value
    path = ["properties", *map(str, error.instance_path)]
    if keyword == "required":
        return Fault("/".join([*path, str(value)]), "missing")
    if keyword in {"additionalProperties", "unevaluatedProperties"}:
        return Fault("/".join([*path, str(value[0])]), "unknown; the catalogue has no such property for this name")
    said = SAYS.get(keyword, f"does not fit `{keyword}` of its schema in the catalogue")
    if "{}" in said:
        said = said.format(_shown(keyword, value))
    return Fault("/".join(path), said if len(said) <= MAX_REASON else f"{said[: MAX_REASON - 1]}…")


def _shown(keyword: str, value: Any) -> str:
    if keyword == "type":
        return " or ".join(TYPES.get(one, str(one)) for one in (value if isinstance(value, list) else [value]))
    if keyword == "enum":
        return ", ".join(_json(one) for one in value)
    return value if isinstance(value, str) and keyword in {"pattern", "format"} else _json(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
