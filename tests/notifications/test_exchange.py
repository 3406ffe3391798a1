"""One request to a server that is slow, talks nonsense, or is not where its name was a moment ago."""

import socket
import time

import pytest

from fixtures.database import KEY
from fixtures.webhooks import Receiver, certificate, serving
from tracking.notifications import exchange
from tracking.notifications.channels.webhook import Webhook
from tracking.notifications.letters import Message, Outcome
from tracking.settings import Settings

SETTINGS = Settings(secret_keys=(KEY,), local_webhooks=True)


@pytest.fixture
def receiver():
    with serving(Receiver()) as one:
        yield one


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(exchange, "SECONDS", 0.5)


def send(url: str) -> Outcome:
    return Webhook(SETTINGS).send(Message("msg_1", url, b"[]"), lambda: None)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_is_left_in_time(receiver, impatient, start):
    def drip(handler):
        handler.say(start)
        while not receiver.closing.wait(0.05):
            handler.say(b"a")

    receiver.behave = drip
    started = time.monotonic()
    assert send(receiver.url) == Outcome("unknown", "no answer within 0.5 s")
    assert time.monotonic() - started < 10


def test_a_server_that_goes_on_saying_continue_is_left_in_time(receiver, impatient):
    def repeat(handler):
        while not receiver.closing.wait(0.01):
            handler.say(b"HTTP/1.1 100 Continue\r\n\r\n")

    receiver.behave = repeat
    assert send(receiver.url) == Outcome("unknown", "no answer within 0.5 s")


def test_a_body_without_end_is_not_waited_for(receiver):
    def go_on(handler):
        handler.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        receiver.closing.wait()

    receiver.behave = go_on
    assert send(receiver.url) == Outcome("sent", "200")


def test_a_server_that_never_answers_is_left_in_time(receiver, impatient):
    receiver.behave = lambda _handler: receiver.closing.wait()
    assert send(receiver.url) == Outcome("unknown", "no answer within 0.5 s")


def test_a_handshake_that_never_ends_is_left_in_time(impatient):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        assert send(url) == Outcome("again", "no answer within 0.5 s")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "the connection broke before an answer came"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "the answer is not HTTP"),
        (b"HTTP/1.1 two\r\n\r\n", "the answer is not HTTP"),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failure(receiver, answer, said):
    receiver.behave = lambda handler: handler.say(answer)
    assert send(receiver.url) == Outcome("unknown", said)


def test_a_server_that_is_not_there_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    assert send(url) == Outcome("again", "connection refused")


def test_a_name_that_does_not_exist_is_a_failure():
    assert send("https://nowhere.invalid/") == Outcome("again", "the name of the host cannot be looked up")


def test_proxies_of_the_environment_are_ignored(receiver, monkeypatch):
    with serving(Receiver()) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(receiver.url).state == "sent"
        assert (len(receiver.got), proxy.got) == (1, [])


@pytest.fixture
def answers_of_dns(monkeypatch):
    """The addresses that hooks.example has, one look-up after the other."""
    coming: list[list[str]] = []
    system = socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        if host != "hooks.example":
            return system(host, port, *arguments, **options)
        return [found for address in coming.pop(0) for found in system(address, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return coming


def test_the_name_is_looked_up_once(receiver, answers_of_dns):
    """An attacker's name server says something else the second time."""
    answers_of_dns += [["127.0.0.1"], ["127.0.0.2"]]
    assert send(receiver.url.replace("127.0.0.1", "hooks.example")).state == "sent"
    assert answers_of_dns == [["127.0.0.2"]]
    assert receiver.got[0][0]["Host"] == f"hooks.example:{receiver.server_port}"


def test_the_next_address_is_tried_where_one_does_not_answer(receiver, answers_of_dns):
    answers_of_dns += [["127.0.0.3", "127.0.0.1"]]
    assert send(receiver.url.replace("127.0.0.1", "hooks.example")).state == "sent"


def test_the_certificate_has_to_be_one_for_the_name(answers_of_dns, monkeypatch, tmp_path):
    """The connection is to an address, for which the certificate is not."""
    asked = []
    tls = certificate("hooks.example", tmp_path)
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    answers_of_dns += [["127.0.0.1"]]
    with serving(Receiver(tls)) as receiver:
        assert send(receiver.url.replace("127.0.0.1", "hooks.example")) == Outcome("sent", "204")
        refused = send(receiver.url)
        assert (refused.state, refused.answer[:24]) == ("again", "TLS: IP address mismatch")
        other = send(receiver.url.replace("127.0.0.1", "localhost"))
        assert (other.state, other.answer[:22]) == ("again", "TLS: Hostname mismatch")
        assert len(receiver.got) == 1
    assert asked == ["hooks.example", None, "localhost"]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    with serving(Receiver(certificate("localhost", tmp_path))) as receiver:
        outcome = send(receiver.url.replace("127.0.0.1", "localhost"))
        assert (outcome.state, outcome.answer[:5], receiver.got) == ("again", "TLS: ", [])
