"""Each request is a line of the log; of those that bring events, which are most, one in LOG_ONE_OF. No line has a secret."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from fixtures.cast import ALICE, an_app, bearer, event
from fixtures.metrics import TOKEN
from tracking.provenance import tokens
from tracking.settings import Settings

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def telling(settings: Settings, engine: object) -> Iterator[Callable[..., tuple[Any, Lines]]]:
    """A client of an app with these settings, and the lines since then."""
    apps = []

    def make(**given: Any) -> tuple[Any, Lines]:
        apps.append(app := an_app(replace(settings, **given)))
        out = io.StringIO()
        logging.getLogger().handlers[0].setStream(out)  # type: ignore[attr-defined]
        return app.test_client(), lambda: [json.loads(line) for line in out.getvalue().splitlines()]

    yield make
    for app in apps:
        app.extensions["footfall"].close()


def send(client: Any, token: str, requests: int) -> None:
    for _ in range(requests):
        assert client.post("/v1/events", json={"events": [event()]}, headers=bearer(token)).status_code == 200


def test_a_request_is_a_line_with_its_route_status_source_and_time(telling: Any, acme: str) -> None:
    client, lines = telling()
    answer = client.get("/v1/stats/summary?receiver=job:42", headers=bearer(acme))
    (line,) = lines()
    assert {name: line[name] for name in ("event", "level", "status", "method", "route", "source")} == {
        "event": "answered", "level": "info", "status": 200, "method": "GET", "route": "/v1/stats/summary", "source": "web",
    }  # fmt: skip
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert 0 < line["ms"] < 60_000


@pytest.mark.parametrize(("one_of", "of_ten"), [(0, 0), (1, 10), (4, 2), (100, 0)])
def test_of_good_requests_with_events_one_in_so_many_is_a_line(
    telling: Any, alice: str, one_of: int, of_ten: int
) -> None:
    client, lines = telling(log_one_of=one_of)
    send(client, alice, 10)
    assert [line["route"] for line in lines() if line["event"] == "answered"] == ["/v1/events"] * of_ten


def test_a_refusal_is_always_a_line_and_only_one(telling: Any, alice: str) -> None:
    client, lines = telling(log_one_of=0)
    for _ in range(3):
        client.post("/v1/events", data=b"{", headers=bearer(alice))
    client.get("/no/such/path")
    assert [(line["event"], line["status"]) for line in lines()] == [("refused", 400)] * 3 + [("refused", 404)]


def test_what_machines_ask_all_the_time_is_no_line(telling: Any) -> None:
    client, lines = telling(metrics_token=TOKEN)
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, headers=bearer(TOKEN)).status_code == 200
    assert lines() == []
    client.get("/metrics")
    assert [line["kind"] for line in lines()] == ["metrics-token-wrong"]


def test_no_line_has_a_token_a_query_or_an_id(telling: Any, web: str, alice: str, acme: str) -> None:
    client, lines = telling(log_one_of=1, metrics_token=TOKEN)
    pixel = tokens.mint(web, "pixel", seconds=900, creator=ALICE, receivers=["job:42"], names=["view"])
    assert client.get(f"/v1/pixel.gif?token={pixel}").status_code == 200
    assert client.get("/v1/stats/summary?receiver=job:42&name=secretive", headers=bearer(acme)).status_code == 200
    assert client.post("/v1/tokens", json={"kind": "client", "creator": ALICE}, headers=bearer(web)).status_code == 200
    send(client, alice, 1)
    client.get("/metrics", headers=bearer(f"{TOKEN}x"))
    client.get(f"/no/such/path?token={pixel}")
    said = json.dumps(lines())
    assert len(lines()) == 6
    for secret in (pixel[-20:], alice[-20:], web[-20:], ALICE, "secretive", TOKEN, "?"):
        assert secret not in said
