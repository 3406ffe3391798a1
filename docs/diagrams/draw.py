"""Draws the diagrams that the README shows, from the Mermaid sources of the pages: `make diagrams`.

A block under a line `<!-- drawn: FILE -->` becomes FILE, an SVG beside the page. It holds a digest of all that it is
made of, by which a test knows whether it is fresh.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MERMAID = HERE / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
BLOCK = re.compile(
    r"^(?:<!-- drawn: (?P<file>\S+) -->\n)?(?P<indent> *)```mermaid\n(?P<source>.*?)^(?P=indent)``` *$",
    re.MULTILINE | re.DOTALL,
)
MADE_OF = [HERE / name for name in ("draw.py", "picture.js", "package-lock.json")]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Diagram:
    """A block of a page: the page, its line there, its source, and the file that shows it, if one does."""

    page: Path
    line: int
    source: str
    file: Path | None

    @property
    def digest(self) -> str:
        parts = [self.source.encode(), *(path.read_bytes() for path in MADE_OF)]
        return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def diagrams(pages: Iterable[Path]) -> Iterator[Diagram]:
    for page in pages:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("source"))
            file = page.parent / match["file"] if match["file"] else None
            yield Diagram(page, line, match["source"], file and file.resolve())


def with_mermaid(page: Page) -> Page:
    """The page, anew, with the two scripts and nothing else: Mermaid numbers what it draws."""
    page.goto("about:blank")
    page.set_content("<!doctype html><html><body></body></html>")
    for script in (MERMAID, HERE / "picture.js"):
        page.add_script_tag(content=script.read_text())
    return page


def drawn(page: Page, diagram: Diagram) -> str:
    """The picture, on a machine with the same fonts always the same."""
    svg: str = with_mermaid(page).evaluate("source => picture(source)", diagram.source)
    return f"<!-- make diagrams: {diagram.digest} -->\n{svg}\n"


def main() -> int:
    done = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page()
        for diagram in diagrams(ROOT / name for name in done.stdout.split()):
            if diagram.file:
                diagram.file.write_text(drawn(page, diagram))
                click.echo(f"{diagram.file.relative_to(ROOT)}, from {diagram}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
