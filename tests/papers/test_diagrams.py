"""Every diagram of every page is one, says in words what it shows, and pictures of diagrams are fresh."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from docs.diagrams import draw
from fixtures.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]
DIAGRAMS = list(draw.diagrams(ROOT / page for page in PAGES))
DRAWN = [one for one in DIAGRAMS if one.file]

SHOWN = """async (sources) => {
    mermaid.initialize({ startOnLoad: false });
    const found = [];
    for (const [number, source] of sources.entries()) {
        try {
            const box = document.createElement("div");
            box.innerHTML = (await mermaid.render(`diagram${number}`, source)).svg;
            found.push(["title", "desc"].map((name) => box.querySelector(`svg > ${name}`)?.textContent ?? ""));
        } catch (error) {
            found.push(String(error.message ?? error));
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def mermaid(chromium: Any, diagram_sources: Path) -> Any:
    """Gives, of each source, title and description as a screen reader has them, or says why it is no diagram."""
    page = chromium.new_page()
    yield lambda *sources: draw.with_mermaid(page).evaluate(SHOWN, list(sources))
    page.close()


@pytest.fixture(scope="module")
def shown(mermaid: Any) -> dict[str, Any]:
    return dict(zip(map(str, DIAGRAMS), mermaid(*(one.source for one in DIAGRAMS)), strict=True))


def test_every_diagram_is_one(shown: dict[str, Any]) -> None:
    assert {place: error for place, error in shown.items() if isinstance(error, str)} == {}


def test_what_is_no_diagram_is_told_with_its_line(mermaid: Any) -> None:
    good, bad = "flowchart LR\n  a --> b\n", "flowchart LR\n  a --> b\n  b --> [\n"
    first, error, last = mermaid(good, bad, good)
    assert "line 3" in error
    assert first == last == ["", ""]


def test_every_diagram_says_in_words_what_it_shows(shown: dict[str, Any]) -> None:
    """`accTitle` and `accDescr` of Mermaid, which GitHub gives to screen readers."""
    assert [place for place, words in shown.items() if not all(words)] == []


def test_no_diagram_of_a_page_is_left_out() -> None:
    begun = sum((ROOT / page).read_text().count("```mermaid") for page in PAGES)
    assert len(DIAGRAMS) == begun > 0


def test_every_picture_is_of_the_diagram_as_it_is_now(chromium: Any, diagram_sources: Path) -> None:
    """By its digest, and it is as it was drawn; measures are those of the fonts of one machine, and not compared."""
    page = chromium.new_page()
    for one in DRAWN:
        kept, made = (
            re.sub(r"\d*\.?\d+", "0", text.partition("-->")[2])
            for text in (one.file.read_text(), draw.drawn(page, one))
        )
        assert f"<!-- make diagrams: {one.digest} -->" in one.file.read_text(), f"{one.file} is stale: make diagrams"
        assert kept == made, f"{one.file} was edited: make diagrams"
    page.close()
    assert len(DRAWN) > 0


@pytest.mark.parametrize("one", DRAWN, ids=lambda one: one.file.name)
def test_a_picture_is_read_by_day_and_by_night(chromium: Any, one: draw.Diagram) -> None:
    """By its own style alone: its paper is light or dark, and its words are the other."""
    for scheme, is_light in (("light", True), ("dark", False)):
        page = chromium.new_page(color_scheme=scheme)
        page.goto(one.file.as_uri())
        paper, ink = page.evaluate(
            """() => [".card", ".messageText"].map((part) => getComputedStyle(document.querySelector(part)).fill)"""
        )
        assert (brightness(paper) > 200, brightness(ink) > 200) == (is_light, not is_light)
        page.close()


def brightness(colour: str) -> float:
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("one", DRAWN, ids=lambda one: one.file.name)
def test_a_picture_takes_nothing_from_elsewhere(one: draw.Diagram) -> None:
    text = one.file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert [part for part in ("http", "<script", "foreignObject", "@import", "href") if part in text] == []
