"""What the dashboard shows is what was asked for, and where it cannot be, it says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from fixtures.dashboard import READY, asked, cards, ready


def opened(page: Any, demo: Any, token: str, fragment: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&{fragment}")
    page.wait_for_selector(READY)


def on_screen(page: Any) -> tuple[str, str]:
    return page.locator("#from").input_value(), page.locator("#to").input_value()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("#to", "", "A last day is needed."),
        ("#from", "", "A first day is needed."),
        ("#from", "2150-01-01", "The first day is after the last day."),
        ("#to", "1991-01-01", "The first day is after the last day."),
    ],
)
def test_a_range_that_is_none_is_not_asked_for(
    page: Any, demo: Any, token: str, field: str, value: str, says: str
) -> None:
    opened(page, demo, token, "period=7d")
    week = on_screen(page)
    page.select_option("#period", "custom")
    ready(page)
    assert on_screen(page) == week  # the fields begin with what is on screen
    shown, questions, address = cards(page), asked(page), page.url
    page.fill(field, value)
    fault = page.get_by_role("alert").filter(has_text=says)
    fault.wait_for()
    assert "Still shown:" in fault.inner_text()
    assert page.locator(field).get_attribute("aria-describedby") == fault.get_attribute("id")
    assert (questions, cards(page), page.url) == ([], shown, address)

    page.fill(field, week[0])
    page.fill("#to", week[0])
    page.wait_for_function("() => document.getElementById('range-fault').hidden")
    ready(page)
    assert {parse_qs(urlsplit(one).query)["to"][0] for one in questions[-5:]} == {week[0]}


def test_a_range_in_the_future_is_not_asked_for(page: Any, demo: Any, token: str) -> None:
    opened(page, demo, token, "period=7d")
    page.select_option("#period", "custom")
    ready(page)
    page.fill("#to", "2150-02-01")
    ready(page)
    questions = asked(page)
    page.fill("#from", "2150-01-01")
    page.get_by_role("alert").filter(has_text="The first day is in the future.").wait_for()
    assert questions == []


BOGUS = {
    "period": "bogus", "tz": "Mars/Base", "show": "constructor", "measure": "x", "interval": "minute", "by": "property:x",
    "order": "x", "compare": "x", "receiver": "nothing", "lang": "xx", "perod": "7d", "search": "x" * 201, "from": "2026-02-30",
}  # fmt: skip


def test_whatever_a_link_says_and_cannot_be_is_told(page: Any, demo: Any, token: str) -> None:
    opened(page, demo, token, urlencode(BOGUS))
    told = page.locator("#unused")
    assert [key for key, value in BOGUS.items() if f"{key}={value}"[:80] not in told.inner_text()] == []
    assert "Europe/Berlin" in told.inner_text()
    the_last_30_days(page)

    page.select_option("#period", "7d")
    told.wait_for(state="hidden")


@pytest.mark.parametrize(
    "parameter",
    [
        "period=", "period=custom", "period=custom&from=2026-11-20", "period=custom&to=2026-11-20", "from=2026-11-01",
        "period=custom&from=2026-11-20&to=2026-11-10", "period=custom&from=2150-01-01&to=2150-02-01",
        "period=custom&from=0026-02-03&to=2026-03-01", "period=30d&from=2026-11-01&to=2026-11-02", "period=30d&period=7d",
        "tz=%2B01:00",
    ],
)  # fmt: skip
def test_a_link_to_no_period_shows_another_and_says_so(page: Any, demo: Any, token: str, parameter: str) -> None:
    refused: list[str] = []
    page.on("response", lambda one: one.status >= 400 and refused.append(one.url))
    opened(page, demo, token, parameter)
    page.get_by_role("alert").filter(has_text="Shown:").wait_for()
    the_last_30_days(page)
    assert refused == []


def the_last_30_days(page: Any) -> None:
    """Berlin's, in the controls and on screen."""
    assert page.locator("#period").input_value() == "30d"
    assert page.locator("#timezone").input_value() == "Europe/Berlin"
    days = "n => new Intl.DateTimeFormat('en-CA', {timeZone: 'Europe/Berlin'}).format(Date.now() - n * 864e5)"
    assert on_screen(page)[1] == page.evaluate(days, 0)
    assert page.locator("#series-table tbody tr").count() == 30
    assert cards(page)["view"] > 0


def test_two_days_in_a_link_are_a_range_by_themselves(page: Any, demo: Any, token: str, ask: Any) -> None:
    opened(page, demo, token, "from=2026-01-05&to=2026-01-06&lang=de-AT")
    assert on_screen(page) == ("2026-01-05", "2026-01-06")
    assert page.locator("#custom").is_visible()
    assert page.locator("#unused").is_hidden()
    assert page.locator("html").get_attribute("lang") == "de"


def test_back_returns_to_what_was_shown_before(page: Any, demo: Any, token: str) -> None:
    opened(page, demo, token, "period=7d")
    week = cards(page)
    for period in ("30d", "custom"):
        page.select_option("#period", period)
        ready(page)
    page.fill("#to", page.locator("#from").input_value())
    ready(page)
    assert cards(page)["impression"] < week["impression"]
    for period in ("custom", "30d", "7d"):
        page.go_back()
        page.wait_for_function("period => document.getElementById('period').value === period", arg=period)
        ready(page)
    assert "/dashboard#" in page.url
    assert cards(page) == week
    page.go_forward()
    page.wait_for_function("() => document.getElementById('period').value === '30d'")


ZONE = "Intl.DateTimeFormat.prototype.resolvedOptions = function () { return { timeZone: ZONE }; };"


@pytest.mark.parametrize("zone", ["'Etc/Unknown'", "undefined", "''", "'Nowhere/Land'", "'+02:00'"])
def test_a_browser_that_knows_no_timezone_is_shown_utc_and_told(
    page: Any, demo: Any, token: str, ask: Any, zone: str
) -> None:
    page.add_init_script(ZONE.replace("ZONE", zone))
    opened(page, demo, token, "period=yesterday")
    told = page.get_by_role("alert").filter(has_text="This browser names no timezone")
    assert "UTC" in told.inner_text()
    assert page.locator("#timezone").input_value() == "UTC"
    yesterday = page.evaluate("new Date(Date.now() - 864e5).toISOString().slice(0, 10)")
    answer = ask("summary", from_=yesterday, to=yesterday, timezone="UTC", action="impression")
    assert cards(page)["impression"] == answer["events"] > 0


def test_a_timezone_that_only_the_browser_knows_is_utc_and_told(page: Any, demo: Any, token: str) -> None:
    """The API's own names are others: this one is spelled in another way."""
    page.add_init_script(ZONE.replace("ZONE", "'europe/berlin'"))
    opened(page, demo, token, "period=7d")
    told = page.get_by_role("alert").filter(has_text="The timezone europe/berlin is not known here.")
    told.wait_for()
    ready(page)
    assert "UTC" in told.inner_text()
    assert cards(page)["view"] > 0
