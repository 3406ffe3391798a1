"""One page under one name: the path of a request, normalised as RFC 3986 (section 6.2.2) says.

Paths that may mean different pages stay different: ``%2F`` is no slash, ``/a/`` is not ``/a``, ``/A`` is not ``/a``.
"""

import re
from hashlib import sha256
from urllib.parse import quote

MAX_PATH = 200  # characters of a receiver's id

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*+)++/?+")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})|[^\]\[A-Za-z0-9._~!$&'()*+,;=:@/%-]")
_SLASHES = re.compile("//++")


def normalised(path: str) -> str:
    """The path in its normal form: escapes only where needed and in upper case, no dot segments, no empty segments.

    If a server logs a character that no URI may hold, it becomes the escape that a browser sends for it. The RFC does
    not merge empty segments, but servers do.
    """
    if _PLAIN.fullmatch(path):
        return path
    path = _ENCODED.sub(_escape, path)
    if not path.startswith("/"):  # with OPTIONS and CONNECT
        return path
    return _without_dots(_SLASHES.sub("/", path))


def _escape(match: re.Match[str]) -> str:
    if not match[1]:
        return quote(match[0], safe="", errors="replace")
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    """Section 5.2.4."""
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    return "/".join(["", *kept, "" if last in (".", "..") else last])


def bounded(path: str) -> str:
    """The path; of a long one the beginning and a digest of the whole, so that different paths stay different."""
    if len(path) <= MAX_PATH:
        return path
    digest = sha256(path.encode()).hexdigest()[:16]
    return f"{path[: MAX_PATH - 17]}~{digest}"
