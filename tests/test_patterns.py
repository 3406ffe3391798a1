"""No pattern of the package takes longer than in proportion to what it reads, however that was made."""

import importlib
import pkgutil
import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, ModuleType
from typing import Any, get_type_hints

import marshmallow as ma
import msgspec
import pytest
from werkzeug.local import LocalProxy

import jobs
import tracking
from tracking.redaction import redacted

LENGTH = 8_192
FACTOR = 4
"""So many times the length takes so many times as long where a pattern is linear, and the square of it where not."""
BRIEF = 0.002
"""Seconds of this process, under which FACTOR times LENGTH characters were surely read once."""
SOURCES = {
    name: importlib.import_module(name)
    for package in (tracking, jobs)
    for _, name, _ in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not name.endswith("__main__")
}


def patterns_in(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Those of the module's names, and of its classes."""
    for name, value in vars(module).items():
        for found in found_in(value):
            yield f"{module.__name__}.{name}", found
        if isinstance(value, type) and value.__module__ == module.__name__:
            for attribute, found in of_class(value, module):
                yield f"{module.__name__}.{name}.{attribute}", found


def of_class(owner: type, module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Those of its attributes, of marshmallow's fields and of msgspec's types."""
    for name, value in vars(owner).items():
        yield from ((name, found) for found in found_in(value))
    if issubclass(owner, ma.Schema):
        for name, field in owner._declared_fields.items():
            yield from ((name, found) for found in validators_of(field))
    if issubclass(owner, msgspec.Struct):
        for name, hint in get_type_hints(owner, vars(module), include_extras=True).items():
            yield from ((name, re.compile(text)) for text in metas_of(hint))


def found_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if type(value) is LocalProxy:  # Flask's: there is no request to look into
        return
    match value:
        case re.Pattern():
            yield value
        case BuiltinFunctionType() if isinstance(value.__self__, re.Pattern):
            yield value.__self__
        case ma.validate.Regexp():
            yield value.regex
        case dict():
            for inner in value.values():
                yield from found_in(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from found_in(inner)


def validators_of(field: Any) -> Iterator[re.Pattern[Any]]:
    for validator in field.validators:
        yield from found_in(validator)
    if isinstance(field, ma.fields.List):
        yield from validators_of(field.inner)


def metas_of(hint: Any) -> Iterator[str]:
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.pattern:
            yield meta.pattern
    for inner in getattr(hint, "__args__", ()):
        yield from metas_of(inner)


ALL = {
    f"{name} {found.pattern!r:.80}": (name, found) for module in SOURCES.values() for name, found in patterns_in(module)
}


def uses(name: str) -> set[str]:
    """By which methods the source goes through a text with the pattern of this name."""
    module, _, short = name.rpartition(".")
    while module not in SOURCES:
        module, _, short = module.rpartition(".")
    texts = [Path(found.__file__).read_text() for found in SOURCES.values() if found.__file__]
    called = {found for text in texts for found in re.findall(rf"\b{short}\.(\w+)\(", text)}
    return called & {"search", "sub", "finditer", "findall", "split"} or {"fullmatch", "match"}


def samples(pattern: re.Pattern[Any]) -> list[str]:
    """What the pattern's own beginnings match, each shorter than the next."""
    found = [""]
    for node in parser.parse(pattern.pattern, pattern.flags):
        found.append(found[-1] + example(node))
    return [text for text in found if text]


def example(node: tuple[Any, Any]) -> str:
    """A short text that one node of a parsed pattern matches."""
    kind, argument = node
    if kind is sre.LITERAL:
        return chr(argument)
    if kind is sre.IN:
        return next((text for text in map(one_of(argument), "a0A _-/.:\"\\'[?=,") if text), "a")
    if kind in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        least, _, inner = argument
        return "".join(map(example, inner)) * max(1, min(least, 50))
    if kind is sre.SUBPATTERN:
        return "".join(map(example, argument[-1]))
    if kind is sre.ATOMIC_GROUP:
        return "".join(map(example, argument))
    if kind is sre.BRANCH:
        return "".join(map(example, argument[1][-1]))
    if kind in {sre.NOT_LITERAL, sre.ANY}:
        return "b"
    return ""


def one_of(members: list[tuple[Any, Any]]) -> Any:
    """A function that gives the character back where the set of a pattern holds it."""
    negated = members[0][0] is sre.NEGATE
    classes = {sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_WORD: r"\w",
               sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip

    def holds(character: str) -> bool:
        for kind, argument in members:
            if kind is sre.LITERAL and chr(argument) == character:
                return True
            if kind is sre.RANGE and argument[0] <= ord(character) <= argument[1]:
                return True
            if kind is sre.CATEGORY and re.match(classes[argument], character):
                return True
        return False

    return lambda character: character if holds(character) is not negated else ""


def attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """A head, and what is repeated after it: each beginning again and again, and its last character alone."""
    for text in samples(pattern):
        yield from (("", text), (text, text[-1]), (text[:-1], text[-1:] + "b"), ("", text[-1]))


def seconds(run: Any, head: str, repeated: str, length: int) -> float:
    """Of this process's own time, the least of three."""
    text = (head + repeated * (length // len(repeated)))[:length] + "\n\0"
    times = []
    for _ in range(3):
        before = time.process_time()
        run(text)
        times.append(time.process_time() - before)
        if times[-1] < BRIEF:
            break
    return min(times)


def assert_linear(run: Any, head: str, repeated: str) -> None:
    length = 16
    while length < LENGTH:  # what doubles with each character would never end at full length
        assert seconds(run, head, repeated, length) < 0.1, f"{length} characters: {head[:40]!r} {repeated[:40]!r}"
        length += max(1, length // 16)
    short = seconds(run, head, repeated, LENGTH)
    long = seconds(run, head, repeated, FACTOR * LENGTH)
    assert long < BRIEF or long < short * FACTOR * 2, (
        f"{short:.4f} s, then {long:.4f} s: {head[:40]!r} {repeated[:40]!r}"
    )


@pytest.mark.parametrize("which", ALL)
def test_a_pattern_reads_a_hostile_text_once(which: str) -> None:
    name, pattern = ALL[which]
    if isinstance(pattern.pattern, bytes):
        pattern = re.compile(pattern.pattern.decode("latin-1"), pattern.flags)
    for use in uses(name):
        method = pattern.sub if use == "sub" else getattr(pattern, use)
        run = (lambda text, method=method: method("", text)) if use == "sub" else method
        if use == "finditer":
            run = lambda text, method=method: list(method(text))  # noqa: E731
        for head, repeated in attacks(pattern):
            assert_linear(run, head, repeated)


HOSTILE = [
    "://a:",
    "://",
    "://a:b@",
    "a://b:c",
    "fk_",
    "fc_a_1_",
    "fs_a-",
    "aA0",
    "aA0.",
    "f",
    "@",
    "Ab ",
    "\\",
    "%5F",
    "\ud800",
]


@pytest.mark.parametrize("repeated", HOSTILE)
@pytest.mark.parametrize("head", ["", "GET /", "://a:", "fc_web_1_"])
def test_what_goes_to_the_log_is_read_once(head: str, repeated: str) -> None:
    """The parts of the redaction together, not its patterns one by one."""
    assert_linear(redacted, head, repeated)


def test_the_patterns_are_all_there() -> None:
    """The walk finds those of modules, fields, types and bound methods."""
    names = {name for name, _ in ALL.values()}
    assert {
        "tracking.redaction.SECRET",
        "tracking.provenance.tokens.TOKEN",
        "tracking.ingest.schemas.Event.name",
    } <= names
    assert any(name.startswith("tracking.provenance.tokens.ScopeSchema.receivers") for name in names)


@pytest.mark.parametrize("bad", [r"(://[^:/@\s]+:)[^@\s]+@", r"(a+)+b", r"x*y", r"(?:a|a)*c"])
def test_a_pattern_that_is_not_linear_is_noticed(bad: str) -> None:
    with pytest.raises(AssertionError, match=r"characters: |s, then "):
        assert_all_linear(re.compile(bad))


def assert_all_linear(pattern: re.Pattern[str]) -> None:
    for head, repeated in attacks(pattern):
        assert_linear(pattern.search, head, repeated)
