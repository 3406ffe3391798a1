"""Signatures of webhooks (Standard Webhooks 1.0): one for each of the platform's keys, since keys are replaced."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC
from typing import TYPE_CHECKING

import standardwebhooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def secrets(keys: Sequence[str], deployment: str, url: str) -> list[str]:
    """The secrets of an endpoint, the current one first; they are stored nowhere.

    `whsec_` and, in base64, HMAC-SHA256 (RFC 2104) over `footfall webhook <deployment> <url>` under each key.
    """
    derived = f"footfall webhook {deployment} {url}".encode()
    digests = [hmac.digest(key.encode(), derived, hashlib.sha256) for key in keys]
    return [f"whsec_{base64.b64encode(digest).decode()}" for digest in digests]


def headers(message_id: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers that prove who sent the body, and when. `now` is aware of its timezone."""
    moment = now.astimezone(UTC)  # the library takes the clock of any other timezone for that of UTC
    text = body.decode()
    signatures = [standardwebhooks.Webhook(secret).sign(message_id, moment, text) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
