"""The SDKs of Segment and RudderStack, as their users have them: whatever happens, each event is stored once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fixtures.browser import installed
from fixtures.cast import ALICE
from fixtures.door import Door
from fixtures.processes import serving
from fixtures.served import until
from tracking.embedded.node import node
from tracking.provenance import tokens

HERE = Path(__file__).parent
PACKAGES = {
    "segment.analytics.client": [sys.executable, "sdk.py"],
    "rudderstack.analytics.client": [sys.executable, "sdk.py"],
    "@segment/analytics-node": ["node", "sdk.mjs"],
    "@rudderstack/rudder-sdk-node": ["node", "sdk.mjs"],
}
"""Each app, by its package; its events name the package as the creator."""

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IN_PAGE = """([host, key]) => {
  const settings = { apiKey: key, apiHost: `${host}/v1`, protocol: 'http' };
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: key, cdnSettings: { integrations: { 'Segment.io': settings } } });
  analytics.identify('user-alice', { email: 'alice@example.org' });
}"""
TRACK = """([from, to]) => {
  for (let number = from; number < to; number++) analytics.track('click__save', { receiver: 'job:42', number });
}"""


class Apps:
    """All five at work, each behind a door of its own to the server that runs at the moment."""

    def __init__(self, stack: ExitStack, settings: Any, folder: Path) -> None:
        self._stack, self._settings, self._folder = stack, settings, folder
        self._server: ExitStack | None = None
        self.doors: dict[str, Door] = {}
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.page: Any = None

    def start_server(self) -> None:
        self._server = self._stack.enter_context(ExitStack())
        log = self._folder / f"server-{len(list(self._folder.iterdir()))}.log"
        url = self._server.enter_context(serving(self._settings, log)).url
        for name in [*PACKAGES, "browser"]:
            if name not in self.doors:
                self.doors[name] = self._stack.enter_context(Door(url).held())
            self.doors[name]._there = (urlsplit(url).hostname, urlsplit(url).port)
            self.doors[name].open = True

    def stop_server(self) -> None:
        for door in self.doors.values():
            door.shut()
        self._server.close()

    def start(self, name: str, key: str) -> None:
        command, script = PACKAGES[name]
        program = node() if command == "node" else command
        self.processes[name] = self._stack.enter_context(
            subprocess.Popen(
                [program, script, name, self.doors[name].url, key],
                cwd=HERE, text=True, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )  # fmt: skip

    def track(self, first: int, end: int) -> None:
        for process in self.processes.values():
            process.stdin.write(f"{first} {end}\n")
            process.stdin.flush()
        self.page.evaluate(TRACK, [first, end])

    def ended(self) -> dict[str, str]:
        """What each said to its end. It exits with 0 if it gave up on no event."""
        return {name: process.communicate(timeout=60)[1] for name, process in self.processes.items() if process.stdin}


class Site(BaseHTTPRequestHandler):
    """The platform's page: of another origin than the API."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Jobs</title>")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def apps(settings: Any, engine: Any, sql: Any, web: str, site: str, chromium: Any, tmp_path: Path) -> Iterator[Apps]:
    installed(HERE)
    sql("update tracking.sources set origins = array[%s]", site)
    with ExitStack() as stack:
        made = Apps(stack, settings, tmp_path)
        made.start_server()
        for name in PACKAGES:
            made.start(name, web)
        context = stack.enter_context(chromium.new_context(user_agent=FIREFOX))
        made.page = context.new_page()
        made.page.goto(site)
        sdk = HERE / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd" / "index.js"
        made.page.add_script_tag(content=sdk.read_text())
        token = tokens.mint(web, "client", seconds=900, creator=ALICE)
        made.page.evaluate(IN_PAGE, [made.doors["browser"].url.removeprefix("http://"), token])
        yield made


def test_each_event_is_stored_once_through_lost_answers_and_a_restart(apps: Apps, sql: Any) -> None:
    creators = {*PACKAGES, ALICE}

    def stored() -> dict[str, list[int]]:
        return dict(
            sql("select creator, array_agg((properties->>'number')::int order by 1) from tracking.events group by 1")
        )

    def all_have(number: int) -> None:
        until(lambda: {len(numbers) for numbers in stored().values()} == {number} and len(stored()) == 5, 60)

    apps.track(0, 10)
    all_have(10)

    for door in apps.doors.values():
        door.deaf = True
    apps.track(10, 20)
    all_have(20)  # they do not know, and send again
    until(lambda: all(door.lost for door in apps.doors.values()))
    for door in apps.doors.values():
        door.deaf = False

    apps.stop_server()
    apps.track(20, 30)
    until(lambda: all(door.refused for door in apps.doors.values()), 30)
    apps.start_server()
    all_have(30)

    said = apps.ended()
    assert [process.returncode for process in apps.processes.values()] == [0] * 4, said
    assert stored() == {creator: list(range(30)) for creator in creators}
    verdicts = dict(sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1"))
    assert verdicts.keys() == {"accepted", "duplicate"}
    assert verdicts["accepted"] == 150
    assert verdicts["duplicate"] >= 5, "what each sent again"
    assert "alice@" not in str(sql("select to_jsonb(e)::text from tracking.events as e"))
