"""A path has one spelling; nothing is redirected, whoever is named as host."""

from typing import Any

import pytest
from flask import Flask

from tracking.ingest.dialects import DIALECTS

THIEF = {"Host": "thief.example", "X-Forwarded-Host": "thief.example", "X-Forwarded-Proto": "javascript"}


def ask(raw: Any, line: str, *headers: str, body: bytes = b"") -> tuple[int, bytes]:
    head = [line, "Host: thief.example", "X-Forwarded-Host: thief.example", *headers, f"Content-Length: {len(body)}"]
    return raw("\r\n".join([*head, "", ""]).encode() + body)


@pytest.fixture
def raw(server: Any, raw_on: Any) -> Any:
    def send(octets: bytes) -> tuple[int, bytes]:
        wire = raw_on(server)
        wire.sendall(octets)
        answer = wire.answer()
        assert "Location" not in answer.headers
        return answer.status, answer.body

    return send


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/v1/events", 200), ("//v1/events", 200), ("/v1//events", 200), ("///v1///events", 200), ("/%761/events", 200),
        ("http://elsewhere.example/v1/events", 200), ("/v1/events?x=//", 200), ("/v1/events/", 404), ("/v1/events//", 404),
        ("/v1/events;x", 404), ("/v1/events;/", 404), ("/v1%2Fevents", 404), ("/v1%2fevents", 404), ("/%2Fv1/events", 404),
        ("/v1/./events", 404), ("/v1/x/../events", 404), ("/v1/x/%2e%2e/events", 404), ("/v1/%2E/events", 404),
        ("/v1/events%00", 404), ("/v1/events%0a", 404), ("/v1\\events", 404), ("/v1%5cevents", 404), ("/%ff/v1/events", 404),
        ("/V1/events", 404), ("/v1/events%20", 404), ("*", 400), ("v1/events", 400), ("http://elsewhere.example", 404),
    ],
)  # fmt: skip
def test_events_are_taken_under_one_spelling_or_not_found(raw: Any, alice: str, stored: Any, target: str, status: int) -> None:  # fmt: skip
    body = b'{"events": [{"id": "0192f0c1-2222-7000-8000-000000000001"}]}'
    found, answer = ask(raw, f"POST {target} HTTP/1.1", f"Authorization: Bearer {alice}", body=body)
    assert found == status, answer
    if status == 404:
        assert b"/problems/not-found" in answer


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_another_method_is_told_which_are_allowed(client: Any, method: str) -> None:
    response = client.open("/v1//events", method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("path", ["/dashboard//dashboard.js", "//dashboard", "//", "//thief.example/..//dashboard", "/dashboard/",
                                  "//thief.example", "/\\thief.example", "/.//thief.example", "/healthz//", "//docs//x"])  # fmt: skip
def test_nothing_is_redirected(client: Any, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = client.open(path, method=method, headers=THIEF)
        assert response.status_code in {200, 404, 405}
        assert "Location" not in response.headers


def test_every_path_of_cors_is_one_that_routes_know(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert DIALECTS.keys() <= rules
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule != "/" and rule.rule.endswith("/")]
