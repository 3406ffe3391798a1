"""Makes a request of a line's fields: its target, its time, its client."""

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
PORT_DIGITS = 5
SIZE_DIGITS = 18
MAX_HOPS = 20  # addresses of a forwarded list that are read

# HTTP/0.9 has no version; a target with a space in it breaks the rules, but clients request it.
_REQUEST = re.compile(r"([A-Za-z][A-Za-z_-]{0,30}) {1,4}(\S.*?)(?: {1,4}HTTP/\d(?:\.\d)?)?", re.DOTALL)
_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{0,30}+://[^/?]*+")
_PORT = re.compile(r"\[([^\]]{1,60})\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_BETWEEN = re.compile(r"[,;\s]+")
_HOST = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\.?", re.ASCII)


class Request(NamedTuple):
    """One request. `address` is the client's, as far as the log knows; `path` is normalised, other text is as sent."""

    moment: datetime
    address: str
    method: str
    path: str
    query: str
    status: int | None
    size: int | None
    referrer: str
    agent: str
    unread: str = ""  # the forwarded text, if no address is in it


def understood(fields: Fields, zone: tzinfo | None) -> Request:
    """The request. Raises ValueError with the reason if the fields are no request."""
    get = fields.get
    try:
        moment = instant(get("time", ""), zone)
    except ValueError as error:
        raise NotInFormat(str(error)) from None
    forwarded = _known(get("forwarded", ""))
    client = _first(forwarded)
    address = client or _first(get("perhaps", "")) or _peer(get("address", ""), forwarded)
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
        "" if client else forwarded[:MAX_ADDRESS],
    )


def _first(addresses: str) -> str:
    """The first address: each proxy adds its own at the end, with commas, or as in RFC 7239; empty if there is none."""
    for hop in _BETWEEN.split(addresses, MAX_HOPS)[:MAX_HOPS] if addresses else ():
        name, _, value = hop.partition("=")
        text = (value if value and name.lower() == "for" else hop).strip('"')
        if len(text) <= MAX_ADDRESS and (address := _address(text)):
            return address
    return ""


def _peer(text: str, forwarded: str) -> str:
    """The other end of the connection. Raises NotInFormat if the text is no address."""
    if address := _first(text):
        return address
    name = text.strip().lower()
    if _HOST.fullmatch(name):  # some servers look up names
        return name
    raise NotInFormat(f"{(text or forwarded)[:40]!r} is not an address")


@lru_cache(maxsize=50_000)
def _address(text: str) -> str:
    """The address without its port and in one spelling (RFC 5952; IPv4 within IPv6 is IPv4); empty if it is none."""
    if match := _PORT.fullmatch(text):
        text = match[1] or match[2]
    # Some balancers write IPv6 without brackets: if the whole is an address, too, it is taken for that.
    before, _, port = text.rpartition(":")
    has_port = ":" in before and port.isdecimal() and len(port) <= PORT_DIGITS
    return _spelt(text) or (_spelt(before) if has_port else "")


def _spelt(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found))  # without its zone, which means nothing on other machines
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
    if not (text.isdecimal() and text.isascii() and (len(text) == STATUS_DIGITS or text == "0")):
        raise NotInFormat(f"the status is {text[:40]!r}, not a number of three digits")
    return int(text)


def _size(text: str) -> int | None:
    """The bytes; None if they are not logged. The formats write "-" for "no body"."""
    if text == "-":
        return 0
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= SIZE_DIGITS else None
