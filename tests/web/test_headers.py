"""Every response tells browsers to be strict, and pages of other hosts get what their source was given."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from flask import request

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from tracking import logs
from tracking.app import create_app
from tracking.provenance import credentials, tokens
from tracking.provenance.gate import JUST_NOW
from tracking.web import cors
from tracking.web.headers import NOTHING, PAGE

SHOP, THIEF = "https://shop.example", "https://thief.example"


@pytest.mark.parametrize("path", ["/healthz", "/", "/openapi.json", "/nowhere", "/v1/events", "/v1/stats/timeseries"])
def test_every_response_is_taken_for_what_it_is_and_runs_nothing(client: Any, engine: Any, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers.getlist("Content-Security-Policy") == [NOTHING]
    assert "Strict-Transport-Security" not in headers


def test_a_page_runs_our_own_code_and_none_inline(own_app: Any) -> None:
    own_app.add_url_rule("/page", view_func=lambda: "<p>")
    headers = own_app.test_client().get("/page").headers
    assert headers["Content-Security-Policy"] == PAGE
    assert "unsafe" not in PAGE
    assert "Permissions-Policy" in headers


def test_a_page_may_have_a_policy_of_its_own(own_app: Any) -> None:
    own_app.add_url_rule("/page", view_func=lambda: ("<p>", {"Content-Security-Policy": "default-src 'none'"}))
    assert own_app.test_client().get("/page").headers.getlist("Content-Security-Policy") == ["default-src 'none'"]


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


def test_an_origin_that_was_added_just_now_is_allowed(client: Any, shop: None, sql: Any) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(client, "/v1/events", THIEF).headers
    sql("insert into tracking.sources (name, origins) values ('new', %s)", [THIEF])
    time.sleep(JUST_NOW)
    assert preflight(client, "/v1/events", THIEF).headers["Access-Control-Allow-Origin"] == THIEF


def test_a_page_of_an_allowed_origin_sends_and_reads_the_answer(client: Any, shop: None, alice: str) -> None:
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": SHOP})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, SHOP)


def test_it_reads_why_its_token_was_refused(client: Any, shop: None, web: str) -> None:
    """So that it can get another one: what a token that is over says of its source is enough for that."""
    late = tokens.mint(web, "client", seconds=-1, creator=ALICE)
    for token, kind in (
        (late, "token-expired"),
        (late[:-1] + "!", "token-malformed"),
        (late[:-43] + "A" * 43, "token-invalid"),
    ):
        response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(token) | {"Origin": SHOP})
        assert (response.status_code, response.json["type"]) == (401, f"/problems/{kind}")
        assert response.headers["Access-Control-Allow-Origin"] == SHOP


def test_it_reads_what_is_refused_before_its_token_is_read(client: Any, shop: None, settings: Any) -> None:
    """A page that cannot read the refusal takes it for a network that is down, and sends the same again for ever."""
    large = json.dumps({"token": "fc_", "events": ["x" * settings.max_body_bytes]})
    for body, status in ((large, 413), ("{}", 401), ("", 401)):
        response = client.post("/v1/events", data=body, headers={"Origin": SHOP})
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, SHOP)
        response = client.post("/v1/events", data=body, headers={"Origin": THIEF})
        assert response.status_code == status
        assert "Access-Control-Allow-Origin" not in response.headers


def test_without_a_token_of_a_source_no_page_reads_the_answer(client: Any, shop: None) -> None:
    for headers in (bearer("nonsense"), bearer("fc_nowhere_1_x")):
        response = client.post("/v1/events", json={"events": [event()]}, headers=headers | {"Origin": SHOP})
        assert response.status_code == 401
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Origin" in response.headers["Vary"]


def test_a_page_of_another_sources_origin_reads_nothing(
    client: Any, shop: None, sql: Any, acme: str, alice: str
) -> None:
    """Which pages may read is the token's own source's business, whatever kind it is of."""
    sql("insert into tracking.sources (name, rights, origins) values ('pages', '{ingest,mint,stats}', %s)", [THIEF])
    sql("update tracking.sources set origins = '{}' where name = 'web'")
    read = client.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(acme) | {"Origin": THIEF})
    sent = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": THIEF})
    beacon = client.post("/v1/events", json={"token": alice, "events": [event()]}, headers={"Origin": THIEF})
    for response in (read, sent, beacon):
        assert response.status_code == 200
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
    assert preflight(client, "/v1/events", THIEF).headers["Access-Control-Allow-Origin"] == THIEF


def test_a_page_of_a_revoked_sources_origin_reads_nothing(client: Any, shop: None, sql: Any, alice: str) -> None:
    sql("update tracking.sources set revoked_at = now() where name = 'web'")
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": SHOP})
    assert response.json["type"] == "/problems/source-revoked"
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Origin" not in preflight(client, "/v1/events", SHOP).headers


def test_a_backend_sends_whatever_origin_it_says(client: Any, shop: None, web: str) -> None:
    """A source's own credential is in no page: what it says is passed on from somebody's request."""
    headers = bearer(web) | {"Origin": THIEF}
    response = client.post("/v1/events", json={"events": [event(creator=ALICE)]}, headers=headers)
    assert response.status_code == 200


ADDED = "authorization,baggage,content-encoding,content-type,dpop,sentry-trace,traceparent,tracestate,x-request-id"


@pytest.mark.parametrize("asked", [ADDED, ADDED.replace(",", ", "), "x-new", ",".join(f"x-{n}" for n in range(32))])
def test_a_preflight_allows_the_headers_that_an_sdk_adds(client: Any, shop: None, asked: str) -> None:
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    response = client.options("/v1/events", headers=headers)
    assert response.headers["Access-Control-Allow-Headers"] == asked
    assert "Access-Control-Request-Headers" in response.headers.getlist("Vary")
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    "asked", ["", "a b", "é", "x:y", "a,,b", ",", "<script>", "x" * 65, ",".join(f"x-{n}" for n in range(33))]
)
def test_what_is_no_list_of_headers_is_not_repeated(client: Any, shop: None, asked: str) -> None:
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    response = client.options("/v1/events", headers=headers)
    assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, DPoP"


def test_a_preflight_of_nobodys_origin_is_in_the_log_once_a_minute(
    client: Any, shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info")
    for _ in range(3):
        preflight(client, "/v1/events", THIEF)
        preflight(client, "/v1/events", SHOP)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["origin"]) for line in lines] == [("no source allows this origin", THIEF)]
    for number in range(100):
        preflight(client, "/v1/events", f"https://{number}.example")
    assert len(capsys.readouterr().err.splitlines()) in range(1, cors.LINES + 1)


def test_a_refused_page_is_in_the_log_with_source_and_origin(
    client: Any, shop: None, alice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info")
    for headers, body in ((bearer(alice), {}), ({}, {"token": alice})):
        client.post("/v1/events", json=body | {"events": [event()]}, headers=headers | {"Origin": THIEF})
        (line,) = map(json.loads, capsys.readouterr().err.splitlines())
        assert line.items() >= {
            "event": "refused", "status": 403, "kind": "origin-not-allowed", "source": "web", "origin": THIEF,
            "method": "POST", "path": "/v1/events",
        }.items()  # fmt: skip


def test_a_page_of_another_origin_sends_nothing(client: Any, shop: None, alice: str, stored: Any) -> None:
    for origin in (THIEF, "null"):
        response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice) | {"Origin": origin})
        assert (response.status_code, response.json["type"]) == (403, "/problems/origin-not-allowed")
        assert "Access-Control-Allow-Origin" not in response.headers
    assert stored() == []


@pytest.mark.parametrize(
    ("base", "origin", "status"),
    [
        ("http://localhost", "http://localhost", 200),
        ("http://localhost", "https://localhost", 200),  # TLS ends in front, and nobody says so
        ("http://LocalHost", "http://localhost", 200),
        ("https://localhost", "https://localhost", 200),
        ("http://localhost:8000", "http://localhost:8000", 200),
        ("https://localhost", "http://localhost", 403),
        ("http://localhost", "https://localhost.evil.example", 403),
        ("http://localhost", "https://evil-localhost", 403),
        ("http://localhost", "https://localhost:8443", 403),
        ("http://localhost:8000", "http://localhost", 403),
        ("http://localhost", "http://localhos", 403),
        ("http://localhost", "ftp://localhost", 403),
        ("http://localhost", "x://http://localhost", 403),
        ("http://localhost", "localhost", 403),
        ("http://localhost", "null", 403),
    ],
)
def test_a_page_that_we_serve_ourselves_may_send_and_no_other(
    client: Any, shop: None, alice: str, base: str, origin: str, status: int
) -> None:
    """Scheme, host and port are compared as a whole."""
    headers = bearer(alice) | {"Origin": origin}
    assert client.post("/v1/events", json={"events": [event()]}, headers=headers, base_url=base).status_code == status


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
    assert preflight(client, path, SHOP, "GET").headers["Access-Control-Allow-Methods"] == "GET, POST"
    headers = client.get(path, headers=bearer(acme) | {"Origin": SHOP}).headers
    assert headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize(
    ("said", "tls"),
    [("https", True), ("http", False), ("javascript", False), ("javascript, https", True), ("https, javascript", False),
     ("", False), ("HTTPS", True), ("https:", False)],
)  # fmt: skip
def test_a_proxy_may_say_http_or_https_and_nothing_else(settings: Any, engine: Any, said: str, tls: bool) -> None:
    app = create_app(replace(settings, trusted_hops=1))
    app.extensions["footfall"].close()
    schemes = []
    app.before_request(lambda: schemes.append(request.scheme))
    response = app.test_client().get(
        "/healthz", headers={"X-Forwarded-Proto": said, "X-Forwarded-Host": "thief.example"}
    )
    assert ("Strict-Transport-Security" in response.headers) is tls
    assert schemes == ["https" if tls else "http"]


def test_who_is_no_proxy_of_ours_says_nothing_about_the_scheme(client: Any) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz", headers={"X-Forwarded-Proto": "https"}).headers
