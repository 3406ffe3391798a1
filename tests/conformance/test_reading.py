"""No vector is a recording: what it expects follows from a plain reading of the rules, too."""

import json
from typing import Any

import pytest

from conformance.reading import verdicts
from conformance.recounting import Recounting
from tracking.conformance.vectors import HERE, files

AGENTS = json.loads((HERE / "agents.json").read_bytes())
ALL = [vector for file in files() for vector in json.loads(file.read_bytes())]


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector['rule']} {vector['says']}")
def test_the_rules_say_the_same(vector: dict[str, Any]) -> None:
    read = verdicts(vector, AGENTS)
    expected = [
        (step["verdict"], step.get("field"))
        for step in vector["events"] if "owner" not in step
        for _ in range(step.get("times", 1))
    ]  # fmt: skip
    assert [(verdict, field) for _, verdict, field in read] == expected
    recounting = Recounting(vector, [one for one, verdict, _ in read if verdict == "accepted"])
    whole = {"ask": "summary", "tells": vector["counts"]}
    for question in [whole, *vector.get("answers", [])]:
        assert recounting.tells(question) == question["tells"], question
