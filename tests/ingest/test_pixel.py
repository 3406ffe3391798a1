"""GET /v1/pixel.gif: each fetch is the one event that its token says, and mail programs that fetch ahead do not count."""

import json
import time
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

MAIL = {"creator": ALICE, "receivers": ["mail:autumn"], "names": ["view"]}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL_AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.246 Mozilla/5.0"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "Mozilla/5.0 (compatible; YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html)"


@pytest.fixture
def minted(web: str) -> str:
    return tokens.mint(web, "pixel", seconds=86_400 * 90, **MAIL)


@pytest.fixture
def fetch(client: Any, minted: str) -> Any:
    """Fetches the picture, as Firefox unless another agent is given."""

    def get(token: str = minted, agent: str = FIREFOX, **headers: str) -> Any:
        return client.get(f"/v1/pixel.gif?token={token}", headers={"User-Agent": agent} | headers)

    return get


@pytest.fixture
def opened(sql: Any) -> Any:
    return lambda: sql("select name, excluded from tracking.events order by occurred_at")


def test_a_fetch_is_an_event_and_a_picture_that_nobody_keeps(fetch: Any, sql: Any) -> None:
    answer = fetch()
    assert (answer.status_code, answer.content_type, len(answer.data)) == (200, "image/gif", 43)
    assert answer.data.startswith(b"GIF89a")
    assert {"no-store", "no-cache", "private"} <= set(answer.headers["Cache-Control"].split(", "))
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert sql(
        "select source, creator, receiver_type, receiver_id, name, excluded, now() - occurred_at < '1 minute'"
        " from tracking.events"
    ) == [("web", ALICE, "mail", "autumn", "view", None, True)]


def test_two_fetches_at_once_are_one_open(fetch: Any, opened: Any, catalogue: Any) -> None:
    fetch(), fetch()
    assert opened() == [("view", None), ("view", "repeat")]


AHEAD = {
    "Apple Mail": ("Mozilla/5.0", {}, "prefetch"),
    "Gmail, ahead": (GMAIL_AHEAD, {}, "prefetch"),
    "Gmail, when it is opened": (GMAIL, {}, None),
    "Yahoo": (YAHOO, {}, None),
    "a browser, ahead": (FIREFOX, {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
    "an old browser, ahead": (FIREFOX, {"Purpose": "prefetch"}, "prefetch"),
    "a preview": (FIREFOX, {"X-Purpose": "preview"}, "prefetch"),
    "a crawler": ("Googlebot/2.1 (+http://www.google.com/bot.html)", {}, "bot"),
    "nobody says": ("", {}, None),
}


@pytest.mark.parametrize(("agent", "headers", "excluded"), AHEAD.values(), ids=AHEAD)
def test_who_fetches_ahead_does_not_count(fetch: Any, opened: Any, agent: str, headers: Any, excluded: Any) -> None:
    assert fetch(agent=agent, **headers).status_code == 200
    assert opened() == [("view", excluded)]


def test_a_fetch_ahead_takes_nothing_from_the_open_that_follows(fetch: Any, opened: Any, catalogue: Any) -> None:
    fetch(agent="Mozilla/5.0"), fetch()
    assert opened() == [("view", "prefetch"), ("view", None)]


def test_a_prefetch_is_booked_and_not_counted(
    fetch: Any, client: Any, web: str, sql: Any, footfall: Any, refresh: Any
) -> None:
    fetch(agent="Mozilla/5.0"), fetch(agent=GMAIL)
    said = json.loads(footfall("ledger", "--json").stdout)
    assert said["balances"]
    assert [(row["received"], row["accepted"], row["prefetch"]) for row in said["rows"]] == [(2, 1, 1)]
    assert sql("select received, accepted, prefetch from analytics.data_quality_daily") == [(2, 1, 1)]
    refresh()
    counted = client.get("/v1/stats/summary?receiver=mail:autumn", headers=bearer(web)).json
    assert counted["events"] == 1


def test_asking_for_the_headers_alone_is_no_open(client: Any, minted: str, opened: Any) -> None:
    answer = client.head(f"/v1/pixel.gif?token={minted}")
    assert (answer.status_code, answer.content_type, opened()) == (200, "image/gif", [])


def test_a_pixel_token_is_good_for_its_picture_only(client: Any, minted: str, fetch: Any) -> None:
    for path in ("/v1/events", "/v1/batch", "/v1/tokens"):
        answer = client.post(path, json={"events": [event()], "batch": [{}]}, headers=bearer(minted))
        assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-kind"), path
    assert client.get("/v1/stats/summary?receiver=job:42", headers=bearer(minted)).status_code == 403
    assert client.get("/v1/pixel.gif", headers=bearer(minted)).json["type"] == "/problems/token-missing"


def test_no_other_token_is_good_for_a_picture(fetch: Any, web: str, alice: str, acme: str) -> None:
    for token in (web, alice, acme):
        answer = fetch(token)
        assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-kind")


def test_it_works_for_a_year_and_no_longer(web: str, minted: str, fetch: Any) -> None:
    """Longer than tokens of people, which TOKEN_MAX_SECONDS bounds."""
    far = tokens.mint(web, "pixel", seconds=86_400 * 900, **MAIL)
    expires_at = tokens.verify(far, (KEY,), max_seconds=900).grant.expires_at
    assert 86_400 * 364 < expires_at - time.time() <= 86_400 * 365
    assert fetch(far).status_code == 200
    past = tokens.mint(web, "pixel", seconds=-1, **MAIL)
    assert (fetch(past).status_code, fetch(past).json["type"]) == (401, "/problems/token-expired")


def test_a_source_without_the_rights_has_no_pictures(fetch: Any, sql: Any, app: Any) -> None:
    sql("update tracking.sources set rights = '{ingest}'")
    assert fetch().json["detail"] == "Source web does not have the right 'mint and ingest'."


VAGUE = {
    "two receivers": {"receivers": ["mail:a", "mail:b"]},
    "no receiver": {"receivers": None},
    "two names": {"names": ["view", "click"]},
    "a pattern": {"names": ["view__*"]},
    "no name": {"names": None},
    "nobody": {"creator": None},
}


@pytest.mark.parametrize("claims", VAGUE.values(), ids=VAGUE)
def test_a_pixel_token_says_who_did_what_on_what(client: Any, web: str, fetch: Any, claims: Any) -> None:
    asked = {name: claim for name, claim in (MAIL | claims).items() if claim is not None}
    answer = client.post("/v1/tokens", json={"kind": "pixel"} | asked, headers=bearer(web))
    assert (answer.status_code, len(answer.json["errors"])) == (422, 1)
    ours = {"aud": "footfall", "exp": int(time.time()) + 60, "jti": "x"} | asked
    signed = f"fp_web_1_{tokens.serializer(credentials.derive(KEY, 'web', 1), 'pixel').dumps(ours)}"
    assert (fetch(signed).status_code, fetch(signed).json["type"]) == (401, "/problems/token-malformed")


def test_a_backend_has_one_minted(client: Any, web: str, fetch: Any) -> None:
    answer = client.post("/v1/tokens", json={"kind": "pixel"} | MAIL, headers=bearer(web)).json
    assert answer["expires_in"] == 86_400 * 365
    assert fetch(answer["token"]).status_code == 200


def test_the_command_prints_an_address(footfall: Any, client: Any, opened: Any) -> None:
    who = ("--source", "web", "--creator", ALICE, "--receiver", "mail:autumn")
    address = footfall("pixel", *who, "--name", "view__mail", PUBLIC_URL="https://t.example").stdout.strip()
    assert address.startswith("https://t.example/v1/pixel.gif?token=fp_web_1_")
    assert client.get(address.removeprefix("https://t.example")).status_code == 200
    assert opened() == [("view__mail", None)]
    assert "mail:autumn" not in footfall("pixel", *who, "--json").stdout
    assert "without *" in footfall("pixel", *who, "--name", "view__*", exits=2).output
    assert "365d at most, not" in footfall("pixel", *who, "--for", "366d", exits=2).output


def test_a_source_that_may_not_have_one_is_told_what_it_lacks(footfall: Any, sql: Any) -> None:
    sql("update tracking.sources set rights = '{export,ingest}' where name = 'web'")
    said = footfall("pixel", "--source", "web", "--creator", ALICE, "--receiver", "mail:autumn", exits=1).output
    assert "source web lacks the right mint" in said
    assert "python -m tracking source set web --right export --right ingest --right mint" in said


def test_no_token_of_an_address_is_in_the_log(fetch: Any, minted: str, caplog: pytest.LogCaptureFixture) -> None:
    wrong = minted[:-4] + "AAAA"
    assert fetch(wrong).json["type"] == "/problems/token-invalid"
    assert "token-invalid" in caplog.text
    assert wrong[12:40] not in caplog.text
