"""The formats of access logs that have a name."""

from tracking.imports import Line
from tracking.imports.weblogs import jsonlog, w3c
from tracking.imports.weblogs.fields import Fields, NotInFormat, Open, Read
from tracking.imports.weblogs.patterns import compiled

_REQUEST = '[$time_local] "$request" $status $body_bytes_sent'
_AGENTS = ' "$http_referer" "$http_user_agent"'
# A user's name may have blanks in it, but only if the identity is "-": otherwise a virtual host before the address
# would be taken for the address.
_WHO = ("- $remote_user ", "$ignored $ignored ")
_BALANCED = (
    "$time_iso8601 $ignored $remote_addr $ignored $ignored $ignored $ignored $status $ignored $ignored $bytes_sent"
    ' "$request" "$http_user_agent"'
)


def _by_anyone(before: str, after: str = _AGENTS) -> tuple[str, ...]:
    return tuple(f"{before} {who}{_REQUEST}{after}" for who in _WHO)


PATTERNS: dict[str, tuple[str, ...]] = {
    "alb": (f"$ignored {_BALANCED}",),
    "elb": (_BALANCED,),
    "main": _by_anyone("$remote_addr", f'{_AGENTS} "$http_x_forwarded_for"'),
    "forwarded_combined": _by_anyone("$http_x_forwarded_for $remote_addr"),
    "vhost_combined": (*_by_anyone("$host:$ignored $remote_addr"), *_by_anyone("$host $remote_addr")),
    "combined": (
        # A forwarded address may follow, as in nginx's main.
        f'$remote_addr - $remote_user {_REQUEST}{_AGENTS} "$perhaps_forwarded"',
        *_by_anyone("$remote_addr"),
    ),
    "common": _by_anyone("$remote_addr", ""),
}
"""The formats that a guess tries in turn, the most special first: it takes the first that fits best."""

PRESETS: dict[str, str] = {
    "combined": "Apache's and nginx's own: address, user, time, request, status, bytes, referrer, user agent",
    "common": "the same without referrer and user agent",
    "vhost_combined": "a virtual host first, with its port or without",
    "main": "nginx's main: combined, and last the address that a proxy forwarded",
    "forwarded_combined": "two addresses first: the forwarded one, then the proxy's",
    "w3c": "W3C extended, as of IIS and CloudFront: a line #Fields says the order; times are in UTC",
    "json": "a JSON object a line, by the keys' usual names: nginx, Caddy, Traefik, Envoy, Cloudflare, …",
    "alb": "AWS application load balancer",
    "elb": "AWS classic load balancer",
}


def opener(log_format: str) -> Open:
    """Begins a file of this format, a preset's name or a pattern. Raises ValueError if it is neither."""
    if log_format == "w3c":
        return w3c.Extended
    if log_format == "json":
        return lambda: jsonlog.read
    if log_format in PATTERNS:
        read = _first_of([compiled(pattern) for pattern in PATTERNS[log_format]], f"not in the {log_format} format")
    else:
        read = compiled(log_format)
    return lambda: read


def _first_of(reads: list[Read], problem: str) -> Read:
    def read(line: Line) -> Fields | None:
        for one in reads:
            try:
                return one(line)
            except NotInFormat:
                continue
        raise NotInFormat(problem)

    return read
