"""Pages and operations: health, documents."""

from typing import Any

CONFIG: dict[str, Any] = {
    "API_TITLE": "Footfall",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}
