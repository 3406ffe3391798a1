"""Logs are JSON, one object a line, each with its request's id, and never with a secret."""

import io
import json
import logging
import urllib.error
import urllib.request
from typing import Any

import pytest
import structlog

from fixtures.cast import bearer, event
from fixtures.processes import Server
from tracking import logs

CREDENTIAL = "fk_jobs-backend_12_" + "aB3-_" * 8 + "xyz"
LIVE = "fl_web_1_eyJhdWQiOiJmb290ZmFsbCJ9.aSQ.c2ln-bmF0_dXJl"
TOKEN = "fc_web_1_eyJjcmVhdG9yIjoidXNlci1hbGljZSJ9.aSQ.c2ln-bmF0_dXJl"
STATS = "fs_web_1_eyJvd25lciI6ImFjbWUifQ.aSQ.c2ln"
URL = "postgresql+psycopg://footfall:s3cret-pass@db:5432/footfall"


@pytest.fixture
def written() -> Any:
    """What has been logged so far, decoded."""
    logs.configure("info")
    out = io.StringIO()
    logging.getLogger().handlers[0].setStream(out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("secret", [CREDENTIAL, TOKEN, STATS, LIVE])
@pytest.mark.parametrize(
    "text", ["{}", "Authorization: Bearer {}", "GET /x?t={}&b=1", "a {} b", "({})", "/v1/x{}", "_{}", "é{}é"]
)
def test_no_credential_or_token_reaches_a_log_line(written: Any, secret: str, text: str) -> None:
    structlog.get_logger("x").warning(text.format(secret), detail=text.format(secret))
    logging.getLogger("gunicorn.error").warning(text.format(secret))
    logging.getLogger("y").error("said %s", text.format(secret))
    lines = written()
    assert len(lines) == 3
    assert secret[-12:] not in json.dumps(lines)
    assert "[redacted]" in json.dumps(lines)


@pytest.mark.parametrize("text", ["{}", "cannot connect to {}: refused", "url='{}'"])
def test_no_database_password_reaches_a_log_line(written: Any, text: str) -> None:
    structlog.get_logger("x").warning("failed", error=text.format(URL))
    logging.getLogger("sqlalchemy").error(text.format(URL))
    assert "s3cret-pass" not in json.dumps(written())
    assert "footfall:***@db" in json.dumps(written())


def test_a_traceback_is_redacted_too(written: Any) -> None:
    def fail() -> None:
        raise RuntimeError(f"{TOKEN} at {URL}")

    try:
        fail()
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("y").exception("failed")
    lines = written()
    assert all("RuntimeError" in line["exception"] for line in lines)
    assert "s3cret-pass" not in json.dumps(lines)
    assert "c2ln-bmF0" not in json.dumps(lines)


@pytest.mark.parametrize("length", [20, 30, 43, 64])
def test_a_part_of_a_token_is_found_too(written: Any, length: int) -> None:
    signed = "eyJjcmVhdG9yIjoidXNlci1hbGljZSJ9n6OmaCtuYwDwB2x-Tz9_qLk4Zc8RvXy1"
    structlog.get_logger("x").warning("failed", path=f"/v1/{signed[:length]}/x", said=f"fc%5Fweb%5F1%5F{signed}")
    assert not [at for at in range(length - 19) if signed[at : at + 20] in json.dumps(written())]


def test_what_is_no_secret_is_written_as_it_is(written: Any) -> None:
    for said in (
        "psycopg.errors.IdleInTransactionSessionTimeout", "SlidingWindowCounterRateLimiter", "0189e0a59c3d7b1e8f003d2c1b0a9f8e",
        "test_no_credential_or_token_reaches_a_log_line", "HTTP_X_FORWARDED_FOR_AND_MORE", "https://shop.example:8443/a-page",
        "/v1/stats/timeseries", "a@b.example",
    ):  # fmt: skip
        structlog.get_logger("x").warning(said)
        assert written()[-1]["event"] == said


def test_a_password_may_hold_anything(written: Any) -> None:
    for password in ("s3cret:pass", "s3cret/pass", "s3cret://pass", "s3cret@pass", "s3cret-pass" + "x" * 2000):
        structlog.get_logger("x").warning(f"cannot connect to postgres://footfall:{password}@db/x, sorry")
        assert written()[-1]["event"] == "cannot connect to postgres://footfall:***@db/x, sorry"


def test_what_json_cannot_hold_is_written_all_the_same(written: Any) -> None:
    """A line that fails would be lost, or shown raw by the standard library."""
    structlog.get_logger("x").warning(f"\ud800 {TOKEN}", number=10**400, key={TOKEN: {TOKEN}}, octets=TOKEN.encode())
    assert "c2ln-bmF0" not in json.dumps(written())
    assert len(written()) == 1


def test_a_line_that_cannot_be_written_is_not_shown_raw(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("y", logging.ERROR, __file__, 1, "%d", (TOKEN,), None)
    logging.getLogger().handlers[0].handle(record)
    assert [line["event"] for line in written()] == ["a line could not be written"]
    assert capsys.readouterr().err == ""


def test_an_error_given_as_an_object_is_redacted_too(written: Any) -> None:
    structlog.get_logger("x").warning("failed", error=RuntimeError(URL), tokens=[TOKEN], by={"url": URL})
    assert "s3cret-pass" not in json.dumps(written())
    assert "c2ln-bmF0" not in json.dumps(written())


def test_a_line_says_when_where_and_how_bad(written: Any) -> None:
    structlog.get_logger("jobs").warning("lost the lease", holder="a:1")
    (line,) = written()
    assert {"event", "level", "logger", "timestamp", "holder"} == line.keys()
    assert (line["level"], line["logger"]) == ("warning", "jobs")
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written(written: Any) -> None:
    structlog.get_logger("x").debug("no")
    logging.getLogger("y").debug("no")
    assert written() == []


def test_a_request_keeps_its_callers_id(post: Any) -> None:
    for given in ("trace-42.a_B", "0189e0a5-9c3d-7b1e-8f00-3d2c1b0a9f8e", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"):  # fmt: skip
        assert post(event(), headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    response = post(body=b"", headers={"X-Request-Id": "trace-43"})
    assert response.json["request_id"] == response.headers["X-Request-Id"] == "trace-43"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a" * 65, 'a"b', "ä", "n6OmaCtuYwDwx", "trace-of-a-step"])
def test_a_request_id_that_is_not_plain_is_replaced(post: Any, given: str) -> None:
    response = post(event(), headers={"X-Request-Id": given})
    assert len(response.headers["X-Request-Id"]) == 32
    assert response.headers["X-Request-Id"] != given


def test_a_refused_request_is_logged_with_its_id_and_without_its_token(app: Any, web: str) -> None:
    out = io.StringIO()
    logging.getLogger().handlers[0].setStream(out)
    app.test_client().post("/v1/events", data=b"nonsense", headers=bearer(web) | {"X-Request-Id": "r1"})
    app.test_client().post("/v1/events?token=" + web, headers=bearer(web[:-1]) | {"X-Request-Id": "r2"})
    lines = {line["request_id"]: line for line in map(json.loads, out.getvalue().splitlines())}
    assert (lines["r1"]["status"], lines["r1"]["path"]) == (400, "/v1/events")
    assert (lines["r1"]["kind"], lines["r1"]["source"]) == ("invalid-json", "web")
    assert lines["r2"]["status"] == 401
    assert web[-12:-1] not in out.getvalue()


def test_the_servers_whole_log_is_json_without_secrets(server: Server, web: str, alice: str) -> None:
    for token in (web, alice):
        for path, body in {"/v1/events": b"{", f"/v1/nowhere/{token}": b"", "/v1/events?x=1": b"[]"}.items():
            request = urllib.request.Request(f"{server.url}{path}", body, bearer(token), method="POST")
            with pytest.raises(urllib.error.HTTPError) as error:
                urllib.request.urlopen(request, timeout=10)
            error.value.close()
    text = server.log.read_text()
    assert [json.loads(line)["event"] for line in text.splitlines()].count("refused") >= 6
    assert web[-20:] not in text
    assert alice[-20:] not in text
