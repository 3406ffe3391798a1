"""Origins of web pages that may send, as browsers name them."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?:(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)|\[(?P<ipv6>[0-9a-f:]+)\])(?::(?P<port>[0-9]{1,5}))?"
)
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A host whose last part is a number is an address of IPv4: WHATWG URL, section 3.5."""
DEFAULT = {"http": 80, "https": 443}
MAX_PORT = 65_535


def as_sent(text: str) -> str | None:
    """Scheme, host and port as a browser writes them into the Origin header: RFC 6454, section 6.2, and WHATWG URL.

    None for what none of them sends: a path, a pattern, `null`, or a name in other letters than those of the DNS.
    """
    found = ORIGIN.fullmatch(text.lower())
    if found is None:
        return None
    scheme, name, ipv6 = found["scheme"], found["name"], found["ipv6"]
    port = int(found["port"] or DEFAULT[scheme])
    try:
        if ipv6:
            name = f"[{IPv6Address(ipv6).compressed}]"
        elif NUMBER.fullmatch(name):
            name = str(IPv4Address(name))
    except AddressValueError:
        return None
    if not 0 < port <= MAX_PORT:
        return None
    return f"{scheme}://{name}" if port == DEFAULT[scheme] else f"{scheme}://{name}:{port}"
