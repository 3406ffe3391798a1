"""The meanings of nginx's variables and Apache's directives. If several have one meaning, the first is best.

https://nginx.org/en/docs/varindex.html and https://httpd.apache.org/docs/2.4/mod/mod_log_config.html.
"""

import re
from difflib import get_close_matches

from tracking.imports.weblogs.fields import CLIENT_HEADERS, Field

NGINX = {
    "remote_addr": "address",
    "realip_remote_addr": "address",
    **{f"http_{header}": "forwarded" for header in CLIENT_HEADERS},
    "proxy_add_x_forwarded_for": "forwarded",
    "proxy_protocol_addr": "forwarded",
    "perhaps_forwarded": "perhaps",  # our own name, for a value that may be something else
    "remote_user": "user",
    "time_local": "time",
    "time_iso8601": "time",
    "msec": "time",
    "request": "request",
    "request_method": "method",
    "request_uri": "uri",
    "uri": "uri",  # the server's own, after it was rewritten
    "document_uri": "uri",
    "args": "query",
    "query_string": "query",
    "is_args": "is_args",
    "host": "host",
    "http_host": "host",
    "server_name": "host",
    "status": "status",
    "body_bytes_sent": "size",
    "bytes_sent": "size",
    "http_referer": "referrer",
    "http_user_agent": "agent",
}
# Fields that are skipped: `ignored` is our own name, for fields that no server knows.
NGINX_IGNORED = re.compile(
    r"ignored|(?:http|sent_http|sent_trailer|cookie|arg|upstream|ssl|geoip|geoip2|proxy|tcpinfo|connection|realip|jwt"
    r"|server|request|remote|content|gzip|brotli|limit|time|body|bytes)_[a-z0-9_]{1,60}"
    r"|connection|hostname|https|http2|http3|nginx_version|pid|pipe|scheme|proxy_host|realpath_root|document_root"
    r"|invalid_referer|uid_got|uid_set"
)
APACHE = {
    "a": "address", "h": "address", "{c}a": "address", "{c}h": "address", "u": "user", "t": "time", "r": "request",
    "m": "method", "U": "uri", ">U": "uri", "q": "query", ">s": "status", "s": "status", "B": "size", "b": "size",
    "O": "size", "v": "host", "V": "host",
}  # fmt: skip
APACHE_HEADERS = {
    **dict.fromkeys(CLIENT_HEADERS, "forwarded"), "host": "host", "referer": "referrer", "user_agent": "agent",
}  # fmt: skip
TIME_GOES_ON = Field("time goes on")
"""The fraction or the offset of a time, which Apache writes separately."""
_PARTS_OF_TIMES = frozenset({"msec_frac", "usec_frac", "%z"})
APACHE_IGNORED = frozenset({*"ACDEHILPRSTXefiklnopx", "^FB", "^FU", "^ti", "^to"})

NGINX_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,100})\}|([A-Za-z_]\w{0,100}))", re.ASCII)
APACHE_DIRECTIVE = re.compile(r"%((?:[!<>,]|\d{3}){0,20})(?:\{([^}]{1,100})\})?(\^[A-Za-z]{2}|[A-Za-z%])", re.ASCII)


def nginx(name: str) -> Field:
    if name in NGINX:
        return _ranked(NGINX, name)
    if NGINX_IGNORED.fullmatch(name) and not get_close_matches(name, NGINX, 1, 0.9):
        return Field(None)
    near = get_close_matches(name, NGINX, 1)
    raise KeyError(f" (${near[0]}?)" if near else "")


def apache(modifiers: str, argument: str, directive: str) -> Field:
    if directive == "%":
        return Field(None)
    if directive == "i":
        return _ranked(APACHE_HEADERS, argument.lower().replace("-", "_"))
    if directive == "t" and argument.removeprefix("begin:").removeprefix("end:") in _PARTS_OF_TIMES:
        return TIME_GOES_ON
    if argument == "c":
        directive = f"{{c}}{directive}"
    if ">" in modifiers and f">{directive}" in APACHE:
        directive = f">{directive}"
    if directive in APACHE:
        return _ranked(APACHE, directive)
    if directive in APACHE_IGNORED:
        return Field(None)
    raise KeyError("")


def _ranked(table: dict[str, str], name: str) -> Field:
    return Field(table.get(name), list(table).index(name)) if name in table else Field(None)
