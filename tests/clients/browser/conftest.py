"""One browser, one site and one Footfall for all scenarios of a file; each scenario begins with an empty database."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.auditor import Auditor
from fixtures.browser import CHROMIUM, FLAGS
from fixtures.database import CATALOGUED, EMPTY, KEY
from fixtures.door import Door
from fixtures.served import until
from fixtures.site import Site
from tracking import db
from tracking.provenance import credentials
from tracking.snapshot import MAX_AGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
QUEUED = "Object.keys(localStorage).filter((name) => name.startsWith('footfall/')).length"


@pytest.fixture(scope="module")
def sql(settings: Any) -> Callable[..., list[tuple]]:
    """Runs a statement as owner. It empties nothing."""

    def run(statement: str, *parameters: object) -> list[tuple]:
        with db.connect(db.owner_url(settings)) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(scope="module")
def empty(settings: Any, event_types: list[tuple]) -> Callable[..., None]:
    """Empties the database in one transaction: at no moment the workers see a source without its origin."""

    def run(*origins: str, proof: str = "off") -> None:
        with db.connect(db.owner_url(settings)) as connection, connection.transaction():
            connection.execute(EMPTY)
            for row in event_types:
                connection.execute(CATALOGUED, row)
            connection.execute("update tracking.sources set origins = %s, proof = %s", (list(origins), proof))

    return run


@pytest.fixture(scope="module")
def door(running: Any) -> Iterator[Door]:
    with Door(running.url).held() as door:
        yield door


@pytest.fixture(scope="module")
def site(door: Door, empty: Callable[..., None]) -> Iterator[Site]:
    """The platform's site, an origin of the source `web`, whose credential its backend has."""
    with Site(door.url, credentials.derive(KEY, "web", 1)).serving() as site:
        empty(site.url, site.other_url)
        time.sleep(MAX_AGE)  # so long the workers may go by the origins that were there before
        yield site


@pytest.fixture(scope="session")
def browser(chromiums: Callable[..., Any]) -> Iterator[Any]:
    """With a back/forward cache, which Playwright turns off else, and with a name that no list of crawlers has."""
    browser = chromiums(agent=AGENT, ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


@pytest.fixture
def unwatched(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Opens a page in a Chromium of its own that no debugger watches: with one nothing is prerendered, and no tab hidden."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    running: list[subprocess.Popen[bytes]] = []

    def run(url: str) -> None:
        flags = [*FLAGS, "--headless", "--disable-popup-blocking", f"--user-data-dir={tmp_path}/chromium"]
        command = [str(CHROMIUM), *flags, f"--user-agent={AGENT}", "--remote-debugging-port=0", url]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    yield run
    for one in running:
        one.terminate()
        one.wait(30)


@pytest.fixture
def auditor(site: Site, door: Door, empty: Callable[..., None], sql: Callable[..., list[tuple]]) -> Auditor:
    door.open, door.deaf = True, False
    site.calm()
    empty(site.url, site.other_url)
    return Auditor(sql)


@pytest.fixture
def context(browser: Any, auditor: Auditor) -> Iterator[Any]:
    """Somebody's browser, new. No page of it may hear of an error."""
    context = browser.new_context(viewport={"width": 800, "height": 600})
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def opened(site: Site, context: Any) -> Callable[..., Any]:
    """Opens a page, new or in the given tab, in which the tracker has begun; what it takes is as for `Site.add`."""

    def run(path: str, body: str = "", *, tab: Any = None, **more: str) -> Any:
        page = tab or context.new_page()
        page.goto(site.add(path, body, **more))
        until(lambda: page.evaluate("!!window.footfall"))
        return page

    return run


@pytest.fixture
def settle(context: Any, auditor: Auditor) -> Iterator[Callable[[], None]]:
    """Ends a scenario: nothing waits in any page, and the database is as the auditor was told."""
    called: list[bool] = []

    def run() -> None:
        called.append(True)
        auditor.wait()
        for page in context.pages:
            if page.url.startswith("http"):
                page.evaluate("window.footfall?.flush()")
                until(lambda page=page: page.evaluate(QUEUED) == 0)
                assert page.evaluate("window.errors ?? []") == []
        assert auditor.faults() == []

    yield run
    assert called, "the scenario was not audited"
