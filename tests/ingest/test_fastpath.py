"""The fast path answers as the view does, which answers by itself."""

from functools import partial
from typing import Any

import pytest
from flask import Flask

from fixtures.cast import bearer, event

REQUESTS: dict[str, dict[str, Any]] = {
    "events": {"json": {"events": [event(id="a"), event(id="a"), event(id="b", receiver="42")]}},
    "none": {"json": {"events": []}},
    "too many": {"json": {"events": [{}] * 501}},
    "no JSON": {"data": b"{"},
    "no envelope": {"json": [event()]},
    "another method": {"method": "GET"},
    "too large": {"data": b" " * 1_000_001},
}


def answered(app: Flask, token: str, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    response = app.test_client().open("/v1/events", **({"method": "POST"} | request), headers=bearer(token))
    headers = {name: response.headers.get(name, "") for name in ("Content-Type", "Allow", "X-Request-Id")}
    assert headers.pop("X-Request-Id")
    return response.status_code, headers, {k: v for k, v in response.json.items() if k != "request_id"}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_answer_alike(app: Flask, alice: str, sql: Any, request_: dict[str, Any]) -> None:
    fast = answered(app, alice, request_)
    sql("truncate tracking.events, tracking.recent_actions")
    app.wsgi_app = partial(Flask.wsgi_app, app)  # Flask alone, no layer around it
    assert answered(app, alice, request_) == fast


@pytest.mark.parametrize("token", ["", "fc_1.x.y"], ids=["no token", "a forged token"])
def test_both_ways_refuse_alike(app: Flask, token: str) -> None:
    fast = answered(app, token, REQUESTS["events"])
    app.wsgi_app = partial(Flask.wsgi_app, app)
    assert answered(app, token, REQUESTS["events"]) == fast
    assert fast[0] == 401
