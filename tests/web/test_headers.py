"""Every response tells browsers to be strict, and pages of other hosts get what their source was given."""

from dataclasses import replace
from typing import Any

import pytest
from flask import request

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from tracking import create_app
from tracking.provenance import credentials, tokens
from tracking.web.headers import NOTHING, PAGE

SHOP, THIEF = "https://shop.example", "https://thief.example"


@pytest.mark.parametrize("path", ["/healthz", "/", "/openapi.json", "/nowhere", "/v1/events", "/v1/stats/timeseries"])
def test_every_response_is_taken_for_what_it_is_and_runs_nothing(client: Any, engine: Any, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers.getlist("Content-Security-Policy") == [NOTHING]
    assert "Strict-Transport-Security" not in headers


def test_a_page_runs_our_own_code_and_none_inline(app: Any) -> None:
    app.add_url_rule("/page", view_func=lambda: "<p>")
    headers = app.test_client().get("/page").headers
    assert headers["Content-Security-Policy"] == PAGE
    assert "unsafe" not in PAGE
    assert "Permissions-Policy" in headers


def test_a_page_may_have_a_policy_of_its_own(app: Any) -> None:
    app.add_url_rule("/page", view_func=lambda: ("<p>", {"Content-Security-Policy": "default-src 'none'"}))
    assert app.test_client().get("/page").headers.getlist("Content-Security-Policy") == ["default-src 'none'"]


def test_over_tls_browsers_are_told_to_stay_there(client: Any, engine: Any) -> None:
    headers = client.get("/healthz", base_url="https://localhost").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_what_a_token_may_see_is_kept_by_nobody_else_and_asked_for_again(client: Any, acme: str) -> None:
    response = client.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(acme))
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-cache")


@pytest.fixture
def shop(sql: Any, web: str) -> None:
    """Source `web` may be used by pages of the shop, source `ios` by pages of none."""
    sql("update tracking.sources set origins = %s", [SHOP])
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint,stats}')")


def preflight(client: Any, path: str, origin: str, method: str = "POST") -> Any:
    return client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": method})


def test_a_preflight_of_an_allowed_origin_is_answered(client: Any, shop: None) -> None:
    response = preflight(client, "/v1/events", SHOP)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert {"Authorization", "DPoP"} <= set(response.headers["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "origin", "method"),
    [
        ("/v1/events", THIEF, "POST"),
        ("/v1/events", "null", "POST"),
        ("/v1/events", SHOP + ".thief.example", "POST"),
        ("/v1/events", SHOP.upper(), "POST"),
        ("/v1/events", "http://shop.example", "POST"),
        ("/v1/events", SHOP + ":8443", "POST"),
        ("/v1/tokens", SHOP, "POST"),
        ("/readyz", SHOP, "GET"),
    ],
)
def test_a_preflight_of_anybody_else_is_not(client: Any, shop: None, path: str, origin: str, method: str) -> None:
    headers = preflight(client, path, origin, method).headers
    assert [name for name in headers.keys() if name.startswith("Access-Control")] == []  # noqa: SIM118 - not a dict


def test_a_page_of_an_allowed_origin_sends_and_reads_the_answer(client: Any, shop: None, alice: str) -> None:
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": SHOP})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, SHOP)


def test_it_reads_a_refusal_too(client: Any, shop: None) -> None:
    response = client.post("/v1/events", json={"events": [event()]}, headers={"Origin": SHOP})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (401, SHOP)


def test_a_page_of_another_origin_sends_nothing(client: Any, shop: None, alice: str, stored: Any) -> None:
    for origin in (THIEF, "null"):
        response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": origin})
        assert (response.status_code, response.json["type"]) == (403, "/problems/origin-not-allowed")
        assert "Access-Control-Allow-Origin" not in response.headers
    assert stored() == []


def test_a_page_that_we_serve_ourselves_may_send(client: Any, shop: None, alice: str) -> None:
    headers = bearer(alice) | {"Origin": "https://localhost"}
    assert client.post("/v1/events", json={"events": [event()]}, headers=headers).status_code == 200


def test_where_no_origin_is_named_none_is_refused_and_none_may_read(client: Any, engine: Any, alice: str) -> None:
    """As before any is decided about: an app without pages sends no Origin, and a page cannot read the answer."""
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": THIEF})
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers


def test_an_allowed_origin_is_allowed_to_its_own_source_only(client: Any, shop: None, sql: Any) -> None:
    sql("update tracking.sources set origins = '{https://app.example}' where name = 'ios'")
    token = tokens.mint(credentials.derive(KEY, "ios", 1), "client", seconds=60, creator=ALICE)
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(token) | {"Origin": SHOP})
    assert response.json["type"] == "/problems/origin-not-allowed"


def test_a_stats_page_of_an_allowed_origin_reads(client: Any, shop: None, acme: str) -> None:
    path = "/v1/stats/timeseries?receiver=job:42"
    assert preflight(client, path, SHOP, "GET").headers["Access-Control-Allow-Methods"] == "GET"
    headers = client.get(path, headers=bearer(acme) | {"Origin": SHOP}).headers
    assert headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize(
    ("said", "tls"),
    [("https", True), ("http", False), ("javascript", False), ("javascript, https", True), ("https, javascript", False),
     ("", False), ("HTTPS", True), ("https:", False)],
)  # fmt: skip
def test_a_proxy_may_say_http_or_https_and_nothing_else(settings: Any, engine: Any, said: str, tls: bool) -> None:
    app = create_app(replace(settings, trusted_hops=1))
    app.extensions["footfall"].engine.dispose()
    schemes = []
    app.before_request(lambda: schemes.append(request.scheme))
    response = app.test_client().get(
        "/healthz", headers={"X-Forwarded-Proto": said, "X-Forwarded-Host": "thief.example"}
    )
    assert ("Strict-Transport-Security" in response.headers) is tls
    assert schemes == ["https" if tls else "http"]


def test_who_is_no_proxy_of_ours_says_nothing_about_the_scheme(client: Any) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz", headers={"X-Forwarded-Proto": "https"}).headers
