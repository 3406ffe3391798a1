"""Requests that are nobody's view."""

from datetime import UTC, datetime

import pytest

from tracking.imports.weblogs.exclusions import reason
from tracking.imports.weblogs.request import Request

VIEW = Request(datetime(2026, 11, 24, tzinfo=UTC), "203.0.113.9", "GET", "/jobs", "", 200, 512, "", "Mozilla/5.0")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"method": "POST"}, None),
        ({"method": "HEAD"}, "head"),
        ({"method": "OPTIONS", "path": "*"}, "head"),
        ({"method": "TRACE"}, "head"),
        ({"status": None}, None),
        ({"status": 0}, "errors"),
        ({"status": 9}, None),  # of HTTP/0.9
        ({"status": 206}, None),
        ({"status": 299}, None),
        ({"status": 300}, "redirects"),
        ({"status": 301}, "redirects"),
        ({"status": 304}, None),
        ({"status": 399}, "redirects"),
        ({"status": 400}, "errors"),
        ({"status": 404}, "errors"),
        ({"status": 499}, "errors"),
        ({"status": 503}, "errors"),
        ({"path": "/a/style.CSS"}, "static"),
        ({"path": "/favicon.ico"}, "static"),
        ({"path": "/robots.txt"}, "static"),
        ({"path": "/fonts/a.woff2"}, "static"),
        ({"path": f"/{'a' * 300}.js"}, "static"),
        ({"path": "/js"}, None),
        ({"path": "/css/"}, None),
        ({"path": "/manual.pdf"}, None),
        ({"path": "/notes.txt"}, None),
        ({"path": "/a.css/page"}, None),
        ({"path": "/healthz"}, "health"),
        ({"path": "/health/"}, "health"),
        ({"path": "/Ping"}, "health"),
        ({"path": "/health/insurance"}, None),
        ({"path": "/blog/ping"}, None),
        ({"agent": "ELB-HealthChecker/2.0"}, "health"),
        ({"agent": "kube-probe/1.30"}, "health"),
        ({"agent": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"}, "health"),
        ({"method": "HEAD", "path": "/healthz", "status": 503}, "health"),
        ({"path": "/a.png", "status": 404}, "errors"),
    ],
)
def test_a_request_is_a_view_or_the_reason_is_said(change: dict[str, object], expected: str | None) -> None:
    assert reason(VIEW._replace(**change)) == expected  # type: ignore[arg-type]
