"""The dashboard on a phone, on paper, in forced colours, for a keyboard, and in a frame of another site."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.dashboard import READY, ready
from fixtures.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.processes import Server

PHONE, TABLET, DESK = (
    {"viewport": {"width": width, "height": height}} for width, height in ((390, 844), (768, 1024), (1280, 900))
)


def opened(page: Any, demo: Server, token: str, fragment: str = "period=7d") -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&{fragment}")
    page.wait_for_selector(READY)


CUT = """() => [...document.querySelectorAll('.card .value, .card .change')].filter((text) => {
  const [inner, outer] = [text.getBoundingClientRect(), text.parentElement.getBoundingClientRect()];
  return text.scrollWidth > text.clientWidth + 1 || inner.right > outer.right || inner.bottom > outer.bottom;
}).map((text) => text.innerText)"""


@pytest.mark.parametrize("page", [PHONE, TABLET, DESK], indirect=True, ids=["phone", "tablet", "desk"])
@pytest.mark.parametrize("events", [134_252, 1_234_567_890])
def test_a_key_figure_is_not_cut(page: Any, demo: Server, token: str, events: int) -> None:
    def many(route: Any) -> None:
        answer = json.loads(route.fetch().text())
        change = {"events": 4.25, "creators": 0.000001}
        route.fulfill(json=answer | {"events": events, "creators": events, "change": change})

    page.route("**/v1/stats/timeseries?*", many)
    opened(page, demo, token)
    assert f"{events:,}" in page.locator('[data-card="view"]').inner_text()
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paper_has_every_bar_and_every_row(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token, "period=7d&by=name")
    page.locator("summary").click()
    page.emulate_media(media="print")
    cut = "() => [...document.querySelectorAll('.scroll')].filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    assert page.evaluate(cut) == 0
    fills = page.locator(".fill").evaluate_all("all => all.map((one) => getComputedStyle(one).printColorAdjust)")
    assert len(fills) > 20
    assert set(fills) == {"exact"}


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], indirect=True, ids=["dark"])
def test_paper_is_white(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    "page",
    [{"forced_colors": "active"}, {"forced_colors": "active", "color_scheme": "dark"}],
    indirect=True,
    ids=["light", "dark"],
)
def test_forced_colours_leave_the_bars(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token)
    fill, line, panel = (
        page.locator(place).first.evaluate("one => getComputedStyle(one).backgroundColor")
        for place in ("#funnel .fill", "#funnel .barline", "[data-panel=funnel]")
    )
    assert fill != line == panel
    pressed, other = (
        page.locator(f"[data-card={card}]").evaluate("one => getComputedStyle(one).borderTopWidth")
        for card in ("view", "click")
    )
    assert pressed != other


@pytest.mark.parametrize(
    ("page", "fragment"),
    [
        ({"color_scheme": "light"} | PHONE, "period=30d&by=name"),
        ({"color_scheme": "light"} | DESK, "period=30d&by=name"),
        ({"color_scheme": "dark"} | PHONE, "period=30d&by=name"),
        ({"color_scheme": "dark"} | DESK, "period=30d&by=name"),
        ({"color_scheme": "light"} | PHONE, "period=bogus&by=detail&lang=de"),
        ({"color_scheme": "dark"} | DESK, "period=bogus&by=detail&lang=de"),
        ({"color_scheme": "light"} | DESK, "period=7d&tz=x&search=nothing"),
        ({"color_scheme": "dark"} | PHONE, "period=7d&tz=x&search=nothing"),
    ],
    indirect=["page"],
)
def test_axe_finds_nothing_serious_whatever_is_shown(
    page: Any, demo: Server, token: str, dashboard_sources: Path, fragment: str
) -> None:
    """Long tables that scroll, short ones, sentences of what was not understood, an empty search."""
    opened(page, demo, token, fragment)
    page.locator("summary").click()
    page.route("**/v1/stats/funnel?*", lambda route: route.abort())
    page.select_option("#period", "90d")
    ready(page)
    page.evaluate((dashboard_sources / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}] == []
    page.unroute_all()


def test_every_part_that_scrolls_has_a_name_and_can_be_reached_by_keyboard(page: Any, demo: Server, token: str) -> None:
    opened(page, demo, token, "period=30d&by=name")
    regions = page.locator(".scroll").evaluate_all("all => all.map((one) => [one.tabIndex, one.role, one.ariaLabel])")
    assert [(index, role) for index, role, _ in regions] == [(0, "region")] * 3
    assert len({name for _, _, name in regions}) == 3
    page.locator("[data-panel=top] .scroll").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('[data-panel=top] .scroll').scrollTop > 0")


IFRAME = re.search(r"<iframe src=.*?</iframe>", (ROOT / "README.md").read_text(), re.DOTALL)[0]


@pytest.fixture
def embedded(demo: Server, token: str) -> Iterator[str]:
    """A page of another site with the README's iframe, as pasted but for the address and the token."""
    frame = IFRAME.replace("https://footfall.example.com", demo.url).replace("fs_…", token)

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><title>A site</title><body>{frame}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_readmes_iframe_is_readable_and_copies_its_link(page: Any, embedded: str) -> None:
    page.goto(embedded)
    frame = page.frame_locator("iframe")
    frame.locator(READY).wait_for()
    box = page.locator("iframe").bounding_box()
    assert box["width"] > 1000
    assert box["height"] >= 700
    frame.get_by_role("button", name="Link kopieren").click()
    frame.get_by_role("button", name="Link kopiert").wait_for()
    assert frame.locator("#link-yourself").is_hidden()


def test_a_frame_that_may_not_copy_marks_the_link_and_says_so(page: Any, embedded: str) -> None:
    """No permission, and the old way fails, too."""
    page.add_init_script(
        "Clipboard.prototype.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    page.goto(embedded)
    frame = page.frame_locator("iframe")
    frame.locator(READY).wait_for()
    frame.get_by_role("button", name="Link kopieren").click()
    frame.get_by_role("button", name="Link kopiert").wait_for()  # by the old way

    inside = page.frames[1]
    inside.evaluate("document.execCommand = () => false")
    frame.get_by_role("button", name=re.compile("Link kopier")).click()
    frame.get_by_text("Diese Seite darf nicht kopieren.").wait_for()
    marked = inside.evaluate("getSelection().toString() || document.activeElement.value")
    assert marked == inside.url
