"""The tracking plan as YAML (1.2.2), for review in git: in one order, with nothing that says nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import marshmallow as ma
import yaml_rs

from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES = 4_000_000
MAX_REPLAYED = 20_000
"""Values that aliases (`*name`) repeat."""
MOST_FAULTS = 20
HEAD = "# The tracking plan: what each event is called and what it brings. `python -m tracking catalogue --help`\n"
PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.-]| (?=[A-Za-z0-9_(]))*[A-Za-z0-9_]|[A-Za-z]")
"""Texts that need no quotes, except words that a reader takes for something else."""
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}


class Unreadable(Exception):  # noqa: N818 (the name says it: the plan is unreadable)
    """The text is no tracking plan; each argument is a fault, for people."""


def read(text: bytes) -> list[dict[str, Any]]:
    """The entries of a plan, as `plan_schemas.EventTypeSchema` loads them. Raises Unreadable."""
    if len(text) > MAX_BYTES:
        raise Unreadable(f"{len(text):,} bytes; the most is {MAX_BYTES:,}")
    try:
        limits = yaml_rs.AliasLimits(max_total_replayed_events=MAX_REPLAYED)
        document: Any = yaml_rs.loads(text.decode(), parse_datetime=False, alias_limits=limits)
    except UnicodeDecodeError:
        raise Unreadable("it is not in UTF-8") from None
    except (yaml_rs.YAMLDecodeError, RecursionError) as error:
        first, *more = str(error).splitlines() or ["nested too deep"]
        said = more[-1] if more else ""
        raise Unreadable(f"{first[:200]}: {said[:200]}" if said else first[:200]) from None
    if not isinstance(document, dict):
        raise Unreadable("expected event_types: and a list of them")
    try:
        if not _has_texts_as_keys(document):
            raise Unreadable("a key is no text; put it in quotes")
        loaded: list[dict[str, Any]] = EventTypesSchema().load(document)["event_types"]
    except RecursionError:
        raise Unreadable("nested too deep") from None
    except ma.ValidationError as error:
        raise Unreadable(*list(_faults(error.messages, document))[:MOST_FAULTS]) from None
    return loaded


def write(entries: Iterable[dict[str, Any]]) -> str:
    """The plan with these entries, in wire form."""
    lines = [line for entry in entries for line in _listed(event_types.compact(entry), "  ")]
    return HEAD + ("\n".join(["event_types:", *lines]) if lines else "event_types: []") + "\n"


def _has_texts_as_keys(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_texts_as_keys(inner) for key, inner in value.items())
    return all(map(_has_texts_as_keys, value)) if isinstance(value, list) else True


def _faults(messages: Any, document: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each fault with its place, an entry by its name."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            found = document.get(key) if isinstance(document, dict) else None
            if isinstance(document, list) and isinstance(key, int):
                found = document[key]
            name = found.get("name") if isinstance(found, dict) else None
            part = str(key + 1 if isinstance(key, int) else key) + (f" ({name})" if isinstance(name, str) else "")
            yield from _faults(inner, found, path if key == "_schema" else (*path, part))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield f"{': '.join(path)}: {message}" if path else str(message)


def _listed(value: Any, indent: str) -> Iterator[str]:
    """A member of a list, as lines."""
    first, *others = _lines(value, f"{indent}  ")
    yield f"{indent}- {first.lstrip()}"
    yield from others


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and inner and not _is_short(inner):
                yield f"{indent}{_text(key)}:"
                yield from _lines(inner, f"{indent}  ")
            else:
                yield f"{indent}{_text(key)}: {_flow(inner)}"
    elif isinstance(value, list) and value and not _is_short(value):
        for inner in value:
            yield from _listed(inner, indent)
    else:
        yield f"{indent}{_flow(value)}"


def _is_short(value: Any) -> bool:
    """Whether it is a list of single values, which stand in one line."""
    return isinstance(value, list) and not any(isinstance(inner, (dict, list)) and inner for inner in value)


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return "{}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)
