"""A letter as an e-mail: its headers, its two bodies, and titles that come from outside."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.letters import DAY, digest, item, job, letter, milestone
from tracking.notifications.letters import LANGUAGES, Letter, Part
from tracking.notifications.mail import MOST_BYTES, message_id, render, template
from tracking.notifications.text import clean, subject

SENDER = "Jobs <no-reply@jobs.example>"
STOP = "https://track.example.com/v1/unsubscribe?token=abc&kind=daily"
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
EVIL = [
    "Dev\r\nBcc: eve@mail.example",
    "Dev\n\n<script>alert(1)</script>",
    "</h1><img src=https://eve.example/1.png>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }}{% for x in y %}{n}{what}",
    "=?utf-8?q?Bcc=3A?=",
    "\r\n.\r\nMAIL FROM:<eve@mail.example>",
    "--=_boundary",
    "\ud800\x00\u202e",
    "&lt;b&gt; & co",
    "日本語のタイトル" * 60,
]


def mail(of: Letter, **changed: Any) -> bytes:
    usual = {"sender": SENDER, "unsubscribe_url": STOP, "deployment": "footfall", "at": AT}
    return render(of, **usual | changed)


def read(raw: bytes) -> EmailMessage:
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed.defects == []
    return parsed


def bodies(raw: bytes) -> tuple[str, str]:
    parts = [part for part in read(raw).walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    return parts[0].get_content(), parts[1].get_content()


class Page(HTMLParser):
    """The tags, the links and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_mail_has_the_headers_of_a_mail_from_a_machine() -> None:
    headers = read(mail(letter()))
    assert headers["From"] == SENDER
    assert headers["To"] == "bob@mail.example"
    assert headers["Subject"] == "12 people viewed your profile yesterday"
    assert headers["Date"] == "Fri, 27 Nov 2026 08:00:00 +0000"
    assert re.fullmatch(r"<[0-9a-f]{40}@jobs\.example>", headers["Message-ID"])
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Content-Language"] == "en"
    assert headers.get_content_type() == "multipart/alternative"


def test_both_bodies_say_the_same() -> None:
    told = letter(item(url="https://jobs.example/bob"), digest(), milestone())
    text, html = bodies(mail(told))
    page = Page(html)
    for said in ("2 more than the day before", "Nurse (night shift)", "a few", "and 7 others", "1,000 views"):
        assert said in text
        assert said in page.text
    assert "Nurse (night shift): 96" in text
    for url in ("https://jobs.example/bob", STOP):
        assert url in text.split()
        assert url in page.links


def test_the_reader_learns_the_zone_once_and_how_to_stop_the_mails() -> None:
    for language in LANGUAGES:
        text, html = bodies(mail(letter(item(), job(), language=language)))
        assert text.count("Europe/Berlin") == 1
        assert Page(html).text.count("Europe/Berlin") == 1
        assert STOP in text
        assert Page(html).links == [STOP]


def test_a_mail_loads_nothing() -> None:
    _, html = bodies(mail(letter(digest(), item(url="https://jobs.example/bob"))))
    assert not {"img", "script", "link", "iframe"} & {*Page(html).tags}
    assert "url(" not in html
    assert "@import" not in html


def test_styles_are_written_into_the_elements_and_dark_ones_stay_apart() -> None:
    _, html = bodies(mail(letter()))
    assert '<h1 class="headline" style="' in html
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert sheet.startswith("@media")
    assert "prefers-color-scheme: dark" in sheet
    assert template("mail.html") is template("mail.html"), "inlined once, not for each mail"


def test_the_same_letter_is_the_same_bytes() -> None:
    first = mail(letter(digest(), item()))
    assert mail(letter(digest(), item())) == first
    assert mail(letter(digest(), item()), at=AT + timedelta(seconds=1)) != first


def test_a_message_id_is_of_one_person_day_and_deployment() -> None:
    told = letter()
    ids = [message_id(one, sender=SENDER, deployment=name) for one, name in (
        (told, "footfall"), (told, "staging"), (dataclasses.replace(told, person="profile:alice"), "footfall"),
        (dataclasses.replace(told, day=DAY + timedelta(days=1)), "footfall"),
    )]  # fmt: skip
    assert len({*ids}) == 4
    assert message_id(letter(job(), language="de"), sender=SENDER, deployment="footfall") == ids[0]


@pytest.mark.parametrize("title", EVIL)
def test_an_evil_title_is_only_a_title(title: str) -> None:
    is_a_title(title)


@given(st.text(max_size=600))
def test_no_title_breaks_the_headers_or_the_page(title: str) -> None:
    is_a_title(title)


def is_a_title(title: str) -> None:
    parts = (Part("job:1", title, "https://jobs.example/1", 5), Part("job:2", title, None, None))
    plain = (Part("job:1", "x", "https://jobs.example/1", 5), Part("job:2", "x", None, None))
    for kind in (job(title=title), milestone(title=title)):
        told, usual = (
            letter(kind, digest(parts=parts)),
            letter(dataclasses.replace(kind, title="x"), digest(parts=plain)),
        )
        raw = mail(told)
        headers, expected = read(raw), read(mail(usual))
        assert headers.keys() == expected.keys()
        assert headers["Subject"] == subject(told)
        text, html = bodies(raw)
        page, other = Page(html), Page(bodies(mail(usual))[1])
        assert (page.tags, page.attributes, page.links) == (other.tags, other.attributes, other.links)
        shown = clean(title) or "1"
        assert f"- {shown}: 5" in text.splitlines()
        assert shown in page.text
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        assert raw.isascii()
        assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://a b",
        "https://x/\r\nBcc: e",
        "https://x/" + "a" * 2000,
        "//x",
        "",
    ],
)
def test_a_strange_url_is_no_link(url: str) -> None:
    text, html = bodies(mail(letter(item(url=url), digest(parts=(Part("job:1", "x", url, 5),)))))
    assert Page(html).links == [STOP]
    assert "javascript:" not in text


def test_the_url_of_a_receiver_is_escaped() -> None:
    url = 'https://jobs.example/?a=1&b="><script>'
    assert (
        Page(bodies(mail(letter(item(url='https://jobs.example/?a=1&b="x"'))))[1]).links[0]
        == 'https://jobs.example/?a=1&b="x"'
    )
    assert "script" not in Page(bodies(mail(letter(item(url=url))))[1]).tags


def test_twenty_items_are_shown_and_the_others_counted() -> None:
    text, html = bodies(mail(letter(*[job(receiver=f"job:{at}", title=f"Job {at}") for at in range(25)])))
    assert "“Job 19”" in text
    assert "“Job 20”" not in text
    assert "and 5 others" in text.splitlines()
    assert "and 5 others" in Page(html).text


@pytest.mark.parametrize("path", ["&" * 900, "😀" * 240])
@pytest.mark.parametrize("items", [1, 30])
def test_a_mail_stays_short_whatever_is_told(path: str, items: int) -> None:
    url = f"https://jobs.example/{path}"
    parts = tuple(Part(f"job:{at}", '"&😀' * 200, url, 1000 - at) for at in range(50))
    raw = mail(letter(*[digest(receiver=f"owner:{at}", url=url, parts=parts, receivers=50) for at in range(items)]))
    assert len(raw) < MOST_BYTES
    assert STOP in bodies(raw)[0]
    assert url in bodies(raw)[0]


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("no-reply@jobs.example", "no-reply@jobs.example"),
        ("Jörg & Söhne <no-reply@jobs.example>", "Jörg & Söhne <no-reply@jobs.example>"),
        ('"Jobs, Inc." <no-reply@jobs.example>', '"Jobs, Inc." <no-reply@jobs.example>'),
        ("求人" * 30 + " <no-reply@jobs.example>", "求人" * 30 + " <no-reply@jobs.example>"),
    ],
)
def test_a_sender_may_have_any_name(sender: str, shown: str) -> None:
    headers = read(mail(letter(), sender=sender))
    (line,) = re.findall(rb"^From: (.*?)\r\n(?! )", mail(letter(), sender=sender), re.DOTALL | re.MULTILINE)
    assert str(make_header(decode_header(line.decode()))) == shown
    assert headers["From"].addresses[0].addr_spec == "no-reply@jobs.example"


def test_long_addresses_and_links_are_whole() -> None:
    address, stop = (
        "a" * 64 + "@" + "b" * 200 + ".example",
        "https://track.example.com/v1/unsubscribe?token=" + "t" * 600,
    )
    headers = read(mail(letter(address=address), unsubscribe_url=stop))
    assert str(headers["To"]) == address
    assert str(headers["List-Unsubscribe"]) == f"<{stop}>"


@pytest.mark.parametrize("address", ["bob@mail.example\r\nBcc: eve@mail.example", "jörg@mail.example", "a@b, c@d", ""])
def test_what_is_no_address_reaches_no_header(address: str) -> None:
    headers = read(mail(letter(address=address)))
    assert str(headers["To"]) == "undisclosed-recipients:;"
    assert headers["Bcc"] is None
