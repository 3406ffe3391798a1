"""The elements in a browser, on a page of another origin under a strict policy: what they show is what the API says."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import urllib.request
from collections import Counter
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from fixtures.processes import ROOT, Server
from tracking.embedded import node
from tracking.provenance import tokens

BUNDLE = ROOT / "tracking" / "web" / "static" / "components.js"
MINUTE = 60_000
LISTED = """
<p id="views"><footfall-count receiver="job:42" name="view" label="Views of this job"></footfall-count> views</p>
<footfall-count id="again" receiver="job:42" name="view" period="7d"></footfall-count>
<footfall-count id="other" receiver="job:43" name="view"></footfall-count>
<footfall-count id="none" receiver="job:44" name="view">?</footfall-count>
<footfall-count id="people" receiver="job:42" name="view" measure="creators"></footfall-count>
<p lang="de"><footfall-count id="german" receiver="job:43" name="impression"></footfall-count></p>
<footfall-count id="short" receiver="job:43" name="impression" format="compact"></footfall-count>
<footfall-count id="all" action="view"></footfall-count>
<footfall-sparkline id="line" receiver="job:42" name="view" label="Views of this job"></footfall-sparkline>
"""


def stats(credential: str, **scope: Any) -> str:
    return tokens.mint(credential, "stats", seconds=900, **scope)


def post(server: Server, token: str, *events: dict[str, Any]) -> None:
    for at in range(0, len(events), 500):
        body = json.dumps({"events": events[at : at + 500]}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{server.url}/v1/events", body, bearer(token))) as answer:
            assert set(json.load(answer)["counts"]) == {"accepted"}


@pytest.fixture
def counted(server: Server, web: str) -> None:
    """Four views of job 42 by three people, one of job 43, and 1,234 impressions of it."""
    viewers = ["user-1", "user-2", "user-3", "user-3"]
    post(server, web, *(event(creator=one, occurred_at=ago(hours=at)) for at, one in enumerate(viewers)))
    post(server, web, event(receiver="job:43", creator="user-1"))
    post(server, web, *(event(name="impression", receiver="job:43", creator=f"user-{n}") for n in range(1_234)))


@pytest.fixture
def asked(page: Any) -> list[tuple[str, dict[str, Any]]]:
    """Endpoint and parameters of each question, as they are asked."""
    questions: list[tuple[str, dict[str, Any]]] = []

    def note(request: Any) -> None:
        if "/v1/stats/" in request.url and request.method == "POST":
            questions.append((request.url.rsplit("/", 1)[1], json.loads(request.post_data)))

    page.on("request", note)
    return questions


def shown(page: Any, state: str, *ids: str) -> None:
    """Moves the page's clock on until the elements have this state."""
    for one in ids:
        page.wait_for_function(
            "([id, state]) => document.querySelector(id).dataset.state === state", arg=[f"#{one}", state], polling=20
        )


def text(page: Any, one: str) -> str:
    return page.locator(f"#{one}").evaluate("e => e.shadowRoot.getElementById('value').textContent")


def after(page: Any, milliseconds: float) -> None:
    """Moves the page's clock on, minute by minute; what the page asks in answer to that is asked by then."""
    while milliseconds > 0:
        page.clock.run_for(min(milliseconds, MINUTE))
        page.evaluate("fetch(location.href).then(() => 0)")
        milliseconds -= MINUTE


def visible(page: Any, *, yes: bool) -> None:
    page.evaluate(
        "yes => { Object.defineProperty(document, 'hidden', { value: !yes, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        yes,
    )


def test_a_page_shows_what_the_api_says_and_asks_it_once_a_minute(
    page: Any, site: Any, server: Server, counted: None, web: str, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    site.put(LISTED, token_url="/footfall-token")
    page.goto(site.url)
    shown(page, "ready", "again", "other", "none", "people", "german", "short", "all", "line")
    numbers = {one: text(page, one) for one in ("again", "other", "none", "people", "german", "short", "all")}
    assert numbers == {
        "again": "4", "other": "1", "none": "0", "people": "3", "german": "1.234", "short": "1.2k", "all": "5",
    }  # fmt: skip
    first = Counter(endpoint for endpoint, _ in asked)
    assert first == {"top": 3, "summary": 1, "timeseries": 1}, "views, people, impressions; all; the line"
    assert ["job:42", "job:43", "job:44"] in [query.get("receiver") for _, query in asked]
    assert site.asked == 1

    assert re.sub(r"\s+", " ", page.locator("#views").aria_snapshot()) == '- paragraph: "Views of this job: 4 views"'
    table = page.get_by_role("table", name="Views of this job: 4")
    days = [int(text) for text in table.get_by_role("cell").all_text_contents()]
    assert (len(days), sum(days)) == (7, 4)
    assert table.get_by_role("rowheader").last.text_content() == page.evaluate(
        "new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })"
    )

    post(server, web, event(creator="user-4"))
    after(page, 50_000)
    assert len(asked) == first.total(), "within a minute nothing is asked again"
    with page.expect_response("**/v1/stats/timeseries"):
        page.clock.run_for(15_000)
    page.wait_for_function("document.querySelector('#again').shadowRoot.getElementById('value').textContent === '5'")
    assert Counter(endpoint for endpoint, _ in asked) == {name: 2 * count for name, count in first.items()}

    visible(page, yes=False)
    after(page, 10 * MINUTE)
    assert len(asked) == 2 * first.total(), "a hidden page asks nothing"
    visible(page, yes=True)
    with page.expect_response("**/v1/stats/timeseries"):
        page.clock.run_for(1_000)
    assert len(asked) == 3 * first.total(), "once, as soon as it is seen again"


def test_a_list_that_recycles_its_elements_asks_for_what_is_new(
    page: Any, site: Any, counted: None, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    site.put('<footfall-count id="row" receiver="job:42" name="view"></footfall-count>', token_url="/footfall-token")
    page.goto(site.url)
    shown(page, "ready", "row")
    row = page.locator("#row")
    for receiver, number in (("job:43", "1"), ("job:42", "4"), ("job:43", "1")):
        row.evaluate("(e, receiver) => e.setAttribute('receiver', receiver)", receiver)
        page.wait_for_function(
            "n => document.querySelector('#row').shadowRoot.getElementById('value').textContent === n", arg=number
        )
    assert [query["receiver"] for _, query in asked] == [["job:42"], ["job:43"]]
    page.clock.run_for(MINUTE / 2)
    with page.expect_response("**/v1/stats/top"):
        row.evaluate("e => e.setAttribute('receiver', 'job:44')")
        page.clock.run_for(100)
    after(page, MINUTE * 0.6)
    assert len(asked) == 3, "the page's minute is over, but not that of this number"
    with page.expect_response("**/v1/stats/top"):
        page.clock.run_for(MINUTE)
    row.evaluate("e => e.remove()")
    after(page, 10 * MINUTE)
    assert len(asked) == 4, "what nobody sees is not asked"


def test_a_refused_token_is_a_state_that_asks_no_more(
    page: Any, site: Any, counted: None, web: str, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    """Of a fixed token; one receiver that it does not name leaves the others alone."""
    warned: list[str] = []
    page.on("console", lambda message: message.text.startswith("Footfall: ") and warned.append(message.text))
    forged: list[str] = []
    page.on("response", lambda answer: answer.status == 401 and forged.append(answer.url))
    token = stats(web, receivers=["job:42", "job:43"])
    site.put(
        '<footfall-count id="mine" receiver="job:42"></footfall-count>'
        '<footfall-count id="theirs" receiver="job:77"></footfall-count>'
        '<footfall-count id="also" receiver="job:43"></footfall-count>'
        '<footfall-count id="wrong" receiver="job:43" period="a week"></footfall-count>'
        f'<footfall-count id="forged" receiver="job:42" token="{token[:-3]}xyz"></footfall-count>'
        f'<footfall-sparkline id="drawn" receiver="job:42" token="{token[:-3]}xyz"></footfall-sparkline>'
        '<footfall-sparkline id="line" lang="de" receiver="job:77"></footfall-sparkline>',
        token=token,
    )
    page.goto(site.url)
    shown(page, "ready", "mine", "also")
    shown(page, "refused", "theirs", "wrong", "forged", "drawn", "line")
    assert (text(page, "mine"), text(page, "also")) == ("4", "1,235")
    for one, said in (("theirs", "job:77"), ("wrong", "expected today, yesterday"), ("forged", "token")):
        fault = page.locator(f"#{one}").locator("css=[part=fault]")
        assert said in fault.get_attribute("title")
        assert fault.text_content() == "\N{EN DASH}not available"
    assert page.locator("#line").locator("css=[part=fault]").text_content() == "\N{EN DASH}nicht verfügbar"
    assert any("a week" in line for line in warned)
    assert len(forged) == 1, "a refused token is sent once"
    before = Counter(json.dumps(query) for _, query in asked if "job:77" in str(query))
    after(page, 5 * MINUTE)
    assert Counter(json.dumps(query) for _, query in asked if "job:77" in str(query)) == before


def test_a_token_is_renewed_and_a_backend_that_gives_none_is_asked_again(page: Any, site: Any, counted: None) -> None:
    good = site.minted[0]
    site.minted = [(403, ""), (200, "fs_web_1_a.b.c"), good]
    site.put('<footfall-count id="one" receiver="job:42" name="view"></footfall-count>', token_url="/footfall-token")
    page.goto(site.url)
    shown(page, "refused", "one")
    page.clock.run_for(MINUTE)
    shown(page, "ready", "one")
    assert (text(page, "one"), site.asked) == ("4", 3), "a token that the API refuses is replaced at once"
    for _ in range(15):
        with page.expect_response("**/v1/stats/top"):
            page.clock.run_for(MINUTE)
    assert site.asked == 4, "and before it expires"


def test_an_api_that_is_away_leaves_the_last_number(page: Any, site: Any, counted: None) -> None:
    site.put('<footfall-count id="one" receiver="job:42" name="view"></footfall-count>', token_url="/footfall-token")
    page.route("**/v1/stats/**", lambda route: route.abort())
    page.goto(site.url)
    shown(page, "failed", "one")
    page.unroute("**/v1/stats/**")
    page.clock.run_for(MINUTE)
    shown(page, "ready", "one")
    busy = {"status": 503, "headers": {"Retry-After": "300", "Access-Control-Allow-Origin": site.url,
            "Access-Control-Expose-Headers": "Retry-After"}, "body": "{}"}  # fmt: skip
    refusals: list[str] = []
    page.route("**/v1/stats/**", lambda route: (refusals.append(route.request.url), route.fulfill(**busy)))
    page.clock.run_for(MINUTE)
    shown(page, "stale", "one")
    assert text(page, "one") == "4"
    after(page, 4 * MINUTE)
    assert len(refusals) == 1, "not before Retry-After is over"


def test_pages_of_any_origin_load_the_elements(client: Any) -> None:
    """Also under Cross-Origin-Embedder-Policy."""
    headers = client.get("/components.js").headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers.getlist("Content-Type") == ["text/javascript; charset=utf-8"]


def test_the_bundle_is_small_and_that_of_its_sources(component_sources: Any) -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= 5_000
    command = [node.node(), "build.mjs", "--check"]
    done = subprocess.run(command, cwd=component_sources, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
