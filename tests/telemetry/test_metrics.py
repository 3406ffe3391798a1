"""`/metrics` tells Prometheus, and nobody else, what happens. Whatever is sent, it is of bounded length."""

import re
import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import create_environ

from fixtures.cast import an_app, bearer, event
from fixtures.metrics import TOKEN, told
from fixtures.processes import ROOT
from tracking.environment import load
from tracking.settings import Settings, SettingsError
from tracking.telemetry import database, probes, series


def test_without_a_token_of_its_own_it_says_how_to_turn_it_on(settings: Settings, engine: Any) -> None:
    off = an_app(settings)
    answer = off.test_client().get("/metrics", headers=bearer(TOKEN))
    assert (answer.status_code, answer.json["type"]) == (404, "/problems/metrics-off")
    assert "METRICS_TOKEN" in answer.json["detail"]


@pytest.mark.parametrize(
    "sent",
    [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, "Bearer é"],
)
def test_nobody_else_is_told_anything(client: Any, sent: str | None) -> None:
    answer = client.get("/metrics", headers={} if sent is None else {"Authorization": sent})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/metrics-token-wrong")
    assert "footfall_" not in answer.text
    assert TOKEN not in answer.text


def test_a_platforms_credential_is_no_key_to_it(client: Any, web: str) -> None:
    assert client.get("/metrics", headers=bearer(web)).status_code == 401


def test_it_is_prometheus_text_that_no_cache_keeps(client: Any) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "token", ["short-of-letters", "0123456789abcde", "a token with blanks", "aaaaaaaaaaaaaaaaaaaaaaaa"]
)
def test_a_weak_token_stops_the_start(monkeypatch: pytest.MonkeyPatch, settings: Settings, token: str) -> None:
    monkeypatch.setenv("FOOTFALL_DATA", str(settings.data))
    monkeypatch.setenv("METRICS_TOKEN", token[:15] if token.startswith("short") else token)
    with pytest.raises(SettingsError, match="METRICS_TOKEN: expected 16 or more"):
        load()


def test_each_number_is_in_the_documents_and_no_other() -> None:
    told = [metric.name + "_total" * (metric.type == "counter") for metric in series.REGISTRY.collect()]
    told += ["footfall_database_up", *(f"footfall_{name}" for name in database.GAUGES)]
    page = (ROOT / "docs" / "operations.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]
    rows = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    named = [name for name in re.findall(r"`(footfall_\w+)`", rows) if not name.startswith("footfall_queue_")]
    assert sorted(named) == sorted(told)  # those of a queue are told where there is one: tests/queues


def test_requests_are_counted_by_route_method_and_status(client: Any, post: Any, web: str, acme: str) -> None:
    before = told(client)
    post(event())
    post(event(), token="fc_nobody")
    client.get("/v1/stats/summary?receiver=job:42", headers=bearer(acme))
    client.get("/problems/not-found")
    client.get("/no/such/path")
    client.post("/healthz")
    client.open("/healthz", method="BREW")
    after = told(client)

    def more(**labels: str) -> float:
        name = "footfall_request_seconds_count"
        return after.sum(name, **labels) - before.sum(name, **labels)

    assert more(route="/v1/events", method="POST", status="2xx") == 1
    assert more(route="/v1/events", method="POST", status="4xx") == 1
    assert more(route="/v1/stats/summary", method="GET", status="2xx") == 1
    assert more(route="/problems/<kind>", method="GET", status="2xx") == 1
    assert more(route="none", method="GET", status="4xx") == 1
    assert more(route="none", method="POST", status="4xx") == 1
    assert more(route="none", method="other", status="4xx") == 1
    assert more(route="/metrics") == 1  # the scrape before
    assert (
        after.sum("footfall_problems_total", kind="token-malformed")
        == before.sum("footfall_problems_total", kind="token-malformed") + 1
    )
    assert (
        after.sum("footfall_problems_total", kind="not-found")
        == before.sum("footfall_problems_total", kind="not-found") + 1
    )


def test_the_seconds_are_those_of_the_request(client: Any, app: Any) -> None:
    labels = {"route": "/v1/events", "method": "POST", "status": "4xx"}
    before = told(client)
    slow = Slow(0.06)
    client.post("/v1/events", data=b"0123456789", environ_overrides={"wsgi.input": slow})
    after = told(client)
    taken = after.one("footfall_request_seconds_sum", **labels) - before.sum("footfall_request_seconds_sum", **labels)
    assert 0.06 <= taken < 5
    within = [
        after.one("footfall_request_seconds_bucket", le=le, **labels)
        - before.sum("footfall_request_seconds_bucket", le=le, **labels)
        for le in ("0.05", "10.0")
    ]
    assert within == [0, 1]


class Slow:
    """A body that takes its time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def read(self, size: int = -1) -> bytes:
        time.sleep(self._seconds)
        self._seconds = 0
        return b""


def test_events_are_counted_by_source_and_verdict_as_the_reply_says(client: Any, post: Any, catalogue: None) -> None:
    before = told(client)
    one = event(receiver="job:4711")
    counts = post(one, one, event(receiver="job:4711"), event(receiver="4711"), event(receiver="job:12")).json["counts"]
    assert counts == {"accepted": 2, "duplicate": 1, "repeat": 1, "rejected": 1}
    after = told(client)
    for verdict, number in counts.items():
        labels = {"source": "web", "verdict": verdict}
        assert after.sum("footfall_events_total", **labels) - before.sum("footfall_events_total", **labels) == number


def test_the_rows_that_requests_write_together_are_counted(client: Any, post: Any) -> None:
    before = told(client)
    post(*(event() for _ in range(7)))
    after = told(client)
    assert after.one("footfall_commit_rows_sum") - before.sum("footfall_commit_rows_sum") == 7
    for name in ("rows", "wait_seconds", "seconds"):
        assert after.one(f"footfall_commit_{name}_count") - before.sum(f"footfall_commit_{name}_count") == 1
    assert after.one("footfall_waiting_rows") == 0


def test_pools_say_how_many_connections_are_in_use(client: Any, app: Any, settings: Settings) -> None:
    assert told(client).one("footfall_pool_size", pool="writing") == settings.pool_size
    with app.extensions["footfall"].engine.connect():
        assert told(client).one("footfall_pool_used", pool="writing") == 1
    assert told(client).one("footfall_pool_used", pool="writing") == 0
    assert told(client).one("footfall_pool_used", pool="questions") == 0


def test_refusals_of_the_rate_limits_are_counted_by_budget(settings: Settings, engine: Any, alice: str) -> None:
    app = an_app(replace(settings, metrics_token=TOKEN, rate_per_token=1))
    client = app.test_client()
    before = told(client)
    assert before.one("footfall_rate_limited_total", budget="source-bytes") >= 0  # there before the first refusal
    answers = [
        client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice)).status_code for _ in range(3)
    ]
    assert answers == [200, 429, 429]
    after = told(client)
    app.extensions["footfall"].close()
    assert (
        after.one("footfall_rate_limited_total", budget="token")
        - before.one("footfall_rate_limited_total", budget="token")
        == 2
    )


def test_ten_thousand_names_sources_paths_and_methods_are_few_series(
    client: Any, app: Any, web: str, alice: str
) -> None:
    client.get("/no/such/path")
    client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice))
    before = len(told(client))
    for number in range(20):
        events = [event(name=f"click__custom{number}x{each}") for each in range(500)]
        assert client.post("/v1/events", json={"events": events}, headers=bearer(alice)).status_code == 200
    for number in range(10_000):
        series.events(f"source-{number}", [{"verdict": "accepted"}])
        environ = create_environ(f"/v1/{number}?q={number}", method=f"M{number}")
        if number % 10 == 0:  # each is a whole answer of Flask's
            for _ in app.wsgi_app(environ, lambda *_: None):
                pass
    after = told(client)
    assert len(after) - before <= series.MOST_SOURCES + 2 * len(series.SECONDS) + 10
    assert after.sum("footfall_events_total", source="other") >= 10_000 - series.MOST_SOURCES
    assert len({labels["source"] for labels, _ in after.all("footfall_events_total")}) <= series.MOST_SOURCES + 1


def test_it_answers_while_the_database_is_away(settings: Settings, engine: Any) -> None:
    away = an_app(
        replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing", metrics_token=TOKEN)
    )
    numbers = told(away.test_client())
    assert numbers.one("footfall_database_up") == 0
    assert [
        name for name in numbers.names if name.startswith(("footfall_job", "footfall_aggregate", "footfall_outbox"))
    ] == []
    assert "footfall_pool_size" in numbers.names
    assert away.test_client().get("/healthz").status_code == 200


def test_a_database_that_never_answers_holds_no_scrape_up(
    settings: Settings, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        mute = an_app(replace(settings, database_url=url, metrics_token=TOKEN)).test_client()
        begun = time.monotonic()
        assert [told(mute).one("footfall_database_up") for _ in range(3)] == [0, 0, 0]
        assert time.monotonic() - begun < 4  # it would be 15 without
