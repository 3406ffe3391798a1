"""The page /live, in a browser: what a front-end engineer keeps open beside the app."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from fixtures.cast import ago, event

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
def look(page: Any, watching: Any, minted: Any) -> Callable[..., Any]:
    """Opens the page with a live token, and waits until it watches."""

    def open_(fragment: str = "", token: str | None = None) -> Any:
        page.goto(f"{watching.url}/live#token={token or minted()}{fragment}")
        page.wait_for_selector('[data-state="open"]')
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


def test_each_verdict_is_shown_with_how_to_mend_it(look: Any, send: Any, catalogue: Any) -> None:
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
    if SHOTS:
        for scheme in ("light", "dark"):
            for width, height in ((1280, 1100), (390, 844)):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=str(Path(SHOTS) / f"live-{scheme}-{width}.png"), full_page=True)
