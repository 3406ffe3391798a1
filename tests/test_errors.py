"""Whatever goes wrong, the answer is a problem (RFC 9457) and shows nothing of the inside."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fixtures.cast import bearer, event
from tracking import migrations
from tracking.app import create_app
from tracking.settings import Settings


def problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem, which must be complete."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json
    assert {"type", "title", "status", "detail", "request_id"} <= body.keys()
    assert (body["type"], body["status"]) == (f"/problems/{kind}", status)
    assert body["request_id"] == response.headers["X-Request-Id"]
    return body


@pytest.mark.parametrize("path", ["/nowhere", "/v1/", "/v1/events/", "/v1/events/1", "/%00", "/%ED%A0%80", "/v1/../x"])
def test_an_unknown_path_is_a_problem(client: Any, path: str) -> None:
    problem(client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/tokens", "OPTIONS, POST"),
        ("DELETE", "/v1/events", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/v1/stats/timeseries", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/readyz", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    client: Any, method: str, path: str, allowed: str
) -> None:
    response = client.open(path, method=method)
    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == allowed


def test_too_large_a_body_is_a_problem(post: Any) -> None:
    problem(post(body=b" " * 1_000_001), 413, "body-too-large")


def test_a_refused_sender_is_told_which_scheme_to_use(client: Any) -> None:
    response = client.post("/v1/events")
    problem(response, 401, "token-missing")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_invalid_parameters_are_named(client: Any, acme: str) -> None:
    response = client.get("/v1/stats/timeseries?receiver=&interval=fortnight", headers=bearer(acme))
    body = problem(response, 422, "invalid-parameters")
    assert body["errors"].keys() == {"receiver", "interval"}


def test_a_fault_of_ours_is_a_500_without_a_traceback(own_app: Any) -> None:
    @own_app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the inside: postgresql://footfall:s3cret@db")

    response = own_app.test_client().get("/broken")
    problem(response, 500, "internal")
    assert "inside" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("error", "kind", "seconds"),
    [
        (psycopg.OperationalError("s3cret: server closed the connection"), "database-unavailable", "2"),
        (psycopg.errors.DiskFull("s3cret: no space left"), "disk-full", "30"),
    ],
)
def test_a_fault_of_the_database_that_no_pool_has_wrapped_says_come_back(
    own_app: Any, error: Exception, kind: str, seconds: str
) -> None:
    @own_app.get("/broken")
    def broken() -> None:
        raise error

    response = own_app.test_client().get("/broken")
    problem(response, 503, kind)
    assert response.headers["Retry-After"] == seconds
    assert "s3cret" not in response.text


@pytest.fixture
def cut_off(settings: Settings, engine: object) -> Any:
    """A client of an API whose database is nowhere."""
    away = "postgresql+psycopg://footfall:s3cret@/footfall?host=/nowhere"
    app = create_app(replace(settings, database_url=away, database_api_url=away))
    yield app.test_client()
    app.extensions["footfall"].close()


def test_without_a_database_the_answer_says_come_back(cut_off: Any, alice: str) -> None:
    for response in (
        cut_off.post("/v1/events", json={"events": [event()]}, headers=bearer(alice)),
        cut_off.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(alice)),
        cut_off.get("/readyz"),
    ):
        body = problem(response, 503, "database-unavailable")
        assert int(response.headers["Retry-After"]) > 0
        assert "s3cret" not in str(body)
        assert "nowhere" not in str(body)


def test_without_a_database_the_process_still_lives(cut_off: Any) -> None:
    assert cut_off.get("/healthz").json == {"status": "ok"}


def test_a_database_behind_this_version_is_not_ready(client: Any, sql: Any) -> None:
    assert client.get("/readyz").json == {"status": "ready"}
    sql("delete from tracking.migrations where name = '0003_catalogue'")
    try:
        problem(client.get("/readyz"), 503, "schema-behind")
    finally:
        missing = next(one for one in migrations.available() if one.name == "0003_catalogue")
        sql("insert into tracking.migrations (name, checksum) values (%s, %s)", missing.name, missing.checksum)


@pytest.fixture
def hasty(settings: Settings, engine: object) -> Any:
    """An app whose statements may take a tenth of a second."""
    app = create_app(replace(settings, statement_timeout_ms=100))
    yield app
    app.extensions["footfall"].close()


@pytest.mark.native  # the embedded engine has nobody who could interrupt it
def test_an_answer_that_takes_too_long_is_a_problem(hasty: Any) -> None:
    """statement_timeout ends it; the client learns what to ask for instead."""

    @hasty.get("/slow")
    def slow() -> None:
        with hasty.extensions["footfall"].engine.connect() as connection:
            connection.exec_driver_sql("select pg_sleep(5)")

    problem(hasty.test_client().get("/slow"), 503, "too-heavy")


def test_the_openapi_document_describes_the_problems(client: Any) -> None:
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert {"/v1/events", "/v1/stats/timeseries"} <= document["paths"].keys()
    assert (
        "ProblemSchema" in str(document["components"]["schemas"].keys())
        or "Problem" in document["components"]["schemas"]
    )
