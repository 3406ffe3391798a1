"""What the variables of nginx and the directives of Apache stand for.

https://nginx.org/en/docs/varindex.html and https://httpd.apache.org/docs/2.4/mod/mod_log_config.html.
"""

import re
from difflib import get_close_matches
from typing import NamedTuple

NGINX = {
    "remote_addr": "address",
    "http_x_forwarded_for": "forwarded",
    "proxy_add_x_forwarded_for": "forwarded",
    "http_x_real_ip": "forwarded",
    "http_cf_connecting_ip": "forwarded",
    "http_true_client_ip": "forwarded",
    "remote_user": "user",
    "time_local": "time",
    "time_iso8601": "time",
    "msec": "time",
    "request": "request",
    "request_method": "method",
    "request_uri": "uri",
    "uri": "uri",
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
# Fields that are read over: `ignored` is ours, for what nobody else knows.
NGINX_IGNORED = re.compile(
    r"ignored|(?:http|sent_http|sent_trailer|cookie|arg|upstream|ssl|geoip|geoip2|proxy|tcpinfo|connection|realip|jwt"
    r"|server|request|remote|content|gzip|brotli|limit|time|body|bytes)_[a-z0-9_]{1,60}"
    r"|connection|hostname|https|http2|http3|nginx_version|pid|pipe|scheme|proxy_host|realpath_root|document_root"
    r"|invalid_referer|uid_got|uid_set"
)
APACHE = {
    "h": "address", "a": "address", "u": "user", "t": "time", "r": "request", "m": "method", "U": "uri", "q": "query",
    "s": "status", "b": "size", "B": "size", "O": "size", "v": "host", "V": "host",
}  # fmt: skip
APACHE_HEADERS = {
    "x-forwarded-for": "forwarded", "x-real-ip": "forwarded", "cf-connecting-ip": "forwarded",
    "true-client-ip": "forwarded", "host": "host", "referer": "referrer", "user-agent": "agent",
}  # fmt: skip
APACHE_IGNORED = frozenset({*"ACDEHILPRSTXefiklnopx", "^FB", "^FU", "^ti", "^to"})

NGINX_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,100})\}|([A-Za-z_]\w{0,100}))", re.ASCII)
APACHE_DIRECTIVE = re.compile(r"%(?:[!<>,]|\d{3}){0,20}(?:\{([^}]{1,100})\})?(\^[A-Za-z]{2}|[A-Za-z%])", re.ASCII)


class Field(NamedTuple):
    """A field of the line, None where it is read over."""

    name: str | None


def nginx(name: str) -> Field:
    if name in NGINX:
        return Field(NGINX[name])
    if NGINX_IGNORED.fullmatch(name) and not get_close_matches(name, NGINX, 1, 0.9):
        return Field(None)
    near = get_close_matches(name, NGINX, 1)
    raise KeyError(f" (${near[0]}?)" if near else "")


def apache(argument: str, directive: str) -> Field:
    if directive == "%":
        return Field(None)
    if directive == "i":
        return Field(APACHE_HEADERS.get(argument.lower()))
    if directive in APACHE:
        return Field(APACHE[directive])
    if directive in APACHE_IGNORED:
        return Field(None)
    raise KeyError("")
