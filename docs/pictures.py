"""Takes the README's pictures of the dashboard, from the address that a running `make demo` prints.

.venv/bin/python docs/pictures.py 'http://127.0.0.1:8000/dashboard#period=7d&token=...'
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
PICTURES = {"light": 1280, "dark": 1280, "phone": 390, "wide": 1920}
"""Each picture, and its width."""


def main(address: str) -> None:
    """Writes images/dashboard-*.png, each of the whole page."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        for name, width in PICTURES.items():
            page = chromium.new_page(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if name == "dark" else "light",
                locale="en-GB",
                timezone_id="Europe/Berlin",
            )
            page.goto(address)
            page.wait_for_selector('#content[aria-busy="false"]')
            page.screenshot(path=IMAGES / f"dashboard-{name}.png", full_page=True)
            page.close()


if __name__ == "__main__":
    main(sys.argv[1])
