"""Mints Footfall tokens with nothing but the standard library. The format: docs/tokens.md."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any


def mint(credential: str, kind: str, claims: dict[str, Any], *, seconds: int = 900, audience: str = "footfall") -> str:
    """A token that the source's `credential` signs; `kind` is "client", "stats", "live" or "pixel"."""
    now = int(time.time())
    return sign(
        credential, kind, {"aud": audience, "exp": now + seconds, "jti": secrets.token_urlsafe(12)} | claims, now
    )


def sign(credential: str, kind: str, claims: dict[str, Any], issued: int) -> str:
    credential = credential.strip()  # a file has a line break after it
    _, source, version, _ = credential.split("_", 3)
    payload = _base64url(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode())
    value = f"{payload}.{_base64url(issued.to_bytes((issued.bit_length() + 7) // 8, 'big'))}"
    key = hmac.digest(credential.encode(), f"footfall {kind} token".encode(), hashlib.sha256)
    signature = _base64url(hmac.digest(key, value.encode(), hashlib.sha256))
    return f"f{kind[0]}_{source}_{version}_{value}.{signature}"


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
