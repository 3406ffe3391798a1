"""Where a webhook may go: an https URL without ambiguity, and addresses of the public internet alone."""

from __future__ import annotations

import re
import socket
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from marshmallow import ValidationError

SockAddr = tuple[str, int] | tuple[str, int, int, int]
"""What `socket.connect` takes: of IPv4 two parts, of IPv6 four."""

MAX_URL = 2_000
LOOKUP_SECONDS = 15
PRINTABLE = re.compile(r"[!-\[\]-~]*")
"""ASCII without blanks and without the backslash, which some parsers read as a slash."""
HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")

UNICAST = ip_network("2000::/3")
"""All addresses of IPv6 that anybody was given."""
NAT64 = ip_network("64:ff9b::/96")
"""An address of IPv4 as seen by a host that has IPv6 alone (RFC 6052)."""
NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocols' own (RFC 6890); Oracle's cloud has its metadata there
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's host, which speaks to its virtual machines
        "2001::/23",  # protocols' own, Teredo among them, which holds an address of IPv4
        "2001:db8::/32",  # documents
        "2002::/16",  # 6to4, which holds an address of IPv4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documents
    )
)


class RefusedError(Exception):
    """The name leads to an address that is not of the public internet; the message is for people."""


class Target(NamedTuple):
    """The parts of a URL."""

    is_tls: bool
    host: str
    """A name, or an address without brackets."""
    port: int
    authority: str
    """Host and port as the URL has them: the header `Host`."""
    path: str
    """With its query."""


def parse(url: str, *, local: bool) -> Target:
    """The parts of a webhook's URL. Asks no name server.

    Raises `marshmallow.ValidationError`, which says what is wrong.
    """
    if len(url) > MAX_URL:
        raise ValidationError(f"at most {MAX_URL:,} characters")
    if not PRINTABLE.fullmatch(url):
        raise ValidationError(r"only ASCII without blanks and \; write others as %C3%A9, and in a host as xn--…")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValidationError("expected https://HOST/… or https://HOST:PORT/…") from None
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise ValidationError("expected https://…")
    if "@" in parts.netloc:
        raise ValidationError("no user or password in it; each request is signed")
    if "#" in url:
        raise ValidationError("no fragment (#…) in it; it would not be sent")
    if not parts.hostname:
        raise ValidationError("it names no host")
    if port == 0:
        raise ValidationError("port 0 does not exist")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authority = host if port is None else f"{host}:{port}"
    if not HOST.fullmatch(host) or authority != parts.netloc.lower():
        raise ValidationError("expected https://HOST/… or https://HOST:PORT/…")
    is_tls = parts.scheme == "https"
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(is_tls, parts.hostname, port or (443 if is_tls else 80), authority, path)


def check_url(url: str, *, local: bool) -> None:
    """Raises `marshmallow.ValidationError` if no webhook may go there.

    Unless `local`, its name is looked up: it has to lead to public addresses now, and again at each attempt.
    """
    target = parse(url, local=local)
    if local:
        return
    try:
        resolve(target.host, target.port, local=False)
    except RefusedError as refused:
        raise ValidationError(str(refused)) from None
    except OSError:
        raise ValidationError(f"the name {target.host} cannot be looked up") from None


def resolve(host: str, port: int, *, local: bool, seconds: float = LOOKUP_SECONDS) -> list[SockAddr]:
    """The addresses of a host, by one look-up. Connect to these very ones: a second look-up may say something else.

    Raises `RefusedError` unless all are public or `local`; `TimeoutError`; `socket.gaierror` if there is no such name.
    """
    found: Future[list[SockAddr]] = Future()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([address for *_, address in answers])  # type: ignore[misc]  # (int, bytes): without IPv6
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()  # getaddrinfo has no timeout of its own
    addresses = found.result(seconds)
    if not local and not all(is_public(address) for address in addresses):
        raise RefusedError(f"{host} leads to an address that is not public")
    return addresses


def is_public(address: SockAddr) -> bool:
    """Whether it is of the public internet, and so is what it may be translated to."""
    has_scope = "%" in address[0] or (len(address) == 4 and address[3] != 0)
    return not has_scope and _is_public(ip_address(address[0]))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if any(address in network for network in NOT_PUBLIC):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped:
        return _is_public(address.ipv4_mapped)
    if address in NAT64:
        return _is_public(IPv4Address(address.packed[-4:]))
    return address in UNICAST
