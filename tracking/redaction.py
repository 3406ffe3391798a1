"""Takes secrets out of texts for the log: credentials, tokens, proofs, parts of them, and passwords in URLs.

Each pattern reads a text once, whatever the text is (tests/test_patterns.py).
"""

from __future__ import annotations

import re
from typing import Any

SECRET = re.compile(r"f[kcslp]_[a-z0-9-]{1,32}_[0-9]{1,9}_[\w.~%-]*|fu_[\w.~%-]{20,}")
"""A credential or token, after any text; also the token of a link that stops messages."""

OPAQUE = re.compile(r"[A-Za-z0-9_-]{20,}")
CHUNK = re.compile(r"\S{3,}")
USER = re.compile(r"://[^:/@\s]{0,128}:")

REDACTED = "[redacted]"


def redacted(value: Any) -> Any:
    """The value without the secrets in its texts, also in keys and nested values."""
    match value:
        case str():
            return _text(value)
        case dict():
            return {_text(str(key)): redacted(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted(inner) for inner in value]
        case None | bool() | float():
            return value
        case int():
            return value if value.bit_length() < 64 else "a large number"  # JSON may hold none larger here
        case _:  # an exception: its text counts
            return _text(str(value))


def _text(text: str) -> str:
    whole = text.encode(errors="replace").decode()  # half a surrogate pair could not be written
    return CHUNK.sub(_without_password, OPAQUE.sub(_opaque, SECRET.sub(REDACTED, whole)))


def _opaque(found: re.Match[str]) -> str:
    """Hides a run that is part of a secret: base64 mixes small and capital letters, hexadecimal and names do not."""
    run = found[0]
    capitals = sum(character.isupper() for character in run)
    mixed = capitals and run.upper() != run
    is_name = run.isalpha() and capitals * 5 <= len(run)  # such as a class of errors
    return REDACTED if mixed and not is_name else run


def _without_password(found: re.Match[str]) -> str:
    """`scheme://user:password@host`; a password may hold anything but a blank."""
    chunk = found[0]
    head, at, host = chunk.rpartition("@")
    user = USER.search(head) if at else None
    return f"{head[: user.end()]}***@{host}" if user else chunk
