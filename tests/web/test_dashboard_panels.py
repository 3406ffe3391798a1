"""Each panel stands alone, asks once, keeps its place, and speaks the page's language."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.cast import ago
from fixtures.dashboard import READY, SHIFTS, asked, cards, number, problem, ready
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.processes import Server


@pytest.mark.parametrize("panel", ["top", "funnel", "breakdown", "cards"])
def test_a_panel_that_fails_leaves_the_others_standing(page: Any, demo: Server, token: str, panel: str) -> None:
    asks = {
        "top": "top?*",
        "funnel": "funnel?*",
        "breakdown": "breakdown?by=action&*",
        "cards": "timeseries?*uniques=true",
    }
    page.route(f"**/v1/stats/{asks[panel]}", lambda route: route.fulfill(**problem(503, "too-heavy")))
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    place = page.locator(f'[data-panel="{panel}"]')
    assert "That is too much at once." in place.get_by_role("alert").inner_text()
    assert page.locator(".fault:visible").count() == 1
    assert page.locator("#notice").is_hidden()
    assert number(page.locator("#total").inner_text()) > 0
    assert place.locator(".body").is_hidden()

    page.unroute_all()
    questions = asked(page)
    place.get_by_role("button", name="Try again").click()
    ready(page)
    place.locator(".body").wait_for()
    assert place.locator(".fault").is_hidden()
    assert len(questions) == 1


def test_the_first_view_asks_nothing_twice(page: Any, demo: Server, token: str) -> None:
    everything: list[str] = []
    page.on("request", lambda one: everything.append(one.url))
    page.goto(f"{demo.url}/dashboard#token={token}&by=name")
    page.wait_for_selector(READY)
    assert len(everything) == len(set(everything)) <= 12
    page.locator('[data-card="click"]').click()
    ready(page)
    assert len(everything) == len(set(everything))  # what a card knows, the chart does not ask again


def test_an_outdated_question_is_taken_back(page: Any, demo: Server, token: str) -> None:
    """The first period's answers never come; those of the next one are shown, and nothing waits any more."""
    taken_back: list[str] = []
    page.on("requestfailed", lambda one: taken_back.append(one.url))
    held: list[Any] = []
    page.route("**/v1/stats/**", lambda route: held.append(route))  # noqa: PLW0108 - it wants to be a function of ours
    with page.expect_request("**/v1/stats/**"):
        page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.unroute("**/v1/stats/**")
    page.select_option("#period", "30d")
    page.wait_for_selector(READY)
    assert cards(page)["impression"] > 0
    assert len(taken_back) == len(held) > 0


def test_a_question_that_comes_too_early_is_asked_again(page: Any, demo: Server, token: str) -> None:
    refused: list[Any] = []

    def once(route: Any) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(**problem(429, "too-many-requests", Retry_After="1"))

    page.route("**/v1/stats/funnel?*", once)
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    assert page.locator(".fault:visible").count() == 0
    assert number(page.locator("#funnel .count").first.inner_text()) > 0


@pytest.mark.parametrize(
    "page",
    [{"viewport": {"width": 1280, "height": 900}}, {"viewport": {"width": 390, "height": 844}, "locale": "de-DE"}],
    indirect=True,
    ids=["desk", "German phone"],
)
def test_nothing_moves_while_the_numbers_come(page: Any, demo: Server, token: str) -> None:
    page.add_init_script(SHIFTS)
    page.goto(f"{demo.url}/dashboard#token={token}&period=bogus")
    page.wait_for_selector(READY)
    page.evaluate("new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))")
    assert page.evaluate("window.shifted") < 0.05


def test_a_search_without_a_hit_says_that_nothing_was_found(page: Any, demo: Server, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    page.fill("#search", "no such title")
    page.get_by_text("Nothing was found for “no such title”.").wait_for()


def refusing(answer: dict[str, Any]) -> Callable[[Any], None]:
    return lambda route: route.fulfill(**answer)


GERMAN = {
    "too-heavy": (503, "Das ist zu viel auf einmal."),
    "invalid-parameters": (422, "Das ist zu viel auf einmal."),
    "raw-events-dropped": (422, "So weit zurück lassen sich Personen"),
    "too-many-requests": (429, "In 17 s geht es wieder."),
    "database-unavailable": (503, "Die Verbindung oder der Dienst hat eine Störung."),
    "internal": (500, "unter dieser Nummer: r-17"),
    "of-a-later-version": (503, "Die Verbindung oder der Dienst hat eine Störung."),
}


@pytest.mark.parametrize("page", [{"locale": "de-DE"}], indirect=True, ids=["German"])
def test_a_german_page_says_in_german_what_went_wrong(page: Any, demo: Server, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    for kind, (status, says) in GERMAN.items():
        answer = problem(status, kind, Retry_After="17")
        page.route("**/v1/stats/top?*", refusing(answer))
        page.fill("#search", kind)
        page.locator('[data-panel="top"] [role=alert]').filter(has_text=says).wait_for()
    assert "in English" not in page.locator("body").inner_text()
    for kind, says in {
        "receiver-not-allowed": "Dieser Link zeigt diese Zahlen nicht",
        "token-expired": "abgelaufen",
    }.items():
        answer = problem(403, kind)
        page.route("**/v1/stats/**", refusing(answer))
        page.reload()
        page.get_by_role("heading", name=re.compile(says)).wait_for()


def test_one_word_has_one_meaning_and_says_which(page: Any, demo: Server, token: str) -> None:
    """Views of the key figures, of the chart and of the breakdown are one number; the funnel's are people, and told so."""
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    shown = cards(page)
    rows = {
        row.locator("th").inner_text().strip(): number(row.locator("td").first.inner_text())
        for row in page.locator("#breakdown tbody tr").all()
    }
    assert {action: rows[action] for action in ("impression", "view", "click")} == {
        action: shown[action] for action in ("impression", "view", "click")
    }
    assert number(page.locator("#total").inner_text()) == shown["view"]
    assert "People, not events" in page.locator('[data-panel="funnel"] .hint').first.inner_text()
    page.select_option("#by", "name")
    ready(page)
    assert "Each name alone." in page.locator("#breakdown-hint").inner_text()
    assert page.get_by_role("heading", name="What is counted").is_visible()


@pytest.fixture
def quiet(demo: Server) -> str:
    """A stats token for a job that three people viewed, two of whom clicked; nobody sent impressions."""
    credential = credentials.derive(KEY, "web", 1)
    events = [
        {"creator": f"quiet-{who}", "name": name, "receiver": "job:quiet", "occurred_at": ago(minutes=minutes)}
        for name, people, minutes in (("view", 3, 5), ("click", 2, 4))
        for who in range(people)
    ]
    request = urllib.request.Request(
        f"{demo.url}/v1/events", json.dumps({"events": events}).encode(), {"Authorization": f"Bearer {credential}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    return tokens.mint(credential, "stats", seconds=900, receivers=["job:quiet"])


def test_steps_that_nobody_sent_do_not_empty_the_funnel(page: Any, demo: Server, quiet: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={quiet}&period=7d")
    page.wait_for_selector(READY)
    steps = [one.split("\n")[:2] for one in page.locator("#funnel li:not(.ctr)").all_inner_texts()]
    assert steps == [["Views", "3"], ["Clicks", "2"]]
    assert "Impressions, Applications" in page.locator("#funnel-without").inner_text()


def test_numbers_that_are_a_minute_old_say_so_and_fresh_ones_do_not(page: Any, demo: Server, token: str) -> None:
    """A replica may be behind; the oldest answer counts."""

    def old(route: Any) -> None:
        answer = route.fetch()
        of = {"as-of": "2026-11-24T09:15:30.000+00:00", "age": "61"} if "/funnel" in route.request.url else {}
        route.fulfill(response=answer, headers=answer.headers | of)

    page.goto(f"{demo.url}/dashboard#token={token}&period=7d&tz=Europe/Berlin")
    page.wait_for_selector(READY)
    said = page.locator("#behind")
    assert said.is_hidden()
    page.route("**/v1/stats/**", old)
    page.reload()
    said.wait_for()
    assert said.inner_text() == "Numbers of 24 Nov 2026, 10:15. What came since then is not in them yet."
    page.unroute_all()
    page.select_option("#period", "30d")
    said.wait_for(state="hidden")


def test_a_card_says_how_similar_ones_did(page: Any, demo: Any, token: str) -> None:
    """Where nothing is to be said there is no card."""
    said = {
        "of": "receiver", "reason": None, "note": "", "counted_on": "2026-11-28", "compared": 1, "age": 14, "by": [],
        "receivers": 40,
        "measures": [
            {"measure": "impressions", "difference": None}, {"measure": "views", "difference": 0.31},
            {"measure": "conversion", "difference": -0.2}, {"measure": "opened", "difference": 0.0},
        ],
        "advice": [
            {"receiver": "job:42", "title": "<b>Job</b>", "key": "seen-not-opened", "own": 0.008, "peers": 0.021,
             "sentence": ""}
        ],
    }  # fmt: skip
    of_owner = said | {
        "of": "owner",
        "compared": 30,
        "measures": [{"measure": "views", "difference": 0.1, "receivers": 12}],
    }
    answers = iter([said, of_owner, said | {"measures": [], "advice": []}])
    page.route("**/v1/stats/summary?**", lambda route: route.fulfill(json={"peers": next(answers)}))
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    text = page.locator("[data-panel=peers]").inner_text()
    assert "+31% Views · against 40 or more similar ones in their first 14 days" in text
    assert "-20% applications per view · ±0% views per impression" in text
    assert "\nSeen often, opened rarely: 0.8% against 2.1% of similar ones. Look at title and picture." in text
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d&lang=de")
    page.reload()
    page.wait_for_selector(READY)
    text = page.locator("[data-panel=peers]").inner_text()
    assert "<b>Job</b>: Oft gesehen, selten geöffnet: 0,8\N{NO-BREAK SPACE}% gegenüber 2,1" in text
    assert "im gleichen Alter; Median von 12 eigenen" in text
    page.reload()
    page.wait_for_selector(READY)
    assert page.locator("[data-panel=peers]").is_hidden()
