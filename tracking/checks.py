"""What a setting's value must be like. Each check raises `marshmallow.ValidationError`, which says what is expected."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import urlsplit

from marshmallow import ValidationError, validate

MIN_KEY_BYTES = 32
"""RFC 7518, section 3.2: an HMAC-SHA256 key is at least as long as its output."""
MAKE_A_KEY = "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
MIN_DISTINCT = 8
PLACEHOLDER = re.compile(
    "footfall|a key|demo|change|example|secret|insecure|placeholder|your[-_ ]|password|test[-_ ]", re.IGNORECASE
)

ORIGINS = re.compile(r"\*|'none'|('self'|https?://[A-Za-z0-9.*:-]+)( ('self'|https?://[A-Za-z0-9.*:-]+))*")
PUBLIC_URL = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:\d{1,5})?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
LAKE_URL = re.compile(
    r"file:///[\w.,@+~=/-]{1,500}|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.,@+~=-]{1,200}){0,9}/?", re.ASCII
)
MIN_BEARER = 16
BEARER = re.compile(rf"[A-Za-z0-9._~+/-]{{{MIN_BEARER},500}}=*")
SQS_URL = re.compile(r"sqs://([^@/\s]+@)?([A-Za-z0-9.-]{1,253}(:\d{1,5})?)?(/\d{1,20}/[A-Za-z0-9_-]{1,75})?/?")
"""The name leaves room for what the queue of dead letters has in addition."""
MOST_ATTRIBUTES, LONGEST_ATTRIBUTE = 5, 63
STEP, THREE = re.compile(r"[A-Za-z][A-Za-z0-9 _.:/-]{0,99}\*?"), 3
"""An action, names with a detail, or the beginning of names."""
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""An address as HTML's `input type=email` takes it (WHATWG HTML, section 4.10.5.1.5)."""


def between(low: int, high: int) -> validate.Range:
    return validate.Range(min=low, max=high)


def are_keys(keys: list[str]) -> None:
    if any(len(key.encode()) < MIN_KEY_BYTES for key in keys):
        raise ValidationError(f"each key needs {MIN_KEY_BYTES} bytes or more; {MAKE_A_KEY}")


def are_origins(text: str) -> None:
    if not ORIGINS.fullmatch(text):
        raise ValidationError("expected *, 'none', 'self', or origins such as https://www.example.com")


def are_attributes(names: list[str]) -> None:
    """At most five: each cohort is of fewer receivers than the one before."""
    good = all(name.isprintable() and 1 <= len(name) <= LONGEST_ATTRIBUTE for name in names)
    if not 1 <= len(names) <= MOST_ATTRIBUTES or not good or len({*names}) < len(names):
        raise ValidationError(
            f"expected 1 to {MOST_ATTRIBUTES} different names of attributes, of at most {LONGEST_ATTRIBUTE} characters"
        )


def are_three_steps(steps: list[str]) -> None:
    if len(steps) != THREE or not all(STEP.fullmatch(step) for step in steps):
        raise ValidationError("expected three steps as in impression,view,click__application*")


def is_placeholder(key: str) -> bool:
    """Whether a key is one from a document, or typed rather than made."""
    return PLACEHOLDER.match(key) is not None or len(set(key)) < MIN_DISTINCT


def is_database_url(url: str) -> None:
    if not url.startswith(("postgresql+psycopg://", "postgresql://", "postgres://")):
        raise ValidationError("expected postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")


def is_lake_url(url: str) -> None:
    """No blank, % or query: some readers of a table take an address as it stands, others decode it."""
    if not LAKE_URL.fullmatch(url) or ".." in url:
        raise ValidationError("expected file:///FOLDER or s3://BUCKET/PREFIX, of letters, digits and . , @ + ~ = _ -")


def is_redis_url(url: str) -> None:
    if not url.startswith(("redis://", "rediss://", "redis+unix://", "redis+sentinel://", "redis+cluster://")):
        raise ValidationError("expected redis://HOST:PORT/DATABASE")


def is_bearer(text: str) -> None:
    """RFC 6750, section 2.1, and long enough that nobody guesses it."""
    if not BEARER.fullmatch(text) or len(set(text)) < MIN_DISTINCT:
        raise ValidationError(
            f"expected {MIN_BEARER} or more letters, digits and - . _ ~ + /; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )


def is_queue_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        good = parts.port != 0 and (
            bool(parts.hostname) if parts.scheme in {"amqp", "amqps"} else SQS_URL.fullmatch(url) is not None
        )
    except ValueError:  # a port that is no number, or a host that is none
        good = False
    if not good or parts.query or parts.fragment:
        raise ValidationError(
            "expected amqp://USER:PASSWORD@HOST/VHOST, amqps://…, or sqs://HOST/ACCOUNT/NAME, as in "
            "sqs://sqs.eu-central-1.amazonaws.com/123456789012/footfall; within a name or a password write @ as %40, "
            ": as %3A and / as %2F"
        )


def is_public_url(url: str) -> None:
    if not PUBLIC_URL.fullmatch(url):
        raise ValidationError("expected https://HOST or https://HOST:PORT, without a path")


def is_smtp_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"smtp", "smtps", "smtp+plain"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValidationError(
            "expected smtp://USER:PASSWORD@HOST:587, smtps://… or smtp+plain://HOST:25; "
            "within a name or a password write @ as %40, : as %3A and / as %2F"
        )


def is_mail_sender(text: str) -> None:
    _, address = parseaddr(text)
    if not MAIL_ADDRESS.fullmatch(address) or not text.isprintable():
        raise ValidationError("expected NAME <no-reply@HOST>, or the address alone")


def is_mail_address(text: str) -> None:
    if not MAIL_ADDRESS.fullmatch(text):
        raise ValidationError("expected one mail address, as in team@HOST")


def is_webhook_url(url: str) -> None:
    """Roughly: whoever sends looks closely, and at the addresses behind the name, too."""
    if not url.startswith(("https://", "http://")) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValidationError("expected https://HOST/PATH")
