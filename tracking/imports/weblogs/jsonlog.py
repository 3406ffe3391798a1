"""Access logs with a JSON object a line, by the usual keys of servers and proxies.

nginx with ``escape=json``, Caddy, Traefik, Envoy, Cloudflare's Logpush, Google's load balancers and the Elastic Common
Schema are known; others have mostly the same names.
"""

from typing import Any

from tracking.imports import Line
from tracking.imports.ndjson import json_object
from tracking.imports.weblogs.fields import CLIENT_HEADERS, Field, Fields, NotInFormat, best, places

MAX_KEYS = 500
MAX_DEPTH = 5

_HEADERS_BEGIN = ("", "http_", "request_", "request.headers.", "http.request.headers.", "headers.", "req.headers.")
# Keys in the form of `_flat`: a point for an object within an object, in lower case, an underscore for a hyphen. If
# several have one meaning, the first is best.
_KEYS = {
    "time": "startutc time ts timestamp @timestamp time_iso8601 time_local datetime date_time start_time msec"
    " edgestarttimestamp",
    "address": "remote_addr request.client_ip client_ip clientip request.remote_ip remote_ip request.remote_addr"
    " clienthost client_addr clientaddr source.ip client.ip client.address httprequest.remoteip remote_address"
    " downstream_remote_address remote_host client ip realip_remote_addr",
    "forwarded": " ".join(f"{begin}{header}" for header in CLIENT_HEADERS for begin in _HEADERS_BEGIN)
    + " forwarded_for xff proxy_protocol_addr",
    "request": "request request_line",
    "method": "request_method method request.method requestmethod http.request.method http_method"
    " httprequest.requestmethod clientrequestmethod verb",
    "uri": "request_uri uri request.uri request.url requestpath clientrequesturi url.original url.path"
    " httprequest.requesturl http.request.uri request_path path url url_path",
    "query": "query_string args query url.query",
    "status": "status status_code downstreamstatus originstatus http.response.status_code httprequest.status"
    " response_code response_status response.status edgeresponsestatus",
    "size": "body_bytes_sent bytes_sent size bytes downstreamcontentsize http.response.body.bytes"
    " httprequest.responsesize response_size edgeresponsebytes",
    "referrer": "http_referer http_referrer referer referrer request.headers.referer request_referer"
    " http.request.referrer httprequest.referer clientrequestreferer",
    "agent": "http_user_agent user_agent useragent request.headers.user_agent request_user_agent user_agent.original"
    " httprequest.useragent clientrequestuseragent agent",
}
KEYS = {key: Field(name, rank) for name, keys in _KEYS.items() for rank, key in enumerate(keys.split())}


def read(line: Line) -> Fields:
    """The fields of a line. Raises NotInFormat if it is no JSON object, or has no request in it."""
    try:
        found = _flat(json_object(line.text))
    except ValueError as error:
        raise NotInFormat(str(error)) from None
    held = {key: value for key, value in found.items() if key in KEYS and value not in ("", "-")}
    values = list(held.values())
    fields = {name: best(name, values, at) for name, at in places(KEYS[key] for key in held).items()}
    lacks = [
        name for name in ("time", "address") if name not in fields and not (name == "address" and "forwarded" in fields)
    ]
    if not {"request", "uri"} & fields.keys():
        lacks.append("request")
    if lacks:
        raise NotInFormat(f"among its keys there is none for: {', '.join(lacks)}")
    return fields


def _flat(value: dict[str, Any]) -> dict[str, str]:
    """All texts and numbers by their paths; of a list, the first member."""
    flat: dict[str, str] = {}
    layer: list[tuple[str, Any]] = [("", value)]
    for _ in range(MAX_DEPTH):
        inner: list[tuple[str, Any]] = []
        for path, one in layer:
            for key, content in list(one.items())[:MAX_KEYS]:
                name = f"{path}{key}".lower().replace("-", "_")
                first = content[0] if isinstance(content, list) and content else content
                if isinstance(first, dict):
                    inner.append((f"{name}.", first))
                elif isinstance(first, str | int | float) and not isinstance(first, bool):
                    whole = isinstance(first, float) and first.is_integer()
                    flat.setdefault(name, str(int(first) if whole else first))
        layer = inner
        if not layer:
            break
    return flat
