"""Mails on their way: each answer of a mail server, on real sockets."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fixtures.letters import digest, item, letter
from fixtures.smtp import PASSWORD, USER, Mailbox, Scripted, certificate, free_port, is_known, post_office
from tracking.notifications.channels import email
from tracking.notifications.channels.email import Email
from tracking.notifications.letters import Message, Outcome
from tracking.settings import Settings, SettingsError

SENDER = "Jörg & Söhne <no-reply@jobs.example>"
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


def channel(port: int, scheme: str = "smtp+plain", login: str = "", sender: str = SENDER) -> Email:
    url = f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{port}"
    return Email(Settings(smtp_url=url, mail_from=sender), lambda _: "https://track.example.com/stop?token=t")


def message(of: Email, **changed: Any) -> Message:
    (frozen,) = of.freeze([letter(**changed)])
    return frozen.message


class Handed:
    """Notes that a message was handed over."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def attempt(port: int, handed: Handed | None = None, **options: Any) -> Outcome:
    way = channel(port, **options)
    return way.send(message(way), handed or Handed())


@contextlib.contextmanager
def office(box: Mailbox, **options: Any) -> Iterator[int]:
    running = post_office(box, **options)
    try:
        yield running.port
    finally:
        running.stop()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email, "TIMEOUT_SECONDS", 0.3)


def test_a_letter_is_one_message_with_all_its_items() -> None:
    told = (letter(item(), digest()), letter(person="profile:alice", address="alice@mail.example"))
    first, second = channel(25).freeze(told)
    assert first.items == ("n_profile-views_profile:bob_2026-11-26", "n_job-digest_owner:acme_2026-11-22")
    assert second.message.address == "alice@mail.example"
    assert message_from_bytes(first.message.body)["Message-ID"] == f"<{first.message.id}>"
    assert first.message.id != second.message.id


def test_a_mail_that_is_taken_is_sent() -> None:
    box, handed = Mailbox(), Handed()
    with office(box) as port:
        way = channel(port)
        mail = message(way)
        assert way.send(mail, handed) == Outcome("sent", "250 kept as 1")
    (envelope,) = box.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@jobs.example", ["bob@mail.example"])
    assert envelope.content == mail.body
    assert handed.times == 1


def test_dots_and_long_lines_arrive_as_they_are() -> None:
    box = Mailbox()
    body = b"Subject: x\r\n\r\n.\r\n..two\r\n.one\r\n" + b"a" * 900 + b"\r\n.\r\n"
    with office(box) as port:
        assert channel(port).send(Message("1@jobs.example", "bob@mail.example", body), Handed()).state == "sent"
    assert box.envelopes[0].content == body


@pytest.mark.parametrize(
    ("answers", "outcome", "handed"),
    [
        ({"rcpt": "550 no such user"}, Outcome("failed", "550 no such user"), 0),
        ({"rcpt": "450 greylisted"}, Outcome("again", "450 greylisted"), 0),
        ({"mail": "451 busy"}, Outcome("again", "451 busy"), 0),
        ({"mail": "553 not your address"}, Outcome("again", "553 not your address"), 0),
        ({"data": "451 busy"}, Outcome("again", "451 busy"), 1),
        ({"data": "554 spam"}, Outcome("failed", "554 spam"), 1),
        ({"data": "550-one\r\n550 two \x07" + "x" * 300}, Outcome("failed", "550 one two " + "x" * 187 + "…"), 1),
        ({"data": "hang up"}, Outcome("unknown", "Connection unexpectedly closed"), 1),
    ],
)
def test_each_answer_has_its_outcome(answers: dict[str, str], outcome: Outcome, handed: int) -> None:
    noted = Handed()
    with office(Mailbox(**answers)) as port:
        assert attempt(port, noted) == outcome
    assert noted.times == handed


@pytest.mark.parametrize(
    ("answers", "outcome", "handed"),
    [
        ({"connected": "554 go away"}, Outcome("again", "554 go away"), 0),
        ({"connected": None}, Outcome("again", "Connection unexpectedly closed"), 0),
        ({"EHLO": None}, Outcome("again", "Connection unexpectedly closed"), 0),
        ({"RCPT": "421 closing"}, Outcome("again", "421 closing"), 0),
        ({"RCPT": None}, Outcome("again", "Connection unexpectedly closed"), 0),
        ({"DATA": "451 busy"}, Outcome("again", "451 busy"), 0),
        ({"DATA": "554 no valid recipients"}, Outcome("failed", "554 no valid recipients"), 0),
        ({"DATA": "250 what"}, Outcome("again", "250 what"), 0),
        ({"DATA": None}, Outcome("again", "Connection unexpectedly closed"), 0),
        ({"dot": "what"}, Outcome("unknown", "-1 "), 1),
        ({"dot": None}, Outcome("unknown", "Connection unexpectedly closed"), 1),
    ],
)
def test_only_what_comes_after_the_message_leaves_doubt(
    answers: dict[str, str | None], outcome: Outcome, handed: int
) -> None:
    noted = Handed()
    with Scripted(**answers) as server:
        assert attempt(server.port, noted) == outcome._replace(answer=outcome.answer.strip())
    assert noted.times == handed


@pytest.mark.parametrize(
    ("step", "state"), [("connected", "again"), ("RCPT", "again"), ("DATA", "again"), ("dot", "unknown")]
)
def test_a_server_that_says_nothing_is_not_waited_for(short: None, step: str, state: str) -> None:
    with Scripted(**{step: ""}) as server:
        outcome = attempt(server.port)
    assert outcome == Outcome(state, "no answer within 0 s")  # type: ignore[arg-type]


def test_nothing_that_listens_is_tried_again() -> None:
    assert attempt(free_port()) == Outcome("again", "Connection refused")


def test_a_name_without_an_address_is_tried_again() -> None:
    way = Email(Settings(smtp_url="smtp+plain://mail.invalid", mail_from=SENDER), lambda _: "https://x/")
    assert way.send(message(way), Handed()) == Outcome("again", "SMTP_URL: the mail server's name has no address")


def test_it_is_handed_over_after_the_recipient_is_accepted_and_before_the_message() -> None:
    with Scripted() as server:
        heard_before: list[bytes] = []
        way = channel(server.port)
        assert way.send(message(way), lambda: heard_before.extend(server.heard)).state == "sent"
    assert [line.split()[0] for line in heard_before] == [b"ehlo", b"mail", b"rcpt", b"DATA"]


def test_a_worker_that_may_not_hand_over_sends_nothing() -> None:
    class LostError(Exception):
        pass

    def lost() -> None:
        raise LostError

    box = Mailbox()
    with office(box) as port:
        way = channel(port)
        mail = message(way)
        with pytest.raises(LostError):
            way.send(mail, lost)
    assert box.envelopes == []


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("jörg@mail.example", "the address needs SMTPUTF8 (RFC 6531), which Footfall does not speak"),
        ("bob@mail.example>\r\nRCPT TO:<eve@mail.example", "this is no e-mail address"),
        ("bob", "this is no e-mail address"),
    ],
)
def test_an_address_that_no_server_can_take_fails_at_once(address: str, answer: str) -> None:
    way = channel(free_port())
    assert way.send(message(way, address=address), Handed()) == Outcome("failed", answer)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server's TLS context whose certificate this process trusts."""
    file, server_side = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return server_side()


def test_starttls_and_a_login_are_used(trusted: Any) -> None:
    box = Mailbox()
    with office(box, tls_context=trusted, require_starttls=True, authenticator=is_known, auth_required=True) as port:
        assert attempt(port, scheme="smtp", login=LOGIN).state == "sent"
    assert len(box.envelopes) == 1


def test_tls_from_the_start_is_used(trusted: Any) -> None:
    box = Mailbox()
    with office(box, ssl_context=trusted, authenticator=is_known, auth_require_tls=False) as port:
        assert attempt(port, scheme="smtps", login=LOGIN).state == "sent"


def test_a_server_without_starttls_gets_no_password() -> None:
    with Scripted() as server:
        outcome = attempt(server.port, scheme="smtp", login=LOGIN)
    assert outcome == Outcome("again", "the mail server offers no STARTTLS, which smtp: in SMTP_URL demands")
    assert [line.split()[0] for line in server.heard] == [b"ehlo"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path, scheme: str) -> None:
    _, server_side = certificate(tmp_path)
    tls: dict[str, Any] = {"ssl_context" if scheme == "smtps" else "tls_context": server_side()}
    box = Mailbox()
    with office(box, **tls) as port:
        outcome = attempt(port, scheme=scheme)
    assert outcome == Outcome("again", "the mail server's certificate is refused: self-signed certificate")
    assert box.envelopes == []


def test_a_wrong_password_is_the_deployments_fault_and_is_not_shown(trusted: Any) -> None:
    with office(Mailbox(), tls_context=trusted, authenticator=is_known) as port:
        outcome = attempt(port, scheme="smtp", login="bob:secret-word")
    assert outcome.state == "again"
    assert re.fullmatch(r"SMTP_URL: the login is refused: 535 .*", outcome.answer)
    assert "secret-word" not in outcome.answer


def test_a_server_that_wants_no_login_says_so() -> None:
    with Scripted() as server:
        outcome = attempt(server.port, login=LOGIN)
    assert outcome == Outcome("again", "SMTP AUTH extension not supported by server.")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(mail_from=SENDER), "SMTP_URL, MAIL_FROM"),
        (Settings(smtp_url="smtp://mail.example"), "SMTP_URL, MAIL_FROM"),
        (Settings(smtp_url="smtp://b%C3%B6b:x@mail.example", mail_from=SENDER), "SMTP_URL: the user"),
    ],
)
def test_a_setting_that_is_missing_is_named(settings: Settings, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Email(settings, lambda _: "https://x/")
