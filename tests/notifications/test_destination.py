"""Where a webhook may go: https, no ambiguity, and nothing that is not of the public internet."""

import socket
import threading

import pytest
from marshmallow import ValidationError

from tracking.notifications.destination import RefusedError, Target, check_url, is_public, parse, resolve

PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "2606:4700::1111",
    "2a01:4f8::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "233.252.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:100.64.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::224.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo, with 10.0.0.1
    "2001:20::1",
    "2001:db8::1",
    "2002:a00:1::1",  # 6to4 of 10.0.0.1
    "2002:7f00:1::1",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


def sockaddr(address: str, scope: int = 0):
    return (address, 443, 0, scope) if ":" in address else (address, 443)


@pytest.fixture
def names(monkeypatch):
    """A name server: the addresses of each name; the rest is left to the system."""
    known: dict[str, list] = {}
    system = socket.getaddrinfo

    def look_up(host, *arguments, **options):
        if host not in known:
            return system(host, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address):
    assert is_public(sockaddr(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_any_other_address_is_not(address):
    assert not is_public(sockaddr(address))


def test_an_address_with_a_scope_is_not_public():
    assert not is_public(sockaddr("2606:4700::1111", scope=2))
    assert not is_public(sockaddr("2606:4700::1111%eth0"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "https"),
        ("hooks.example/x", "https"),
        ("//hooks.example/x", "https"),
        ("http://hooks.example/x", "https"),
        ("ftp://hooks.example/x", "https"),
        ("file:///etc/passwd", "https"),
        ("https:///x", "no host"),
        ("https://", "no host"),
        ("https://:443/x", "no host"),
        ("https://me@hooks.example/", "user"),
        ("https://me:secret@hooks.example/", "user"),
        ("https://good.example@10.0.0.1/", "user"),
        ("https://@hooks.example/", "user"),
        ("https://hooks.example/#a", "fragment"),
        ("https://hooks.example/#", "fragment"),
        ("https://hooks.example:0/", "port 0"),
        ("https://hooks.example:65536/", "HOST:PORT"),
        ("https://hooks.example:-1/", "HOST:PORT"),
        ("https://hooks.example:a/", "HOST:PORT"),
        ("https://hooks.example:/", "HOST:PORT"),
        ("https://hooks.example:0443/", "HOST:PORT"),
        ("https://hooks..example/", "HOST:PORT"),
        ("https://.hooks.example/", "HOST:PORT"),
        ("https://hooks.example./", "HOST:PORT"),
        (f"https://{'a' * 64}.example/", "HOST:PORT"),
        ("https://hooks%2eexample/", "HOST:PORT"),
        ("https://[::1/", "HOST:PORT"),
        ("https://[::1]x/", "HOST:PORT"),
        ("https://[fe80::1%25eth0]/", "HOST:PORT"),
        ("https://hooks.example\\@10.0.0.1/", "ASCII"),
        ("https://hooks.example/a b", "ASCII"),
        ("https://hooks.example/\r\nHost: x", "ASCII"),
        ("https://hooks.example/\n", "ASCII"),
        ("\thttps://hooks.example/", "ASCII"),
        ("https://büro.example/", "ASCII"),
        ("https://hooks.example/é", "ASCII"),
        ("https://①②⑦.0.0.1/", "ASCII"),
        ("https://hooks.example/" + "a" * 2_000, "2,000"),
    ],
)
def test_an_unclear_url_is_refused_with_the_reason(url, said):
    with pytest.raises(ValidationError, match=said):
        check_url(url, local=False)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "localhost",
        "LOCALHOST",
    ],
)
def test_a_host_that_is_not_public_is_refused_however_it_is_spelt(host):
    with pytest.raises(ValidationError, match="not public"):
        check_url(f"https://{host}/", local=False)


def test_a_name_that_leads_to_one_private_address_among_others_is_refused(names):
    names["hooks.example"] = [sockaddr("93.184.215.14"), sockaddr("2606:4700::1111"), sockaddr("10.0.0.1")]
    with pytest.raises(ValidationError, match=r"hooks\.example leads to an address that is not public") as raised:
        check_url("https://hooks.example/", local=False)
    assert "10.0.0.1" not in str(raised.value)
    with pytest.raises(RefusedError):
        resolve("hooks.example", 443, local=False)


def test_a_public_host_is_taken_with_all_its_addresses(names):
    addresses = [sockaddr("2606:4700::1111"), sockaddr("93.184.215.14")]
    names["hooks.example"] = addresses
    check_url("https://hooks.example/footfall?a=b", local=False)
    assert resolve("hooks.example", 443, local=False) == addresses


def test_a_name_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match=r"nowhere\.invalid cannot be looked up"):
        check_url("https://nowhere.invalid/", local=False)


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch):
    never = threading.Event()

    def wait(*_, **__):
        never.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    with pytest.raises(TimeoutError):
        resolve("hooks.example", 443, local=False, seconds=0.05)
    never.set()


def test_a_local_webhook_may_use_http_and_private_addresses():
    check_url("http://127.0.0.1:8001/hook", local=True)
    check_url("https://[::1]/hook", local=True)
    assert resolve("127.0.0.1", 80, local=True) == [("127.0.0.1", 80)]
    with pytest.raises(ValidationError, match="port 0"):
        check_url("http://127.0.0.1:0/", local=True)


@pytest.mark.parametrize(
    ("url", "is_tls", "host", "port", "authority", "path"),
    [
        ("https://hooks.example", True, "hooks.example", 443, "hooks.example", "/"),
        ("https://Hooks.example:8443/a/b?c=d", True, "hooks.example", 8443, "hooks.example:8443", "/a/b?c=d"),
        ("HTTPS://hooks.example?c=d", True, "hooks.example", 443, "hooks.example", "/?c=d"),
        ("https://[2606:4700::1111]/", True, "2606:4700::1111", 443, "[2606:4700::1111]", "/"),
        ("http://hooks.example/%C3%A9", False, "hooks.example", 80, "hooks.example", "/%C3%A9"),
        ("https://hooks.example//a.example/", True, "hooks.example", 443, "hooks.example", "//a.example/"),
    ],
)
def test_a_url_is_taken_apart(url, is_tls, host, port, authority, path):
    assert parse(url, local=True) == Target(is_tls, host, port, authority, path)
