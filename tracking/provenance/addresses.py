"""Addresses, however a server or a proxy writes them, as the party that has them."""

from __future__ import annotations

import functools
import ipaddress
import re

UNKNOWN = "unknown"
"""All texts that are no address are one party: nobody gets a budget of their own by writing nonsense."""

WRITTEN = re.compile(r"\[([0-9A-Fa-f:.%\w-]{2,80})\](?::\d{1,5})?|([0-9.]{7,15}):\d{1,5}", re.ASCII)
"""With a port: `[2001:db8::1]:443`, or `192.0.2.1:443` (RFC 3986, section 3.2.2)."""

PREFIX = 64
"""Bits of an IPv6 address that are one subscriber's (RFC 6177): below it each may choose as they like."""


MAX_LENGTH = 100


def party(text: str) -> str:
    """The party that has an address: an IPv4 address, also within IPv6 (RFC 4291, 2.5.5.2); else the /64 network."""
    return _party(text) if len(text) <= MAX_LENGTH else UNKNOWN


@functools.lru_cache(maxsize=10_000)
def _party(text: str) -> str:
    text = text.strip()
    if match := WRITTEN.fullmatch(text):
        text = match[1] or match[2]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])  # no zone: it is the name of an interface
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address), PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)
