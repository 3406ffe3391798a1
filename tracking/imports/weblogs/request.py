"""From a line's fields to what was asked, when, by whom."""

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from tracking.imports.times import instant
from tracking.imports.weblogs.fields import Fields, NotInFormat
from tracking.imports.weblogs.paths import normalised

MAX_ADDRESS = 100
STATUS_DIGITS = 3
SIZE_DIGITS = 18
MAX_HOPS = 20  # addresses of a forwarded list that are looked at

# The version is missing in HTTP/0.9; a target with a space in it breaks the rules and is requested all the same.
_REQUEST = re.compile(r"([A-Za-z][A-Za-z_-]{0,30}) {1,4}(\S.*?)(?: {1,4}HTTP/\d(?:\.\d)?)?", re.DOTALL)
_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{0,30}+://[^/?]*+")
_PORT = re.compile(r"\[([^\]]{1,60})\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_HOST = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\.?", re.ASCII)


class Request(NamedTuple):
    """One request. `address` is the client's, as far as the log knows it; `path` is normalised, other text as sent."""

    moment: datetime
    address: str
    method: str
    path: str
    query: str
    status: int | None
    size: int | None
    referrer: str
    agent: str


def understood(fields: Fields, zone: tzinfo | None) -> Request:
    """The request; raises ValueError with the reason where the fields are none."""
    get = fields.get
    try:
        moment = instant(get("time", ""), zone)
    except ValueError as error:
        raise NotInFormat(str(error)) from None
    address = client(get("forwarded", ""), get("address", ""))
    method, target = _target(fields)
    path, query = _split(target)
    return Request(
        moment,
        address,
        method,
        normalised(path),
        query or _known(get("query", "")).removeprefix("?"),
        _status(get("status", "-")),
        _size(get("size", "")),
        _known(get("referrer", "")),
        _known(get("agent", "")),
    )


def client(forwarded: str, peer: str) -> str:
    """Who asked: the first address that was forwarded, as each proxy adds at the end (RFC 7239, 5.2), else the peer.

    Without its port, and in one spelling (RFC 5952; an IPv4 address within IPv6 is that IPv4 address).
    Raises ValueError where there is neither.
    """
    for text in (*forwarded.split(",", MAX_HOPS)[:MAX_HOPS], *peer.split(",", MAX_HOPS)[:MAX_HOPS]):
        if address := _address(text.strip().strip('"')):
            return address
    name = peer.strip().lower()
    if _HOST.fullmatch(name):  # where the server looks up names
        return name
    raise NotInFormat(f"{(peer or forwarded)[:40]!r} is not an address")


@lru_cache(maxsize=50_000)
def _address(text: str) -> str:
    """The address in one spelling; empty where it is none."""
    if not text or len(text) > MAX_ADDRESS:
        return ""
    if match := _PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found))  # without its zone, which means nothing elsewhere
    return str(found)


def _target(fields: Fields) -> tuple[str, str]:
    """Method and target (RFC 9112, 3)."""
    if "request" in fields:
        request = fields["request"]
        parts = _REQUEST.fullmatch(request)
        if not parts:
            none = request in ("", "-")
            raise ValueError("no request in it" if none else "the request is not of the form METHOD TARGET")
        return parts[1].upper(), parts[2]
    method, target = _known(fields.get("method", "")) or "GET", _known(fields.get("uri", ""))
    if not target or not _METHOD.fullmatch(method):
        raise ValueError("no request in it")
    return method.upper(), target


def _split(target: str) -> tuple[str, str]:
    """Path and query; of an absolute target, without its origin."""
    path, _, query = _ORIGIN.sub("", target.partition("#")[0]).partition("?")
    return path or "/", query


def _known(text: str) -> str:
    return "" if text == "-" else text


def _status(text: str) -> int | None:
    if text == "-":
        return None
    if not (text.isdecimal() and text.isascii() and len(text) == STATUS_DIGITS):
        raise NotInFormat(f"the status is {text[:40]!r}, not a number of three digits")
    return int(text)


def _size(text: str) -> int | None:
    """The bytes; none where they are not logged. "-" is how the formats write "no body"."""
    if text == "-":
        return 0
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= SIZE_DIGITS else None
