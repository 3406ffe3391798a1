"""The dashboard in a real browser, on a running API with the demo's traffic: what it shows is what the API says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.dashboard import READY, cards, number, ready
from fixtures.database import KEY
from tracking.provenance import credentials, tokens
from tracking.standard import VERSION


def test_what_is_shown_is_what_the_api_says(page: Any, demo: Any, token: str, ask: Any) -> None:
    """Opened, then another period, another name, another timezone, another count."""
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    today = page.evaluate("new Intl.DateTimeFormat('en-CA', {timeZone: 'Europe/Berlin'}).format(new Date())")
    week = page.evaluate("d => new Date(new Date(d) - 6 * 864e5).toISOString().slice(0, 10)", today)
    zone = {"timezone": "Europe/Berlin"}
    shown = cards(page)
    assert shown == {
        "people": ask("summary", from_=week, **zone)["creators"],
        "impression": ask("summary", from_=week, action="impression", **zone)["events"],
        "view": ask("summary", from_=week, action="view", **zone)["events"],
        "click": ask("summary", from_=week, action="click", **zone)["events"],
        "application": ask("summary", from_=week, name="click__application*", **zone)["events"],
    }
    assert shown["impression"] > shown["view"] > 0
    assert f"counting standard, version {VERSION}." in page.locator("footer").inner_text()
    assert number(page.locator("#total").inner_text()) == shown["view"]
    steps = ask("funnel", from_=week, **zone)["steps"]
    assert [number(text) for text in page.locator("#funnel .count").all_inner_texts()] == [
        one["creators"] for one in steps
    ]
    first = ask("top", from_=week, action="view", **zone)["receivers"][0]
    assert first["title"] in page.locator("#top tbody tr").first.inner_text()

    page.select_option("#period", "yesterday")
    ready(page)
    yesterday = page.evaluate("d => new Date(new Date(d) - 864e5).toISOString().slice(0, 10)", today)
    day = {"from_": yesterday, "to": yesterday}
    assert (
        cards(page)["impression"] == ask("summary", action="impression", **day, **zone)["events"] < shown["impression"]
    )
    assert page.locator("#series-table tbody tr").count() in {23, 24, 25}

    name = ask("breakdown", by="name", **day, **zone)["parts"][-1]["value"]
    page.select_option("#name", f"name:{name}")
    ready(page)
    in_berlin = ask("summary", name=name, **day, **zone)
    assert number(page.locator("#total").inner_text()) == in_berlin["events"]
    assert page.locator("#series-title").inner_text() == name

    page.select_option("#measure", "creators")
    ready(page)
    assert number(page.locator("#total").inner_text()) == in_berlin["creators"]

    page.select_option("#name", "all")
    page.select_option("#measure", "events")
    page.select_option("#timezone", "Australia/Adelaide")
    ready(page)
    in_adelaide = page.evaluate(
        "new Intl.DateTimeFormat('en-CA', {timeZone: 'Australia/Adelaide'}).format(Date.now() - 864e5)"
    )
    expected = ask("timeseries", from_=in_adelaide, to=in_adelaide, interval="hour", timezone="Australia/Adelaide")
    assert number(page.locator("#total").inner_text()) == expected["events"]
    table = page.locator("#series-table tbody tr td:nth-child(2)")
    assert [number(text) for text in table.all_text_contents()] == [bucket["events"] for bucket in expected["buckets"]]

    view = page.url
    page.reload()
    page.wait_for_selector(READY)
    assert page.url == view
    assert number(page.locator("#total").inner_text()) == expected["events"]


def test_the_token_is_never_in_a_request_line_or_a_log(page: Any, demo: Any, token: str) -> None:
    asked: list[Any] = []
    page.on("request", lambda one: asked.append(one))  # noqa: PLW0108 - it wants to be a function of ours
    page.goto(f"{demo.url}/dashboard#token={token}")
    page.wait_for_selector(READY)
    assert len(asked) > 8
    assert all(token not in one.url.partition("#")[0] for one in asked)
    assert all(token not in one.headers.get("referer", "") for one in asked)
    assert token not in demo.log.read_text()


def test_the_first_view_is_small(page: Any, demo: Any, token: str) -> None:
    """Everything that crosses the wire until the numbers are there, headers too: under 100 KB."""
    finished: list[Any] = []
    page.on("requestfinished", lambda one: finished.append(one))  # noqa: PLW0108
    page.goto(f"{demo.url}/dashboard#token={token}")
    page.wait_for_selector(READY)
    sizes = [one.sizes() for one in finished]
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 100_000


def test_search_finds_a_title_and_a_title_narrows_everything(page: Any, demo: Any, token: str, ask: Any) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}")
    page.wait_for_selector(READY)
    page.fill("#search", "python dev")
    page.locator("#top tbody tr").nth(7).wait_for(state="detached")
    page.get_by_role("button", name="Senior Python Developer (m/f/d), Berlin").click()
    page.wait_for_selector("#filter:not([hidden])")
    ready(page)
    start = page.evaluate(
        "new Intl.DateTimeFormat('en-CA', {timeZone: 'Europe/Berlin'}).format(Date.now() - 29 * 864e5)"
    )
    answer = ask("summary", receiver="job:42", action="impression", from_=start, timezone="Europe/Berlin")
    assert cards(page)["impression"] == answer["events"] > 0
    page.get_by_role("button", name="Show all").click()
    page.wait_for_selector("#filter", state="hidden")


def test_csv_is_what_is_shown(page: Any, demo: Any, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    with page.expect_download() as download:
        page.locator('[data-csv="timeseries"]').click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert sum(int(line.split(",")[2]) for line in lines[1:]) == number(page.locator("#total").inner_text())


def test_it_is_used_by_keyboard_alone(page: Any, demo: Any, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator('[data-card="click"]').focus()
    page.keyboard.press("Enter")
    ready(page)
    assert page.locator('[data-card="click"]').get_attribute("aria-pressed") == "true"
    page.locator("#chart").focus()
    page.keyboard.press("ArrowRight")
    assert ":" in page.locator("#chart-says").text_content()


STATES = {
    "no token": ("", "This page needs a token"),
    "a forged token": ("token=fs_web_1_AAAA", "This page needs a token"),
    "another owner's job": ("token={token}&receiver=job:1000", "This link does not show these numbers"),
}


@pytest.mark.parametrize("state", STATES)
def test_without_numbers_it_says_why(page: Any, demo: Any, token: str, state: str) -> None:
    fragment, says = STATES[state]
    page.goto(f"{demo.url}/dashboard#{fragment.format(token=token)}")
    page.get_by_role("heading", name=says).wait_for()
    assert page.locator("#content").is_hidden()


def test_an_expired_token_is_told_apart(page: Any, demo: Any) -> None:
    old = tokens.mint(credentials.derive(KEY, "web", 1), "stats", seconds=-5, owner="acme")
    page.goto(f"{demo.url}/dashboard#token={old}&lang=de")
    page.get_by_role("heading", name="Dieser Link ist abgelaufen").wait_for()


def test_an_empty_month_and_a_service_that_is_away_are_told_apart(page: Any, demo: Any, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=custom&from=2020-01-01&to=2020-01-31")
    page.wait_for_selector(READY)
    assert page.locator("#chart").inner_text() == "Nothing happened here in this time."
    page.route("**/v1/stats/**", lambda route: route.abort())
    page.select_option("#period", "7d")
    page.get_by_role("heading", name="The numbers could not be loaded").wait_for()
    page.unroute("**/v1/stats/**")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("#content:not([hidden])")


@pytest.mark.parametrize(
    "page",
    [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}],
    indirect=True,
    ids=["light", "dark phone"],
)
def test_axe_finds_nothing_serious(page: Any, demo: Any, token: str, dashboard_sources: Path) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    page.locator("summary").click()
    page.evaluate(
        (dashboard_sources / "node_modules" / "axe-core" / "axe.min.js").read_text()
    )  # by the debugger: the page's own policy lets no other script in
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
