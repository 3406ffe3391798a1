"""Stage 3: says what is wrong with an event, in words for the people who send it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tracking.ingest.schemas import Event
from tracking.vocabulary import A_NAME, A_RECEIVER, A_TIME, TOO_DEEP, a_text

FIELDS = Event.__struct_fields__
EXPECTED = {
    "name": f"expected {A_NAME}",
    "receiver": f"expected {A_RECEIVER}",
    "occurred_at": f"expected {A_TIME}",
    "id": f"expected {a_text(100)}",
    "creator": f"expected {a_text(200)}",
}
TYPES = {
    "null": "null",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "str": "a string",
    "datetime": "a string",
    "array": "a list",
    "object": "an object",
}
"""The name of a type in msgspec, and in plain words."""

MISSING = re.compile(r"Object missing required field `(\w++)`")
UNKNOWN = "Object contains unknown field"
TYPE = re.compile(r"Expected `(\w++)[^`]*+`, got `(\w++)`")
AT = " - at `$."


def reason(sent: Any, error: str, expected: Mapping[str, str] = EXPECTED) -> tuple[str, str]:
    """The first field at fault, in the order in which they were sent, and what is wrong with it.

    `error` is what msgspec says of it, `expected` what each field has to be.
    """
    if not isinstance(sent, dict):
        return "", "an event is a JSON object"
    if error.startswith(UNKNOWN):  # first of all: it quotes what was sent
        return unknown(sent)
    if missing := MISSING.match(error):
        return missing[1], f"missing; {expected[missing[1]]}"
    _, at, path = error.rpartition(AT)
    if not at:
        return "", error
    field, nested, _ = path.removesuffix("`").partition("[")
    if nested:
        return field, TOO_DEEP
    wrong = TYPE.match(error)
    said = [f"{TYPES[wrong[2]]}, not {TYPES[wrong[1]]}"] if wrong else []
    return field, "; ".join([*said, expected[field]] if field in expected else said)


def unknown(sent: dict[str, Any]) -> tuple[str, str]:
    """The first field that no event has, and the reason."""
    field = next(name for name in sent if name not in FIELDS)
    return field.encode(errors="replace").decode(), "Unknown field"
