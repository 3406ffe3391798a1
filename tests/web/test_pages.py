"""The dashboard's page and bundle, as they are served and as they are built."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

from tracking.embedded import node

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_lets_nothing_in(client: Any) -> None:
    page = client.get("/dashboard")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", page.text)
    assert client.get("/dashboard/settings.py").status_code == 404
    assert client.get("/dashboard/dashboard.html").status_code == 404
    tag = page.headers["ETag"]
    assert client.get("/dashboard", headers={"If-None-Match": tag}).status_code == 304
    zipped = client.get("/dashboard/dashboard.js", headers={"Accept-Encoding": "gzip"})
    assert (zipped.headers["Content-Encoding"], len(zipped.data) < 40_000) == ("gzip", True)


def test_the_bundle_is_that_of_the_sources(dashboard_sources: Path) -> None:
    """What is committed in static/ is what npm run build makes of dashboard/."""
    command = [node.node(), "build.mjs", "--check"]
    done = subprocess.run(command, cwd=dashboard_sources, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
