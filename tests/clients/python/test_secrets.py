"""What the client is given to be let in: a wrong one is said, and none is ever shown."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from footfall_tokens import mint

from fixtures.cast import ALICE
from fixtures.processes import ROOT


def unfit(secret: str) -> list[Any]:
    """What cannot be a credential, whose part after the fifth character is secret."""
    return [
        f"{secret[:5]}\n{secret[5:]}", f"{secret[:5]} {secret[5:]}", f"{secret}\x00", f"\ufeff{secret}", f"{secret}€",
        secret.encode(), None, "", " \n", 7, [secret],
    ]  # fmt: skip


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}\t", "\n{}"])
@pytest.mark.parametrize("by", [lambda token: token, lambda token: lambda: token], ids=["text", "function"])
def test_what_a_file_has_around_a_credential_is_left_out(
    opened: Any, door: Any, web: str, around: str, by: Any
) -> None:
    client = opened(by(around.format(web)))
    client.track("view", "job:1", creator=ALICE)
    assert client.flush()
    assert client.verdicts == Counter(accepted=1)
    assert door.tokens == [web]


def test_a_token_that_is_minted_with_what_a_file_has_is_good(opened: Any, web: str) -> None:
    client = opened(mint(f"{web}\n", "client", {"creator": ALICE}))
    client.track("view", "job:1")
    assert client.flush()
    assert client.verdicts == Counter(accepted=1)


@pytest.mark.parametrize("which", range(11))
def test_a_credential_that_no_header_can_hold_is_refused_unseen(opened: Any, web: str, which: int) -> None:
    with pytest.raises(ValueError, match=r"^token: expected a credential or a token as Footfall printed it") as caught:
        opened(unfit(web)[which])
    assert web[5:] not in str(caught.value)


def test_events_wait_until_a_function_returns_a_token_that_fits(
    opened: Any, heard: Any, web: str, capfd: Any, monkeypatch: Any
) -> None:
    """Whatever it returns or raises before: an exception of any kind, with the secret in its text."""
    monkeypatch.setattr("footfall.waiting.FIRST", 0.001)
    made: list[Any] = [*unfit(web), RuntimeError(web), SystemExit(web), object(), web]

    def token() -> Any:
        one = made.pop(0)
        if isinstance(one, BaseException):
            raise one
        return one

    client = opened(token)
    client.track("view", "job:1", creator=ALICE)
    heard.wait("the function that returns tokens", 14)
    assert client.flush(20)
    assert client.verdicts == Counter(accepted=1)
    assert sum("raised SystemExit" in line for line in heard.lines) == 1
    assert sum("holds a blank" in line for line in heard.lines) == 5
    assert web[5:] not in "".join([*heard.lines, *capfd.readouterr()])


def test_an_answer_that_repeats_the_credential_is_not_logged_with_it(
    opened: Any, door: Any, heard: Any, web: str
) -> None:
    client = opened()
    body = b'{"detail": "cannot forward Authorization: Bearer %s"}' % web.encode()
    door.next = [b"HTTP/1.0 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)]
    client.track("view", "job:1", creator=ALICE)
    assert client.flush()
    assert heard.lines == ["1 events are refused and lost: 400: cannot forward Authorization: Bearer ***"]


@pytest.mark.parametrize(
    "url",
    [
        "http://user:s3cret@127.0.0.1:1", "https://s3cret@host", "user:s3cret@host", "http://user:s3cret@ho\u2100st",
        "http://user:s3cret@[", "http://host:s3cret", "http://host/?token=s3cret", "http://host/?", "http://host#s3cret",
        "ftp://s3cret", "http:///s3cret", "http://host:99999/s3cret", "http://host:0/s3cret", "http://host/s3cret path",
        "http://host/s3cret\n/path", "http://h\xf6st/s3cret", "", None, b"http://s3cret",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_meant_is_refused_unseen(opened: Any, url: Any) -> None:
    with pytest.raises(ValueError, match=r"^url: expected ") as caught:
        opened(url=url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or not caught.value.__context__


def test_a_line_break_after_a_url_is_left_out(opened: Any, door: Any) -> None:
    client = opened(url=f"{door.url}/\n")
    client.track("view", "job:1", creator=ALICE)
    assert client.flush()
    assert client.verdicts == Counter(accepted=1)


PROGRAM = """
import os, sys
import footfall.client
footfall.client.AT_THE_END = 0.2
footfall.Client("http://api.invalid", "fk_web").track("view", "job:1")
"""


@pytest.mark.parametrize("proxy", ["http://user:s3/cret@127.0.0.1:9", "http:user:s3cret@127.0.0.1:9"])
def test_the_password_of_a_proxy_is_not_logged(proxy: str) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python"), "http_proxy": proxy}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert "no answer from http://api.invalid/v1/events: " in done.stderr
    assert "s3" not in done.stderr
    assert "Traceback" not in done.stderr
