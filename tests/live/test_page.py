"""The page /live, in a browser: what a front-end engineer keeps open beside the app."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from fixtures.browser import DASHBOARD
from fixtures.cast import ago, event
from live.conftest import INSPECTOR
from tracking.provenance import tokens
from tracking.vocabulary import VERDICTS

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for people to look at."""
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that fails the test where the browser complains."""
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: message.type in {"error", "warning"} and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [said for said in complaints if "Failed to load resource" not in said] == []


@pytest.fixture
def look(page: Any, watching: Any) -> Callable[..., Any]:
    """Opens the page with a live token, and waits until it watches."""

    def open_(fragment: str = "", token: str | None = None, state: str = "open") -> Any:
        link = f"{watching.url}/live#token={tokens.mint(INSPECTOR, 'live', seconds=900)}"
        page.goto(f"{link}{fragment}" if token is None else f"{watching.url}/live#token={token}{fragment}")
        page.wait_for_selector(f'[data-state="{state}"]')
        return page

    return open_


def everything(send: Any) -> dict[str, int]:
    """Sends events that have each verdict, and returns how many have it."""
    first, other = event(id="0192f0c1-2222-7000-8000-000000000001"), event(name="click", receiver="job:77")
    seen = send(
        first, other, event(name="view", receiver="profile:user-alice"), event(context={"user_agent": GOOGLEBOT})
    )
    seen += send(first, other)
    seen += send(event(receiver="job:42", occurred_at=ago(seconds=59)))
    seen += send(first | {"properties": {"page": "/other"}})
    seen += send(
        event(receiver=None),
        event(name="1click"),
        event(occurred_at="yesterday"),
        event(occurred_at=ago(days=400)),
        event(colour="red", properties={"page": "/jobs/42", "tags": ["a", "b"]}),
        event(creator="user-bob"),
    )
    return {verdict: seen.count(verdict) for verdict in seen}


def test_each_verdict_is_shown_with_how_to_mend_it(
    look: Any, send: Any, catalogue: Any, dashboard_sources: Path
) -> None:
    page = look()
    sent = everything(send)
    assert sent == {"accepted": 2, "own": 1, "bot": 1, "duplicate": 2, "repeat": 1, "conflict": 1, "rejected": 6}
    for verdict, number in sent.items():
        expect(page.locator(f"#count-{verdict}")).to_have_text(str(number), timeout=10_000)
    marked = page.locator(".rejected mark").all_inner_texts()
    assert sorted(text.strip().split(":")[0] for text in marked) == sorted(
        ['"receiver"', '"name"', '"occurred_at"', '"occurred_at"', '"colour"', '"creator"']
    )
    assert page.locator(".rejected .mend").count() == 6
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1280, 1100), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if SHOTS:
                page.screenshot(path=str(Path(SHOTS) / f"live-{scheme}-{width}.png"))
        page.evaluate((dashboard_sources / "node_modules" / "axe-core" / "axe.min.js").read_text() + "; undefined")
        found = page.evaluate("axe.run()")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_filters_show_what_is_asked_for_of_all_that_came(look: Any, send: Any) -> None:
    """And stand in the address, so that a reload shows the same."""
    page = look()
    send(event(), event(receiver="job:77"), event(name="click__save"), event(occurred_at="?", receiver="job:9"))
    rows = page.locator("#events > li")
    expect(rows).to_have_count(4)
    page.get_by_label("Name").fill("click__*")
    page.get_by_label("Name").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_label("Name").fill("")
    page.get_by_label("Receiver").fill("job:77")
    page.get_by_label("Receiver").press("Tab")
    expect(rows.locator(".what")).to_have_text(["view on job:77"])
    expect(page.locator("#hint")).to_be_visible()
    page.reload()
    expect(rows.locator(".what")).to_have_text(["view on job:77"])
    page.get_by_label("Receiver").fill("")
    page.locator("#only-rejected").check()
    expect(rows.locator(".what")).to_have_text(["view on job:9"])
    page.get_by_label("Receiver").fill("job")
    page.get_by_label("Receiver").press("Enter")
    expect(page.locator("#fault")).to_contain_text("TYPE:ID, as in job:42")
    assert page.get_by_label("Receiver").get_attribute("aria-invalid") == "true"


def test_a_paused_list_stands_still_and_loses_nothing(look: Any, send: Any) -> None:
    page = look()
    rows = page.locator("#events > li")
    send(event())
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Pause").press("Enter")
    send(event(), event())
    expect(page.locator("#state")).to_have_text("Paused, 2 wait")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Pause").press("Enter")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(0)
    send(event())
    expect(rows).to_have_count(1)
    page.locator("#only-accepted").check()  # what was cleared does not come back
    expect(page.locator("#count-accepted")).to_have_text("1")


def test_a_page_whose_stream_ended_goes_on_where_it_was(look: Any, send: Any, sql: Any) -> None:
    page = look()
    rows = page.locator("#events > li")
    send(event())
    expect(rows).to_have_count(1)
    sql("revoke select on tracking.ingest_ledger from footfall_read")  # as if the database were away
    try:
        expect(page.locator("#state")).to_have_text("Connection lost; trying again …", timeout=15_000)
        send(event(), event())
    finally:
        sql("grant select on tracking.ingest_ledger to footfall_read")
    expect(rows).to_have_count(3, timeout=20_000)
    send(event())
    expect(rows).to_have_count(4)


@pytest.mark.parametrize(
    ("token", "said"),
    [("", "No token"), ("nonsense", "This token does not work here"), ("client", "This token is of another kind")],
)
def test_a_token_that_does_not_fit_is_said_with_what_to_do(look: Any, minted: Any, token: str, said: str) -> None:
    given = minted("client", creator="user-alice") if token == "client" else token
    page = look(token=given, state="ended")
    expect(page.locator("#notice-title")).to_have_text(said)
    assert page.locator("#notice-text").inner_text().strip()


def test_the_page_knows_every_verdict() -> None:
    words = (DASHBOARD / "src" / "live" / "words.js").read_text()
    named = re.search(r"VERDICTS = \[(.*?)\]", words)
    assert named
    assert tuple(re.findall(r'"(\w+)"', named[1])) == VERDICTS
