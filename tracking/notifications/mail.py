"""A letter as an e-mail: the same letter at the same time gives the same bytes."""

from __future__ import annotations

import hashlib
import re
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import css_inline
from jinja2 import Environment, StrictUndefined

from tracking.checks import MAIL_ADDRESS
from tracking.notifications.text import (
    Headline,
    amount,
    beside,
    clean,
    counted,
    detail,
    headline,
    name,
    sentence,
    subject,
)
from tracking.notifications.words import WORDS

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Template

    from tracking.notifications.letters import Item, Letter

FOLDER = Path(__file__).parent / "templates"
MOST_ITEMS = (20, 10, 5, 2, 1)
"""The next lower number is tried where a mail would be too long."""
MOST_PARTS = 10
MOST_BYTES = 100_000
"""Gmail cuts a longer one off, and with it the link that stops them."""
LINK = re.compile(r"https?://[^\s<>]+")
MOST_BYTES_OF_A_LINK = 1000


class Row(NamedTuple):
    """A receiver of a digest. `percent` of the busiest one, for its bar."""

    title: str
    url: str | None
    amount: str
    percent: int


class Card(NamedTuple):
    """An item, as it is shown."""

    sentence: str
    headline: Headline
    detail: str
    beside: str
    label: str
    url: str | None
    rows: list[Row]
    others: str


def render(letter: Letter, *, sender: str, unsubscribe_url: str, deployment: str, at: datetime) -> bytes:
    """The mail of RFC 5322, with CRLF; `sender` as in MAIL_FROM. Smaller than `MOST_BYTES`."""
    own_name, own_address = parseaddr(sender)
    id_ = message_id(letter, sender=sender, deployment=deployment)
    head = [
        f"From: {_mailbox(own_name, own_address)}",
        f"To: {letter.address if is_address(letter.address) else 'undisclosed-recipients:;'}",
        f"Subject: {_unstructured(subject(letter))}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{id_}>",
        "Auto-Submitted: auto-generated",  # RFC 3834: no "out of office" in return
        f"List-Unsubscribe: <{unsubscribe_url}>",  # RFC 8058
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        f"Content-Language: {letter.language}",
        "",
    ]
    start = "\r\n".join(head).encode("ascii")
    told_by = clean(own_name) or own_address.partition("@")[2]
    for most in MOST_ITEMS:
        text, html = _bodies(letter, most, sender=told_by, unsubscribe_url=unsubscribe_url)
        body = EmailMessage(policy=SMTP)
        body.set_content(text, cte="quoted-printable")
        body.add_alternative(html, subtype="html", cte="quoted-printable")
        body.set_boundary(f"=_{id_.partition('@')[0]}")  # `=_` is in no quoted-printable text
        mail = start + body.as_bytes()
        if len(mail) < MOST_BYTES:
            break
    return mail


def message_id(letter: Letter, *, sender: str, deployment: str) -> str:
    """The same for each mail to this person about this day, without the angle brackets of the header."""
    said = f"{deployment}\0email\0{letter.person}\0{letter.day}"
    return f"{hashlib.sha256(said.encode()).hexdigest()[:40]}@{parseaddr(sender)[1].partition('@')[2]}"


def is_address(text: str) -> bool:
    return MAIL_ADDRESS.fullmatch(text) is not None


def link(url: str | None) -> str | None:
    """The URL, if a mail may lead there."""
    if url is None or not LINK.fullmatch(url) or not url.isprintable():
        return None
    return url if len(url.encode()) <= MOST_BYTES_OF_A_LINK else None


@cache
def template(file: str) -> Template:
    """Of the HTML one, the styles are written into each element once: mail programs drop style sheets."""
    source = (FOLDER / file).read_text()
    if file.endswith(".html"):
        styled = source.replace("<style></style>", f"<style>{(FOLDER / 'mail.css').read_text()}</style>")
        inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
        source = inliner.inline(styled)
    return Environment(
        autoescape=file.endswith(".html"), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    ).from_string(source)


def _bodies(letter: Letter, most: int, *, sender: str, unsubscribe_url: str) -> tuple[str, str]:
    words, rest = WORDS[letter.language], len(letter.items) - most
    shown = {
        "language": letter.language,
        "subject": subject(letter),
        "cards": [_card(item, letter.language) for item in letter.items[:most]],
        "rest": counted(words.others, rest, letter.language) if rest > 0 else "",
        "words": words,
        "sender": sender,
        "days_are": words.days_are.format(zone=letter.timezone),
        "why": words.why.format(sender=sender),
        "unsubscribe_url": unsubscribe_url,
    }
    return template("mail.txt").render(shown), template("mail.html").render(shown)


def _card(item: Item, language: str) -> Card:
    parts = item.parts[:MOST_PARTS]
    busiest = max((part.value or 0 for part in parts), default=0)
    others = item.receivers - len(parts)
    return Card(
        sentence(item, language),
        headline(item, language),
        detail(item, language),
        beside(item, language),
        name(item) if item.receiver_type == "profile" and item.title else "",
        link(item.url),
        [
            Row(name(part), link(part.url), amount(part, language), 100 * (part.value or 0) // (busiest or 1))
            for part in parts
        ],
        counted(WORDS[language].others, others, language) if parts and others > 0 else "",
    )


def _mailbox(display_name: str, address: str) -> str:
    display_name = clean(display_name)
    if display_name.isascii():
        return formataddr((display_name, address))
    encoded = Header(display_name, "utf-8", header_name="From").encode(linesep="\r\n")
    return f"{encoded} <{address}>"


def _unstructured(text: str) -> str:
    """RFC 2047, where the text is not ASCII or looks like an encoded word itself."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, header_name="Subject").encode(linesep="\r\n")
