"""GET and POST /v1/unsubscribe: a link shows a page and changes nothing, one request stops the messages."""

from __future__ import annotations

import re
import time
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc

from fixtures.cast import bearer
from fixtures.database import KEY, OLD_KEY
from tracking import db, logs
from tracking.notifications import unsubscribing

BOB = "creator:bob"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "en-GB,en"}
PROGRAM = {"Accept": "application/json"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TOKEN = unsubscribing.token((KEY,), "footfall", BOB, ["milestone", "daily"])


def url(token: str = TOKEN) -> str:
    return f"/v1/unsubscribe?token={token}"


@pytest.fixture
def stopped(sql: Any) -> Any:
    return lambda: sql("select person, kind from tracking.notification_optouts order by 1, 2")


BOTH = [(BOB, "daily"), (BOB, "milestone")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("headers", [{}, BROWSER, PROGRAM], ids=["none", "browser", "program"])
def test_whoever_follows_the_link_changes_nothing(client: Any, stopped: Any, method: str, headers: Any) -> None:
    assert client.open(url(), method=method, headers=headers).status_code == 200
    assert stopped() == []


def test_the_page_says_what_and_for_whom_and_has_one_button(client: Any) -> None:
    page = client.get(url(), headers=BROWSER)
    assert page.content_type == "text/html; charset=utf-8"
    assert '<html lang="en">' in page.text
    assert "For bob:" in page.text
    assert [kind for kind in ("Daily messages", "Weekly messages", "Messages about milestones") if kind in page.text] == [
        "Daily messages", "Messages about milestones",
    ]  # fmt: skip
    assert page.text.count("<button>") == page.text.count('<form method="post">') == 1


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("en, de;q=0.1", "en"), ("fr", "en"), ("*", "de"), ("", "en"), (";;q=x", "en")],
)
def test_the_page_is_in_the_readers_language(client: Any, accepted: str, language: str) -> None:
    for method in ("get", "post"):
        page = getattr(client, method)(url(), headers=BROWSER | {"Accept-Language": accepted})
        assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_kept_nowhere_and_runs_nothing(client: Any, method: str) -> None:
    page = getattr(client, method)(url(), headers=BROWSER)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    policy = page.headers.getlist("Content-Security-Policy")
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "unsafe" not in policy[0]
    assert "script-src" not in policy[0]
    assert not re.search(r"<script|\sstyle=|\son\w+=|https?:", page.text)
    assert TOKEN not in page.text
    assert "Set-Cookie" not in page.headers


def test_an_id_is_text_and_not_markup(client: Any) -> None:
    token = unsubscribing.token((KEY,), "footfall", "owner:<script>alert(1)</script>{0}", ["daily"])
    page = client.get(url(token), headers=BROWSER).text
    assert "For &lt;script&gt;alert(1)&lt;/script&gt;{0}:" in page


BODIES: dict[str, dict[str, Any]] = {
    "one click": {"data": ONE_CLICK},
    "one click, in parts": {"data": ONE_CLICK, "content_type": "multipart/form-data"},
    "nothing": {},
    "JSON": {"json": {"kinds": ["weekly"]}},
    "no JSON": {"data": b"{", "content_type": "application/json"},
    "no text": {"data": b"\xff\0\x1f\x8b"},
}


@pytest.mark.parametrize("body", BODIES)
def test_one_request_stops_the_messages(client: Any, stopped: Any, body: str) -> None:
    answer = client.post(url(), **BODIES[body])
    assert answer.status_code == 200
    assert "You will get no more of these" in answer.text
    assert "Location" not in answer.headers
    assert stopped() == BOTH


def test_the_same_request_again_changes_nothing(client: Any, stopped: Any, sql: Any) -> None:
    client.post(url(), data=ONE_CLICK)
    since = sql("select since from tracking.notification_optouts order by kind")
    assert client.post(url(), data=ONE_CLICK).status_code == 200
    assert sql("select since from tracking.notification_optouts order by kind") == since
    assert stopped() == BOTH


def test_nobody_else_is_stopped(client: Any, stopped: Any) -> None:
    client.post(url(unsubscribing.token((KEY,), "footfall", "owner:bob", ["weekly"])))
    assert stopped() == [("owner:bob", "weekly")]


@pytest.mark.parametrize(
    "accepted", ["application/json", "application/json, */*;q=0", "text/html;q=0, application/json"]
)
def test_a_program_gets_json(client: Any, accepted: str) -> None:
    answer = client.post(url(), headers={"Accept": accepted})
    assert answer.content_type == "application/json"
    assert answer.json == {"person": BOB, "kinds": ["daily", "milestone"]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_cookies_origins_and_credentials_do_not_matter(client: Any, stopped: Any) -> None:
    client.set_cookie("session", "x")
    headers = bearer("nonsense") | {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert client.post(url(), headers=headers, data=ONE_CLICK).status_code == 200
    assert stopped() == BOTH


def test_a_parameter_that_a_link_tracker_adds_does_not_matter(client: Any, stopped: Any) -> None:
    assert client.post(url() + "&utm_source=mail").status_code == 200
    assert stopped() == BOTH


def aged(monkeypatch: Any) -> str:
    with monkeypatch.context() as then:
        long_ago = time.time() - unsubscribing.LIFE_SECONDS - 1
        then.setattr(time, "time", lambda: long_ago)
        return unsubscribing.token((KEY,), "footfall", BOB, ["daily"])


BAD = {
    "none": ("", "link-broken"),
    "something else": ("x", "link-broken"),
    "cut short": (TOKEN[:40], None),
    "a NUL": ("fu_%00", "link-broken"),
    "not Unicode": ("fu_%ff", "link-broken"),
    "very long": ("fu_" + "A" * 5000, "link-broken"),
    "forged": (unsubscribing.token(("x" * 32,), "footfall", BOB, ["daily"]), "link-invalid"),
    "of another deployment": (unsubscribing.token((KEY,), "staging", BOB, ["daily"]), "link-wrong-deployment"),
    "of no kind that there is": (unsubscribing.token((KEY,), "footfall", BOB, ["hourly"]), "link-broken"),
    "expired": (aged, "link-expired"),
}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_link_is_told_and_stops_nothing(
    client: Any, stopped: Any, monkeypatch: Any, case: str, method: str
) -> None:
    token, kind = BAD[case]
    token = token(monkeypatch) if callable(token) else token
    for headers in ({}, PROGRAM):
        answer = getattr(client, method)(url(token), headers=headers)
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
        assert answer.json["type"].startswith("/problems/link-")
        assert kind is None or answer.json["type"] == f"/problems/{kind}"
        assert client.get(answer.json["type"]).status_code == 200
    page = getattr(client, method)(url(token), headers=BROWSER)
    assert (page.status_code, page.content_type) == (401, "text/html; charset=utf-8")
    assert "That did not work" in page.text
    assert ("older than a year" in page.text) == (case == "expired")
    assert "<button>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert stopped() == []


def test_a_link_without_a_token_is_told(client: Any) -> None:
    assert client.get("/v1/unsubscribe").json["type"] == "/problems/link-broken"


def test_a_link_of_the_older_key_still_works(client: Any, stopped: Any) -> None:
    assert client.post(url(unsubscribing.token((OLD_KEY,), "footfall", BOB, ["daily"]))).status_code == 200
    assert stopped() == [(BOB, "daily")]


@pytest.mark.parametrize("size", [10_001, 2_000_000])
def test_a_large_body_is_refused(client: Any, stopped: Any, size: int) -> None:
    answer = client.post(url(), data=b"x" * size)
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/body-too-large")
    assert client.post(url(), data=b"x" * size, headers=BROWSER).status_code == 413
    assert stopped() == []
    assert client.post(url(), data=b"x" * 10_000).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_refused(client: Any, stopped: Any, method: str) -> None:
    answer = client.open(url(), method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert stopped() == []


def test_its_head_is_that_of_the_page(client: Any) -> None:
    whole, head = (getattr(client, method)(url(), headers=BROWSER) for method in ("get", "head"))
    varies = {"X-Request-Id", "Date"}
    assert {name: value for name, value in head.headers if name not in varies} == {
        name: value for name, value in whole.headers if name not in varies
    }
    assert head.data == b""


def test_when_the_database_is_away_people_are_told_to_try_again(client: Any, monkeypatch: Any) -> None:
    def away(*_: object, **__: object) -> None:
        raise sqlalchemy.exc.OperationalError("insert", {}, psycopg.OperationalError("connection refused"))

    monkeypatch.setattr(db, "run", away)
    page = client.post(url(), headers=BROWSER)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "try again in a few minutes" in page.text
    assert client.post(url(), headers=PROGRAM).json["type"] == "/problems/database-unavailable"
    assert client.get(url(), headers=BROWSER).status_code == 200


def test_a_token_is_in_no_log_of_the_code(client: Any, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"with {TOKEN} in it")

    logs.configure("info")  # to the standard error that this test reads
    monkeypatch.setattr(db, "run", fail)
    assert client.post(url(), headers=BROWSER).status_code == 500
    assert client.post(url(), headers=PROGRAM).status_code == 500
    written = capsys.readouterr().err
    assert written.count("RuntimeError") >= 2
    assert [at for at in range(len(TOKEN) - 19) if TOKEN[at : at + 20] in written] == []
