r"""The combined log format of Apache httpd and nginx: each request is a view of a path by an address.

    203.0.113.9 - - [24/Nov/2026:10:00:00 +0100] "GET /jobs?q=a HTTP/1.1" 200 512 "https://a.example/" "Mozilla/5.0 …"

Sources: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html and https://nginx.org/en/docs/http/ngx_http_log_module.html.
Apache escapes a quotation mark as ``\"``, nginx as ``\x22``. Further fields at the end of a line are not looked at.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from tracking.imports import Event, Line, Occurrences, Parsed

MAX_PATH = 200  # characters of a receiver's id
MAX_TEXT = 1000  # characters of a query, a referrer, a user agent

# Possessive quantifiers: a line of a megabyte that does not match is refused in one pass.
_INSIDE = r'((?:[^"\\]++|\\.)*+)'
_QUOTED = f'"{_INSIDE}"'
_FIELDS = re.compile(
    # A user's name may have spaces in it, but then the identity is "-": else a virtual host before the address, as in
    # Apache's vhost_combined, would be taken for the address.
    r"([\w.:%-]{1,100}) (?:- [^\[]*+|\S+ \S+ )\[([^\]]*+)\] " + _QUOTED + r" (\d{3}) (\d{1,18}|-)(.*)",
    re.ASCII | re.DOTALL,
)
_AGENTS = re.compile(f" {_QUOTED} {_QUOTED}(?: .*)?", re.DOTALL)
_AGENTS_CUT = re.compile(f' {_QUOTED} "{_INSIDE}' + r"\\?", re.DOTALL)
_TIME = re.compile(r"^(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$", re.ASCII)
# The version is missing in HTTP/0.9; a target with a space in it breaks the rules and is requested all the same.
_REQUEST = re.compile(r"([A-Za-z][A-Za-z_-]{0,30}) (\S.*?)(?: HTTP/\d(?:\.\d)?)?")
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([\"\\]))")
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}


def parse(lines: Iterable[Line]) -> Iterator[Parsed]:
    """An event or a problem for each line that is not blank."""
    occurrences = Occurrences()
    for line in lines:
        if line.problem:
            yield Parsed(line.number, line.progress, None, line.problem)
        elif line.text and not line.text.isspace():
            try:
                # Only what is an event is counted; the line as it stands is its identity.
                event, problem = _event(line), None
                event["id"] = occurrences.identify(line.text)
            except ValueError as error:
                event, problem = None, str(error)
            yield Parsed(line.number, line.progress, event, problem)


def _event(line: Line) -> Event:
    """The request as an event without an id; raises ValueError with the reason where it is none."""
    fields = _FIELDS.fullmatch(line.text)
    if not fields:
        raise ValueError(
            'not in the combined format: ADDRESS - USER [TIME] "REQUEST" STATUS BYTES "REFERRER" "USER AGENT"'
        )
    address, time, request, status, size, rest = fields.groups()
    method, path, query = _request(_plain(request))
    referrer, user_agent = _agents(rest, is_final=line.is_ended)
    context = {"user_agent": user_agent, "referrer": referrer}
    return {
        "occurred_at": _time(time),
        "name": "view",
        "receiver": f"path:{path}",
        "creator": address,
        "properties": {
            "method": method,
            "status": int(status),
            "bytes": 0 if size == "-" else int(size),  # "-" is how the format writes "no body"
            **({"query": query} if query else {}),
        },
        "context": {key: _plain(value)[:MAX_TEXT] for key, value in context.items() if value not in ("", "-")},
    }


def _agents(rest: str, *, is_final: bool) -> tuple[str, str]:
    """Referrer and user agent, the latter perhaps shortened by the server."""
    agents = _AGENTS.fullmatch(rest)
    if not agents and is_final:
        # The server cut a user agent that was too long for it. A line without its end may still be being
        # written: that is left for the next import, or it would be counted twice, short and whole.
        agents = _AGENTS_CUT.fullmatch(rest)
    if agents:
        return agents[1], agents[2]
    if rest.strip():
        raise ValueError("cut off: the referrer or the user agent is not closed")
    raise ValueError("no referrer and no user agent: this is the common, not the combined format")


def _request(request: str) -> tuple[str, str, str]:
    """Method, path and query of a request line (RFC 9112, 3); the path as it was sent, not decoded."""
    parts = _REQUEST.fullmatch(request)
    if not parts:
        raise ValueError("no request in it" if request in ("", "-") else "the request is not of the form METHOD TARGET")
    path, _, query = _ORIGIN.sub("", parts[2].partition("#")[0]).partition("?")
    return parts[1].upper(), _bounded(path.replace(" ", "%20") or "/"), query[:MAX_TEXT]


def _bounded(path: str) -> str:
    """The path, or the beginning of a long one with a digest of the whole, so that different paths stay different."""
    if len(path) <= MAX_PATH:
        return path
    digest = sha256(path.encode()).hexdigest()[:16]
    return f"{path[: MAX_PATH - 17]}~{digest}"


def _time(text: str) -> str:
    """The time in UTC (RFC 3339); not by ``strptime``, whose month names depend on the locale."""
    try:
        day, month, year, hour, minute, second, sign, hours, minutes = _TIME.findall(text)[0]
        offset = timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1))
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=offset)
        return f"{local.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    except (IndexError, KeyError, ValueError, OverflowError):
        raise ValueError(f"[{text[:40]}] is not a time") from None


def _plain(text: str) -> str:
    """The text without the server's escapes, of those that stand for a printable character."""
    if "\0" in text:
        text = text.replace("\0", r"\x00")
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(escape: re.Match[str]) -> str:
    if escape[2]:
        return escape[2]
    byte = int(escape[1], 16)
    return chr(byte) if 0x20 <= byte < 0x7F else escape[0]
