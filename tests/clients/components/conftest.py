"""A platform's own site: pages of another origin than the API's, under a strict policy, and a backend with stats tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fixtures.browser import installed
from fixtures.processes import ROOT, Server
from tracking.provenance import tokens

POLICY = (
    "default-src 'none'; script-src {api}; connect-src 'self' {api}; style-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass
class Site:
    """What the site answers; `url` is its origin."""

    url: str
    api: str
    html: str = ""
    minted: list[tuple[int, str]] = field(default_factory=list)
    """Status and token of each answer to come; the last one stays."""
    asked: int = 0
    """How often a token was asked for."""

    def put(self, body: str, **data: str) -> None:
        """A page that loads the elements as `data` says."""
        attributes = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
        script = f'<script async src="{self.api}/components.js"{attributes}></script>'
        self.html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Jobs</title>{script}{body}</html>'


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/footfall-token":
                self.answer(200, "text/html; charset=utf-8", site.html)
                return
            site.asked += 1
            status, token = site.minted.pop(0) if len(site.minted) > 1 else site.minted[0]
            self.answer(status, "application/json", json.dumps({"token": token, "expires_in": 900}))

        def answer(self, status: int, content_type: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY.format(api=site.api))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def site(server: Server, sql: Callable[..., list[tuple]], web: str) -> Iterator[Site]:
    """A site whose origin the source `web` allows."""
    made = Site("", server.url)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(made)) as serving:
        made.url = f"http://127.0.0.1:{serving.server_port}"
        sql("update tracking.sources set origins = array[%s]", made.url)
        made.minted = [(200, stats(web, receivers=["job:42", "job:43", "job:44"]))]
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield made
        serving.shutdown()
        thread.join()


def stats(credential: str, **scope: Any) -> str:
    return tokens.mint(credential, "stats", seconds=900, **scope)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page whose clock stands until a test moves it, and which fails the test where the browser complains."""
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: "Content Security Policy" in message.text and complaints.append(message.text))
    page.clock.install()
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def component_sources() -> Path:
    """The folder in which the elements are built, with the packages that its lock file names."""
    return installed(ROOT / "clients" / "components")
