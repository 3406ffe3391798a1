"""One JSON object a line, each an event in wire form (https://github.com/ndjson/ndjson-spec)."""

import json
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import NoReturn

from tracking.imports import UNFINISHED, Event, Line, Occurrences, Parsed
from tracking.imports.columns import TEXTS, Columns

MAX_NESTING = 20
MAX_EVENT = 1 << 17  # characters; a thousand of them are held at once
_KINDS = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a boolean", type(None): "null"}


def parse(lines: Iterable[Line], columns: Columns = Columns()) -> Iterator[Parsed]:  # noqa: B008 (it is frozen)
    """An event or a problem for each line that is not blank."""
    occurrences = Occurrences()
    for line in lines:
        event, problem = None, line.problem
        if not problem:
            if not line.text or line.text.isspace():
                continue
            try:
                found = json_object(line.text)
                check_size(len(line.text))
                event = identified(_event(found, columns), occurrences)
            except ValueError as error:
                problem = str(error)
        if problem and not line.is_ended:
            yield Parsed(line.number, line.progress, excluded=UNFINISHED)
        else:
            yield Parsed(line.number, line.progress, event, problem, is_foreign=problem is not None)


def _event(found: Event, columns: Columns) -> Event:
    """The object as an event; if columns are given, by their names, and with numbers as ids."""
    if columns.given:
        renamed = ((columns.target(key), value) for key, value in found.items())
        found = columns.event(
            (target, str(value) if target in TEXTS and type(value) is int else value)
            for target, value in renamed
            if target is not None
        )
    return columns.timed(found)


def json_object(text: str) -> Event:
    """The JSON object (RFC 8259) in the text. Raises ValueError with the reason if there is none."""
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.removesuffix(' at')} at position {error.pos + 1}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if not isinstance(found, dict):
        raise ValueError(f"{_KINDS[type(found)]}, where a JSON object was expected")  # noqa: TRY004 (to the caller it is a bad value like the others)
    # Depth is at most the number of opening brackets: almost every event ends here.
    if text.count("{") + text.count("[") > MAX_NESTING and _depth(found) > MAX_NESTING:
        raise ValueError(_TOO_DEEP)
    return found


def check_size(characters: int) -> None:
    if characters > MAX_EVENT:
        raise ValueError(f"the event has {characters:,} characters; the most is {MAX_EVENT:,}")


def identified(event: Event, occurrences: Occurrences) -> Event:
    """The event with an id: its own, or one that follows from its content."""
    if event.get("id") is not None:
        return event
    content = {key: value for key, value in event.items() if key != "id"}
    return {"id": occurrences.identify(json.dumps(content, sort_keys=True, separators=(",", ":"))), **content}


def _depth(value: object) -> int:
    """The depth of objects and lists; without recursion, since the text may be too deep for it."""
    depth, layer = 0, [value]
    while layer := [one for one in layer if isinstance(one, dict | list)]:
        depth += 1
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"the number {text[:40]} is too big")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _integer(text: str) -> int:
    if len(text) > 40:  # far above 64 bits, far below the length at which Python raises its own error
        raise ValueError(f"the number {text[:40]}… is too big")
    return int(text)


_TOO_DEEP = f"nested deeper than {MAX_NESTING} levels"
# Python reads NaN, Infinity and 1e999; JSON and the database know none of them.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, parse_int=_integer)
