"""Finds requests that are nobody's view of a page. The user may include each reason by name."""

import re
from functools import lru_cache

from tracking.imports.weblogs.request import Request

REASONS = {
    "head": "HEAD, OPTIONS and TRACE: nobody sees an answer",
    "errors": "status 4xx, 5xx, and 0 for a connection that broke off",
    "redirects": "status 3xx, but for 304 (not modified): the page they lead to has a line of its own",
    "static": "style sheets, scripts, images, fonts and the like, by the ending of their names, and robots.txt",
    "health": "health checks, by path or user agent",
}

_NO_VIEWS = frozenset({"HEAD", "OPTIONS", "TRACE"})
_NOT_MODIFIED = 304
_ENDINGS = """
    avif bmp css cur eot gif ico jpeg jpg js jxl map mjs mp3 mp4 ogg otf png svg ttf wasm webm webmanifest webp woff
    woff2
"""
_STATIC = frozenset(_ENDINGS.split())
_CHECKED = """
    /health /healthz /healthcheck /health-check /health_check /_health /livez /readyz /ping /heartbeat /server-status
    /nginx_status /stub_status /api/health /api/healthz /actuator/health
"""
_HEALTH_PATHS = frozenset(_CHECKED.split())
_HEALTH_AGENTS = re.compile(
    r"ELB-HealthChecker|Amazon-Route53-Health-Check|kube-probe|GoogleHC|GoogleStackdriverMonitoring|HealthCheck"
    r"|Health Check|Envoy/HC|HAProxy|UptimeRobot|Pingdom|StatusCake|Site24x7|check_http|Uptime-Kuma|Better ?Uptime",
    re.IGNORECASE,
)
_AGENT = 500  # characters that are checked


def reason(request: Request) -> str | None:
    """The first of `REASONS` that applies; None if the request is a view."""
    path = request.path.lower()
    if (path.rstrip("/") or path) in _HEALTH_PATHS or _is_health_check(request.agent[:_AGENT]):
        return "health"
    if request.method in _NO_VIEWS:
        return "head"
    status = request.status if request.status is not None else 200
    if status >= 400 or status == 0:
        return "errors"
    if 300 <= status < 400 and status != _NOT_MODIFIED:
        return "redirects"
    name = path.rpartition("/")[2]
    _, dot, ending = name.rpartition(".")
    if (dot and ending in _STATIC) or name == "robots.txt":
        return "static"
    return None


@lru_cache(maxsize=20_000)
def _is_health_check(agent: str) -> bool:
    return bool(_HEALTH_AGENTS.search(agent))
