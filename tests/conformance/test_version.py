"""A rule, a window or a default changes with the version of the standard, or not at all."""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from tracking.conformance.preflight import lacks, rules
from tracking.conformance.vectors import HERE, all_vectors, defaults, files
from tracking.ingest import bots, crawlers, pixel
from tracking.ingest.schemas import MAX_ROW_BYTES
from tracking.settings import Settings
from tracking.standard import VERSION
from tracking.stats.queries import STEPS
from tracking.vocabulary import CREATOR, ID, MAX_DEPTH, NAME, RECEIVER, STORED, VERDICTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "counting.md").read_text()
IN_CODE = {
    "agents a request": bots.MOST,
    "agents of people": sorted(crawlers.PEOPLES),
    "families": sorted(crawlers.FAMILIES),
    "characters of an agent": crawlers.MAX_LENGTH,
    "fetch ahead": [sorted(pixel.PREFETCHERS), pixel.PROXIES, pixel.SPECULATIVE],
    "forms": [NAME, RECEIVER, CREATOR, ID, MAX_DEPTH, MAX_ROW_BYTES],
    "steps": STEPS,
    "verdicts": [STORED, VERDICTS],
}
"""Rules that are tables in the code: of these the vectors have some examples only."""
TOLD = {line.split()[0]: line.split()[1] for line in (HERE / "versions.txt").read_text().splitlines()}


def digest() -> str:
    """Of all that decides numbers. The words by which a vector says what it shows may be mended."""
    vectors = [vector for file in files() for vector in json.loads(file.read_bytes())]
    whole = [
        [{key: value for key, value in vector.items() if key != "says"} for vector in vectors],
        json.loads((HERE / "agents.json").read_bytes()),
        json.loads((HERE / "defaults.json").read_bytes()),
        IN_CODE,
    ]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def test_what_decides_numbers_is_that_of_this_version() -> None:
    found = digest()
    assert TOLD[VERSION] == found, (
        f"a vector, a default or a table of rules is not as version {VERSION} has it. If that is meant, it is a new"
        f" version: change VERSION in tracking/standard.py, add it to docs/counting.md, and add the line\nVERSION {found}\nto"
        " tracking/conformance/versions.txt. A line that is there stays."
    )


def test_versions_only_grow() -> None:
    numbers = [tuple(map(int, version.split("."))) for version in TOLD]
    assert numbers == sorted(set(numbers))
    assert list(TOLD)[-1] == VERSION


def test_the_page_is_of_this_version_and_tells_of_each() -> None:
    assert f"Version {VERSION}." in PAGE
    assert re.findall(r"^\| (\d+\.\d+) \| 20", PAGE, re.MULTILINE) == list(TOLD)


def test_each_rule_has_vectors_and_each_vector_a_rule() -> None:
    page = re.findall(r"^\*\*(\d+\.\d+)\*\* ", PAGE, re.MULTILINE)
    assert len(page) == len(set(page))
    assert list(dict.fromkeys(vector.rule for vector in all_vectors())) == page


def test_each_section_of_the_page_has_its_file() -> None:
    sections = re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)
    assert [str(int(file.name[:2])) for file in files()] == sections


def test_the_page_says_how_many_vectors_there_are() -> None:
    vectors = all_vectors()
    assert len(vectors) >= 200
    outside = sum(lacks(vector) is None for vector in vectors)
    assert f"There are {len(vectors)}." in PAGE
    assert f"{len(vectors)} vectors that anybody can run" in PAGE
    assert f"{outside} of the vectors can run from outside" in PAGE


def test_no_two_vectors_say_the_same() -> None:
    said = [vector.says for vector in all_vectors()]
    assert len(said) == len(set(said))


def test_the_defaults_are_those_of_a_new_deployment(event_types: Any) -> None:
    ours = defaults()
    theirs = [
        {"name": name, "repeat_window_seconds": window and window.total_seconds(), "per_day": per_day}
        for name, _, window, per_day in event_types
    ]
    named = {one["name"] for one in [*theirs, *ours.event_types]}
    names = [name.replace("*", "x") for name in named] + ["anything", "anything__else"]
    assert {name: rules(theirs)[name] for name in names} == {name: rules(ours.event_types)[name] for name in names}
    assert named == {one["name"] for one in ours.event_types} == {one["name"] for one in theirs}
    defaults_of = {field.name: field.default for field in fields(Settings)}
    assert defaults_of["lateness_days"] == ours.lateness_days
    assert defaults_of["future_seconds"] == ours.future_seconds
