"""Above numbers that are too low, the dashboard says since when."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.dashboard import READY, ready
from tracking import db
from tracking.stats.incomplete import MAX_AGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.processes import Server
    from tracking.settings import Settings

OPENED = (
    "insert into tracking.incidents (source, name, kind, opened_at, first_bad_at, observed, expected, seen_at, changed)"
    " values ('web', %s, 'fewer', %s, %s, 0, 9, now(), '{}')"
)


@pytest.fixture(scope="module")
def broken(demo: Server, settings: Settings) -> Iterator[datetime]:
    """Since two hours ago no click__saveJob comes."""
    since = datetime.now(UTC) - timedelta(hours=2)
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute(OPENED, ("click__saveJob", since, since))
    yield since
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute("delete from tracking.incidents")
    time.sleep(2 * MAX_AGE)  # as long as a worker may remember it: the next module's pages have no banner


def test_without_an_incident_there_is_none(page: Any, demo: Server, token: str) -> None:
    page.goto(f"{demo.url}/dashboard#token={token}&period=7d")
    page.wait_for_selector(READY)
    assert page.locator("#incomplete").is_hidden()


def shown(page: Any, demo: Server, token: str, *more: str) -> Any:
    """The banner; the page is loaded until the API has read of the incident, which takes seconds."""
    banner = page.locator("#incomplete")
    for _ in range(30):
        page.goto("about:blank")
        page.goto(f"{demo.url}/dashboard#token={token}&{'&'.join(more)}")
        page.wait_for_selector(READY)
        if banner.is_visible():
            break
        page.wait_for_timeout(1000)
    return banner


def test_a_banner_says_which_numbers_are_incomplete(page: Any, demo: Server, token: str, broken: datetime) -> None:
    banner = shown(page, demo, token, "period=7d", "tz=UTC")
    said = banner.inner_text()
    assert f"Numbers of click__saveJob are incomplete since {broken.day} " in said
    assert f"{broken:%H:%M}" in said
    assert "Some events did not arrive then" in said
    page.select_option("#period", "yesterday")
    ready(page)
    if broken.date() == datetime.now(UTC).date():  # else it began yesterday
        assert banner.is_hidden()


@pytest.mark.parametrize("page", [{"locale": "de-DE", "viewport": {"width": 375, "height": 800}}], indirect=True)
def test_it_speaks_german_and_fits_a_phone(page: Any, demo: Server, token: str, broken: datetime) -> None:
    banner = shown(page, demo, token, "period=7d", "tz=UTC")
    assert "Zahlen von click__saveJob sind unvollständig seit" in banner.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    box = banner.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
