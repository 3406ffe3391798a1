"""All schemas of the catalogue together cost a worker a bounded time and memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.cast import bearer
from fixtures.database import KEY
from tracking.catalogue import event_types
from tracking.catalogue.patterns import OF_A_SCHEMA, OF_ALL
from tracking.provenance import credentials


@pytest.fixture
def put(client: Any, sql: Any) -> Any:
    sql("insert into tracking.sources (name, rights) values ('platform', '{catalogue}')")
    headers = bearer(credentials.derive(KEY, "platform", 1))

    def send(*entries: Any) -> tuple[int, str]:
        answer = client.put("/v1/event-types", data=json.dumps({"event_types": entries}), headers=headers)
        return answer.status_code, answer.text

    return send


def entry(number: int, length: int = 1) -> dict[str, Any]:
    """With as many patterns as a schema may have."""
    texts = (f"{number}a{n}".ljust(length, "b") for n in range(OF_A_SCHEMA[0]))
    return {"name": f"n{number}", "schema": {"properties": {text: {"pattern": text} for text in texts}}}


FULL = OF_ALL[0] // OF_A_SCHEMA[0]


def test_a_batch_is_counted_before_any_of_it_is_compiled(put: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracking.catalogue.property_schemas.compiled", None)
    status, said = put(*(entry(number) for number in range(FULL + 1)))
    assert status == 422
    assert "all schemas have 550 patterns; the most is 500" in said


def test_all_entries_are_counted_together(put: Any) -> None:
    assert put(*(entry(number) for number in range(FULL)))[0] == 200
    status, said = put({"name": "more", "schema": {"pattern": "a"}})
    assert status == 422
    assert "all schemas of the catalogue would have 501 patterns; the most is 500" in said
    assert put(entry(0), {"name": "view", "schema": {"type": "object"}})[0] == 200
    assert put({"name": "n0"}, {"name": "more", "schema": {"pattern": "a"}})[0] == 200


def test_all_schemas_are_bounded_by_their_size(put: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(event_types, "MAX_SCHEMAS", 1000)
    assert put({"name": "view", "schema": {"title": "x" * 600}})[0] == 200
    status, said = put({"name": "click", "schema": {"title": "x" * 600}})
    assert (status, "1,226 characters as JSON; the most is 1,000" in said) == (422, True)


@pytest.mark.parametrize("odd", [{}, {"event_types": 3}, {"event_types": [3, {"name": "a", "schema": 3}]},
                                 {"event_types": [{"name": "a", "schema": {"patternProperties": 3, "pattern": {}}}]}])  # fmt: skip
def test_what_is_no_schema_is_told_all_the_same(put: Any, client: Any, odd: Any) -> None:
    headers = bearer(credentials.derive(KEY, "platform", 1))
    assert client.put("/v1/event-types", data=json.dumps(odd), headers=headers).status_code == 422
