"""The dashboard's page and bundle, as they are served and as they are built."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tracking.app import create_app
from tracking.embedded import node

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["catalogue", "dashboard", "docs", "live"])
def test_a_page_lets_nothing_in(client: Any, name: str) -> None:
    page = client.get(f"/{name}")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", page.text)
    assert client.get(f"/{name}/settings.py").status_code == 404
    assert client.get(f"/{name}/{name}.html").status_code == 404
    tag = page.headers["ETag"]
    assert client.get(f"/{name}", headers={"If-None-Match": tag}).status_code == 304
    zipped = client.get(f"/{name}/{name}.js", headers={"Accept-Encoding": "gzip"})
    assert (zipped.headers["Content-Encoding"], len(zipped.data) < 40_000) == ("gzip", True)


SHARED = {
    "/components.js": "text/javascript",
    "/tracker.js": "text/javascript",
    "/tracker/debug.js": "text/javascript",
    "/tracker/elements.js": "text/javascript",
    "/tracker/proof.js": "text/javascript",
}
"""Pages of other origins load these."""
PATHS = {
    "/catalogue": "text/html",
    "/catalogue/catalogue.css": "text/css",
    "/catalogue/catalogue.js": "text/javascript",
    "/dashboard": "text/html",
    "/dashboard/dashboard.css": "text/css",
    "/dashboard/dashboard.js": "text/javascript",
    "/docs": "text/html",
    "/docs/docs.css": "text/css",
    "/docs/docs.js": "text/javascript",
    "/live": "text/html",
    "/live/live.css": "text/css",
    "/live/live.js": "text/javascript",
}


@pytest.mark.parametrize("path", PATHS | SHARED)
def test_a_file_says_once_what_it_is(client: Any, path: str) -> None:
    assert client.get(path).headers.getlist("Content-Type") == [f"{(PATHS | SHARED)[path]}; charset=utf-8"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip;q=0"])
def test_its_head_is_that_of_the_whole(client: Any, path: str, encoding: str) -> None:
    """RFC 9110, section 9.3.2: the same fields, and no content."""
    whole, head = (getattr(client, method)(path, headers={"Accept-Encoding": encoding}) for method in ("get", "head"))
    varies = {"X-Request-Id", "Date"}
    assert {name: value for name, value in head.headers if name not in varies} == {
        name: value for name, value in whole.headers if name not in varies
    }
    assert int(head.headers["Content-Length"]) == len(whole.data) > 500
    assert head.data == b""


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_asks_each_time_and_is_told_that_nothing_changed(client: Any, path: str) -> None:
    """RFC 9111: kept, looked at again before each use, one for each encoding, and never another's."""
    tags = set()
    for encoding in ("gzip", "identity"):
        headers = {"Accept-Encoding": encoding}
        first = client.get(path, headers=headers)
        assert first.headers["Cache-Control"] == "no-cache"
        assert first.headers["Vary"] == "Accept-Encoding"
        assert ("Content-Encoding" in first.headers) == (encoding == "gzip")
        again = client.get(path, headers=headers | {"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert again.headers["Cache-Control"] == "no-cache"
        assert client.get(path, headers=headers | {"If-None-Match": '"another"'}).status_code == 200
        tags.add(first.headers["ETag"])
    assert len(tags) == 2


@pytest.mark.parametrize("path", SHARED)
def test_pages_of_any_origin_load_it(client: Any, path: str) -> None:
    """Also under Cross-Origin-Embedder-Policy; five minutes later they have a new version."""
    first = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_who_may_frame_the_page_is_a_setting(settings: Any, engine: Any) -> None:
    site = create_app(replace(settings, embedders="https://www.example.com")).test_client()
    policy = site.get("/dashboard").headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors https://www.example.com")
    assert "connect-src 'self'" in policy


def test_the_bundle_is_that_of_the_sources(dashboard_sources: Path) -> None:
    """What is committed in static/ is what npm run build makes of the sources."""
    command = [node.node(), "build.mjs", "--check"]
    done = subprocess.run(command, cwd=dashboard_sources, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
