"""Measures the browser tracker: `python -m bench.tracker`. Needs a Chromium, and no database.

Sizes are of the committed bundles after gzip. The main thread's time is that of a page with 100 cards that scroll into
view, against the same page without a tracker: the processor's time of all tasks of that thread, as the browser counts
it; medians of several runs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console

STATIC = Path(__file__).resolve().parent.parent / "tracking" / "web" / "static"
PARTS = ("tracker", "tracker-elements", "tracker-proof", "tracker-debug")
CARDS = 100
ORIGIN = "http://bench.localhost"
PAGE = """<!doctype html><title>bench</title><style>body {{ margin: 0 }} div {{ height: 50px }}</style>{tag}
<body>{cards}</body>"""
TAG = '<script async src="/tracker.js" data-token-url="/footfall-token" data-seconds="0.5"></script>'
MARK = 'data-track="impression" data-receiver="job:{0}"'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7, help="of each page; 7")
    runs = parser.parse_args().runs
    console = Console()
    for part in PARTS:
        console.print(f"{part}.js: {len(gzip.compress((STATIC / f'{part}.js').read_bytes(), 9)):,} bytes")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        measured = {tag: [task_ms(browser, tag) for _ in range(runs + 1)][1:] for tag in ("", TAG)}
        browser.close()
    without, with_ = (statistics.median(times) for times in measured.values())
    console.print(f"main thread, {CARDS} cards, without: {without:.1f} ms; with the tracker: {with_:.1f} ms")
    console.print(f"the tracker's own, per {CARDS} impressions: {with_ - without:.1f} ms")


def task_ms(browser: Any, tag: str) -> float:
    """The main thread's task time of one visit, in ms: all cards are scrolled into view and, with a tracker, sent."""
    context = browser.new_context(viewport={"width": 800, "height": 1000})
    page = context.new_page()
    sent: list[int] = []
    page.route(f"{ORIGIN}/**", lambda route: answer(route, tag, sent))
    metrics = context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(f"{ORIGIN}/")
    for top in range(0, CARDS * 50, 1000):
        page.evaluate("top => scrollTo(0, top)", top)
        page.wait_for_timeout(1_300)
    end = time.monotonic() + 20
    while tag and sum(sent) < CARDS and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert not tag or sum(sent) == CARDS, sent
    page.wait_for_timeout(300)
    found = {one["name"]: one["value"] for one in metrics.send("Performance.getMetrics")["metrics"]}
    context.close()
    return float(found["TaskDuration"]) * 1000


def answer(route: Any, tag: str, sent: list[int]) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        cards = "".join(f"<div {MARK.format(number) if tag else ''}>job {number}</div>" for number in range(CARDS))
        route.fulfill(body=PAGE.format(tag=tag, cards=cards), content_type="text/html")
    elif path == "/footfall-token":
        route.fulfill(json={"token": "fc_web_1_x", "now": time.time(), "expires_at": time.time() + 900, "creator": "a"})
    elif path == "/v1/events":
        count = len(json.loads(route.request.post_data)["events"])
        sent.append(count)
        route.fulfill(json={"counts": {"accepted": count}, "verdicts": [{"verdict": "accepted"}] * count})
    elif path.endswith(".js"):
        name = path.strip("/").replace("/", "-")
        route.fulfill(body=(STATIC / name).read_text(), content_type="text/javascript")
    else:
        route.fulfill(status=404)


if __name__ == "__main__":
    main()
