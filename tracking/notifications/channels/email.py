"""E-mail by SMTP (RFC 5321): one message a letter, one connection an attempt."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tracking.notifications.letters import Frozen, Letter, Message, Outcome
from tracking.notifications.mail import is_address, message_id, render, template
from tracking.notifications.text import clean
from tracking.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TIMEOUT_SECONDS = 15.0
"""For each step."""
MOST_OF_AN_ANSWER = 200
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
GO_ON = 354
"""The answer to DATA: the message may follow."""


class Server:
    """The mail server of SMTP_URL, one connection an attempt."""

    def __init__(self, settings: Settings) -> None:
        """Raises `SettingsError`."""
        if settings.smtp_url is None or settings.mail_from is None:
            raise SettingsError("SMTP_URL, MAIL_FROM: mails need both")
        url = urlsplit(settings.smtp_url)
        self._scheme, self._host, self._port = url.scheme, url.hostname or "", url.port or PORTS[url.scheme]
        self._user, self._password = unquote(url.username or ""), unquote(url.password or "")
        if not (self._user + self._password).isascii():
            raise SettingsError("SMTP_URL: the user and the password must be ASCII")
        self._sender = settings.mail_from
        self._own_address = parseaddr(settings.mail_from)[1]

    def send(self, message: Message, hand_over: Callable[[], None]) -> Outcome:
        if not message.address.isascii():
            return Outcome("failed", "the address needs SMTPUTF8 (RFC 6531), which Footfall does not speak")
        if not is_address(message.address):
            return Outcome("failed", "this is no e-mail address")
        with ExitStack() as stack:
            try:
                server = stack.enter_context(closing(self._dial()))
                outcome = self._announce(server, message.address)
            except OSError as error:  # smtplib's errors are OSErrors, too
                return Outcome("again", _why(error))
            if outcome is None:
                hand_over()
                outcome = _transmit(server, message.body)
            with suppress(OSError):
                server.putcmd("quit")
            return outcome

    def _dial(self) -> smtplib.SMTP:
        own_name = self._own_address.partition("@")[2]
        if self._scheme == "smtps":
            tls = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, own_name, timeout=TIMEOUT_SECONDS, context=tls)
        return smtplib.SMTP(self._host, self._port, own_name, timeout=TIMEOUT_SECONDS)

    def _announce(self, server: smtplib.SMTP, address: str) -> Outcome | None:
        """Everything up to the message itself; None: it may follow.

        What is refused before the recipient is named is the deployment's fault, and a later attempt may find it mended.
        """
        server.ehlo_or_helo_if_needed()
        if self._scheme == "smtp":
            if not server.has_extn("starttls"):
                raise smtplib.SMTPNotSupportedError(
                    "the mail server offers no STARTTLS, which smtp: in SMTP_URL demands"
                )
            server.starttls(context=ssl.create_default_context())
        if self._user:
            server.login(self._user, self._password)
        code, said = server.mail(self._own_address)
        if not _is_yes(code):
            return Outcome("again", _answer(code, said))
        code, said = server.rcpt(address)
        if _is_yes(code):
            code, said = server.docmd("DATA")
        if code == GO_ON:
            return None
        return Outcome("failed" if _is_no(code) else "again", _answer(code, said))


class Email(Server):
    """The channel of rules that send mails."""

    def __init__(self, settings: Settings, unsubscribe: Callable[[Letter], str]) -> None:
        """`unsubscribe` makes the link that stops such mails. Raises `SettingsError`."""
        super().__init__(settings)
        self._deployment, self._unsubscribe = settings.deployment, unsubscribe
        template("mail.html")  # made at the start, not with the first mail

    def freeze(self, letters: Sequence[Letter]) -> Iterator[Frozen]:
        for letter in letters:
            body = render(
                letter,
                sender=self._sender,
                unsubscribe_url=self._unsubscribe(letter),
                deployment=self._deployment,
                at=datetime.now(UTC),
            )
            id_ = message_id(letter, sender=self._sender, deployment=self._deployment)
            yield Frozen(Message(id_, letter.address, body), tuple(item.id for item in letter.items))


def _transmit(server: smtplib.SMTP, body: bytes) -> Outcome:
    try:
        server.send(re.sub(rb"(?m)^\.", b"..", body) + b".\r\n")  # RFC 5321, section 4.5.2
        code, said = server.getreply()
    except OSError as error:
        return Outcome("unknown", _why(error))
    if _is_yes(code):
        return Outcome("sent", _answer(code, said))
    if _is_no(code):
        return Outcome("failed", _answer(code, said))
    return Outcome("again" if 400 <= code < 500 else "unknown", _answer(code, said))


def _is_yes(code: int) -> bool:
    return 200 <= code < 300


def _is_no(code: int) -> bool:
    return 500 <= code < 600


def _answer(code: int, said: bytes | str) -> str:
    text = said if isinstance(said, str) else said.decode(errors="replace")
    return clean(f"{code} {text}", MOST_OF_AN_ANSWER)


def _why(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return clean(f"SMTP_URL: the login is refused: {_answer(error.smtp_code, error.smtp_error)}", MOST_OF_AN_ANSWER)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return clean(f"the mail server's certificate is refused: {error.verify_message}", MOST_OF_AN_ANSWER)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    if isinstance(error, socket.gaierror):
        return "SMTP_URL: the mail server's name has no address"
    return clean(error.strerror or str(error), MOST_OF_AN_ANSWER)
