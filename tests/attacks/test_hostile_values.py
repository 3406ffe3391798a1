"""Hostile bytes in every parameter of every endpoint, by query and by body: refused or answered, never a fault of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest

from fixtures.cast import bearer
from fixtures.database import KEY
from tracking.provenance import credentials

BYTES = [
    b"\x00", b"a\x00b", b"\x1b", b"\x7f", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\u202e".encode(),
    "\U0001f600".encode(), b"'; drop table tracking.events; --", b"%s", b"%(from)s", b"{}", b"[]", b"-1", b"0",
    b"1e400", b"9" * 19, b"9" * 5000, b"x" * 4000, b"\\", b"*", b"%", b"_", b"__", b":", b"job:", b"property:\x00",
    b"property:", b"property:\xed\xa0\x80", b"0001-01-01", b"9999-12-31T23:59:59Z", b"2026-01-01T00:00:00+99:99",
    b"../../etc/passwd", b"nan", b"infinity", b"",
]  # fmt: skip
VALUES: list[Any] = [
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\x7f", "x" * 70_000, -1, 0, 2**31, 2**63, -(2**63), 10**400, 1e308, True,
    None, [], {}, [[]], [None], ["\x00"], ["\ud800"], [10**30], {"a": 1}, "property:\x00", "2026-13-45", "9999-12-31",
]  # fmt: skip


def operations(client: Any) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/openapi.json").json["paths"]
    return [(method, path, one) for path, methods in paths.items() for method, one in methods.items()]


def fields(client: Any, operation: dict[str, Any]) -> list[str]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = client.get("/openapi.json").json["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema["properties"])


@pytest.fixture
def everything(sql: Any, two_seconds_pass: Any) -> str:
    """The credential of a source that may do all there is."""
    sql("insert into tracking.sources (name, rights) values ('all', '{ingest,mint,stats,catalogue}')")
    two_seconds_pass()
    return credentials.derive(KEY, "all", 1)


def test_no_parameter_of_a_query_is_a_fault_of_ours(client: Any, everything: str) -> None:
    asked = 0
    for method, path, operation in operations(client):
        for parameter in operation.get("parameters", []):
            for octets in BYTES:
                query = f"{parameter['name']}={quote_from_bytes(octets)}"
                response = client.open(f"{path}?{query}", method=method.upper(), headers=bearer(everything))
                asked += 1
                assert response.status_code < 500, (path, parameter["name"], octets[:20], response.text)
    assert asked > 1500


def test_no_value_in_a_body_is_a_fault_of_ours(client: Any, everything: str) -> None:
    sent = 0
    for method, path, operation in operations(client):
        if "application/json" not in operation.get("requestBody", {}).get("content", ()):
            continue
        for name in fields(client, operation):
            for value in VALUES:
                body = json.dumps({name: value})
                response = client.open(path, method=method.upper(), data=body, headers=bearer(everything))
                sent += 1
                assert response.status_code < 500, (path, name, body[:40], response.text)
    assert sent > 800


def test_what_the_database_finds_unfit_is_refused_and_no_fault_of_ours(own_app: Any) -> None:
    """Should a value get as far: the same answer, in one place."""

    @own_app.get("/as-it-came")
    def as_it_came() -> None:
        with own_app.extensions["footfall"].engine.connect() as connection:
            connection.exec_driver_sql("select %(text)s::text", {"text": "\x00"})

    @own_app.get("/out-of-range")
    def out_of_range() -> None:
        with own_app.extensions["footfall"].engine.connect() as connection:
            connection.exec_driver_sql("select 1::smallint * 99999::smallint")

    for path in ("/as-it-came", "/out-of-range"):
        response = own_app.test_client().get(path)
        assert (response.status_code, response.json["type"]) == (422, "/problems/invalid-parameters"), response.text


@pytest.mark.parametrize("key", ["\x00", "a\x1fb", "\x7f"])
def test_a_property_has_a_name_that_can_be_read(client: Any, everything: str, key: str) -> None:
    response = client.get(f"/v1/stats/breakdown?by=property:{quote(key)}", headers=bearer(everything))
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
