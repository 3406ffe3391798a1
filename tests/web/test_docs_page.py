"""The page /docs: every operation, and a form that tries it, from the document of this deployment alone."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from fixtures.database import KEY
from tracking.provenance import credentials, tokens
from tracking.web.links import docs_page

if TYPE_CHECKING:
    from fixtures.processes import Server

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for people to look at."""


@pytest.fixture
def docs(page: Any, server: Server) -> Any:
    """The page, opened with tokens to try it."""
    web = credentials.derive(KEY, "web", 1)
    receivers = ["job:42", "job:77"]
    link = docs_page(server.url, web, creator="user-alice", receivers=receivers, seconds=900, audience=tokens.AUDIENCE)
    page.goto(link)
    page.wait_for_selector("section")
    return page


def test_every_operation_is_there_with_what_it_takes_and_answers(docs: Any, server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
        document = json.load(answer)
    operations = {one["operationId"] for item in document["paths"].values() for one in item.values()}
    assert {section.get_attribute("id") for section in docs.locator("section").all()} == operations
    assert docs.locator("nav a").count() == len(operations)
    batch = docs.locator("#postEvents .schema").first
    for field in ("events", "occurred_at", "receiver"):
        assert batch.get_by_text(field, exact=True).first.text_content() == field


@pytest.mark.parametrize("page", [{"user_agent": FIREFOX}], indirect=True, ids=["Firefox"])  # a headless one is a bot
def test_an_event_is_sent_and_counted_from_the_page(docs: Any) -> None:
    """And a token stays in the browser, in the address's fragment."""
    asked = []
    docs.on("request", lambda request: asked.append(request.url))
    docs.locator("nav a", has_text="/v1/events").first.click()
    events = docs.locator("#postEvents")
    events.get_by_text("Try it").click()
    events.get_by_role("button", name="Send").click()
    expect(events.locator(".status")).to_contain_text("200 OK")
    expect(events.locator(".answer pre")).to_contain_text('"accepted": 1')
    assert events.locator(".curl").inner_text().startswith("curl -s -X POST 'http")
    summary = docs.locator("#getStatsSummary")
    summary.get_by_text("Try it").click()
    assert summary.get_by_label("receiver").input_value() == "job:42"
    summary.get_by_role("button", name="Send").click()
    expect(summary.locator(".answer pre")).to_contain_text('"events": 1')
    assert {urlsplit(url).path for url in asked} == {"/v1/events", "/v1/stats/summary"}
    assert "fc_web" in docs.evaluate("location.hash")


@pytest.mark.parametrize("page", [{"user_agent": FIREFOX}], indirect=True, ids=["Firefox"])
def test_each_example_works_with_the_tokens_of_the_page(docs: Any) -> None:
    for token, operations in (("fc_", 5), ("fs_", 7)):
        tried = [
            one
            for one in docs.locator("section:has(textarea)").all()
            if one.get_by_label("Token").count() and one.get_by_label("Token").input_value().startswith(token)
        ]
        assert len(tried) == operations
        for operation in tried:
            operation.locator("summary", has_text="Try it").click()
            operation.get_by_role("button", name="Send").click()
            expect(operation.locator(".status")).to_contain_text("200 OK")
            if token == "fc_":
                expect(operation.locator(".answer pre")).to_contain_text(re.compile('"verdict": "(accepted|repeat)"'))


def test_a_refusal_is_shown_as_it_is(docs: Any) -> None:
    live = docs.locator("#getLive")
    live.get_by_text("Try it").click()
    live.get_by_label("Token").fill("nonsense")
    live.get_by_role("button", name="Send").click()
    expect(live.locator(".status")).to_contain_text("401")
    expect(live.locator(".answer pre")).to_contain_text("/problems/token-malformed")


def test_nothing_comes_from_elsewhere(page: Any, server: Server) -> None:
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector("section")
    assert hosts == {urlsplit(server.url).netloc}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_used_on_a_phone_and_by_a_screen_reader(docs: Any, dashboard_sources: Path, scheme: str) -> None:
    docs.emulate_media(color_scheme=scheme)
    for summary in docs.locator("#postEvents summary").all():
        summary.click()
    for width in (1280, 390):
        docs.set_viewport_size({"width": width, "height": 900})
        assert docs.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if SHOTS:
            docs.locator("#postEvents").scroll_into_view_if_needed()
            docs.screenshot(path=str(Path(SHOTS) / f"docs-{scheme}-{width}.png"))
    docs.evaluate((dashboard_sources / "node_modules" / "axe-core" / "axe.min.js").read_text() + "; undefined")
    found = docs.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
