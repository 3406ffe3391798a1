"""Each number of the dashboard says why it is no larger: by mouse and by keys, in both languages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.dashboard import READY, asked, cards, number, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.processes import Server

PARTS = {"stored": 40, "counted": 17, "repeat": 20, "own": 2, "bot": 1, "prefetch": 0}
WINDOWS = [{"name": name, "seconds": 1800} for name in ("view", "view__*")]
CUT = """() => [...document.querySelectorAll('#why .scroll')]
  .filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight).map((one) => one.ariaLabel)"""
"""Tables of which one has to scroll to see all, within what scrolls already."""
PHONE = {"viewport": {"width": 390, "height": 844}}


def opened(page: Any, demo: Server, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d&tz=Europe/Berlin")
    page.wait_for_selector(READY)


def because(page: Any, button: Any) -> str:
    button.click()
    page.locator("#why .because").wait_for()
    return page.locator("#why .because").inner_text()


def counted(text: str) -> int:
    return number(re.search(r"([\d,.]+) (?:counts?|zählen|zählt)\.", text)[1])


def test_each_number_is_explained_and_the_parts_sum_to_it(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    shown = cards(page)
    for kind in ("impression", "view", "click", "application"):
        assert counted(because(page, page.locator(f'.carded:has([data-card="{kind}"]) .why'))) == shown[kind]
        totals = [number(cell.inner_text()) for cell in page.locator("#why table").first.locator("td").all()]
        assert sum(totals) > 0
        page.get_by_role("button", name="Close").click()
    page.locator("summary").first.click()
    for place in ("#series-table", "#breakdown", "#top"):
        cell = page.locator(f"{place} td.number:has(.why)").first
        assert counted(because(page, cell.locator(".why"))) == number(cell.inner_text())
        page.keyboard.press("Escape")
    step = page.locator("#funnel li").nth(1)
    step.locator(".why").click()
    page.get_by_text("only those of them who did all steps before").wait_for()


def explaining(**changes: Any) -> Callable[[Any], None]:
    def answer(route: Any) -> None:
        fetched = route.fetch()
        told = json.loads(fetched.text())
        route.fulfill(
            response=fetched,
            json=told | {"events": 17, "creators": 12, "total": PARTS, "windows": WINDOWS, "incomplete": []} | changes,
        )

    return answer


SAID = {
    "en-GB": "40 were sent and stored. 17 count. 20 were repeats within 30 minutes, 2 were people's visits of their own pages,"
    " 1 was a robot. 12 people did what counts.",
    "de-DE": "40 wurden gesendet und gespeichert. 17 zählen. 20 waren Wiederholungen innerhalb von 30 Minuten, 2 waren"
    " Besuche auf eigenen Seiten, 1 war ein Roboter. 12 Personen taten, was zählt.",
}  # fmt: skip


@pytest.mark.parametrize("page", [{"locale": locale} for locale in SAID], indirect=True, ids=["English", "German"])
def test_the_words_are_those_of_the_page(page: Any, demo: Server, token: str) -> None:
    page.route("**/v1/stats/explain?*", explaining())
    opened(page, demo, token)
    button = page.locator('.carded:has([data-card="view"]) .why')
    said = because(page, button)
    assert said == SAID[page.evaluate("navigator.language")]
    assert page.locator("#why li").count() >= 4


def test_it_says_of_when_it_is_and_that_the_page_has_another_number(page: Any, demo: Server, token: str) -> None:
    """An event came after the page was loaded."""
    opened(page, demo, token)
    button = page.locator('.carded:has([data-card="view"]) .why')
    because(page, button)
    assert re.search(r" · as of \d+ \w+ 20\d\d, \d\d:\d\d$", page.locator("#why .hint").first.inner_text())
    assert "The page shows" not in page.locator("#why").inner_text()
    page.get_by_role("button", name="Close").click()
    shown = cards(page)["view"]
    page.route("**/v1/stats/explain?*", explaining(events=shown + 1))
    page.reload()
    page.wait_for_selector(READY)
    because(page, button)
    assert f"The page shows {shown:,}: it was counted some time before." in page.locator("#why").inner_text()


def test_what_is_not_known_any_more_is_said(page: Any, demo: Server, token: str) -> None:
    unknown = dict.fromkeys(PARTS) | {"counted": 17}
    changes = {"total": unknown, "reasons_since": "2026-11-20T00:00:00+01:00", "sources": [], "buckets": []}
    page.route("**/v1/stats/explain?*", explaining(**changes))
    opened(page, demo, token)
    said = because(page, page.locator('.carded:has([data-card="view"]) .why'))
    assert said.startswith("17 count. What else was stored is not known any more for the time before 20 Nov 2026")


def test_it_opens_and_closes_by_keys_and_gives_the_focus_back(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    card = page.locator('[data-card="view"]')
    card.focus()
    page.keyboard.press("Tab")
    name = f"Why {card.locator('.value').inner_text()}?"
    assert page.evaluate("document.activeElement.ariaLabel") == name
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=name)
    dialog.wait_for()
    assert page.evaluate("document.activeElement.id") == "why-close"
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.ariaLabel") == name


def test_a_question_that_fails_says_so_and_leaves_the_page_standing(page: Any, demo: Server, token: str) -> None:
    page.route("**/v1/stats/explain?*", lambda route: route.fulfill(**problem(503, "too-heavy")))
    opened(page, demo, token)
    page.locator('.carded:has([data-card="view"]) .why').click()
    assert "too much at once" in page.locator("#why").get_by_role("alert").inner_text()
    assert page.locator("#notice").is_hidden()


def test_a_bucket_is_asked_about_by_its_own_times(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    page.locator("summary").first.click()
    questions = asked(page)
    because(page, page.locator("#series-table .why").nth(2))
    (url,) = questions
    assert re.search(r"from=\d{4}-\d\d-\d\dT00%3A00%3A00%2B0[12]%3A00&", url)
    assert url.count("from=") == url.count("to=") == 1


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_it_fits_on_a_phone(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    because(page, page.locator('.carded:has([data-card="impression"]) .why'))
    box = page.locator("#why").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(CUT) == []
