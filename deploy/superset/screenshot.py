"""A picture of the dashboard, by a Chromium that is installed: `screenshot URL USER FILE CHROMIUM`, password on stdin.

It runs in Superset's environment, which has Playwright.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-component-update", "--force-color-profile=srgb",
]  # fmt: skip
WIDTH, HEIGHT = 1400, 1880
PATIENCE_MS = 180_000
DRAWN = """() => {
    const charts = [...document.querySelectorAll('[data-test=chart-grid-component]')]
    return charts.length > 0
        && charts.every((chart) => chart.querySelector('[data-test=slice-container]'))
        && !document.querySelector('[data-test=loading-indicator], .loading')
}"""


def log_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(f"{url}/login/")
    page.locator("input[type=text]").first.fill(user)
    page.locator("input[type=password]").fill(password)
    with page.expect_navigation():
        page.locator("input[type=password]").press("Enter")


def draw(page: Page, url: str) -> None:
    """Opens the dashboard and returns once each chart is drawn and stands still."""
    page.goto(f"{url}/superset/dashboard/footfall/?standalone=2")
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    page.wait_for_timeout(2000)  # charts are drawn with an animation that tells nobody of its end


def main() -> None:
    url, user, path, chromium = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, timezone_id="UTC", locale="en-GB")
        log_in(page, url, user, sys.stdin.read().strip())
        draw(page, url)
        page.screenshot(path=Path(path), full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
