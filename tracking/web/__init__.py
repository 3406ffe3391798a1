"""The API's pages: health, documents, dashboard. And the WSGI layers around all paths."""

from typing import Any

ABOUT = (
    "Footfall records who did what on which job, story or profile, and counts it once. Send events to `/v1/events`, "
    "and ask for counts below `/v1/stats`. Every error is a problem (RFC 9457); its `type` gives its meaning and what "
    "to do."
)

CONFIG: dict[str, Any] = {
    "API_TITLE": "Footfall",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "API_SPEC_OPTIONS": {
        "info": {"description": ABOUT, "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
    },
}
