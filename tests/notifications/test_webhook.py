"""Webhooks: one signed request, and what its answer means."""

import re
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import standardwebhooks

from fixtures.database import KEY, OLD_KEY
from fixtures.webhooks import Receiver, serving
from tracking.notifications import signing
from tracking.notifications.channels.webhook import Webhook
from tracking.notifications.letters import Message, Outcome
from tracking.settings import Settings

SETTINGS = Settings(secret_keys=(KEY, OLD_KEY), local_webhooks=True)
PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
ID = "n_profile-daily_profile:käthe_2026-11-26"
BODY = f'[{{"id":"{ID}","source":"footfall/footfall","data":{{}}}}]'.encode()


@pytest.fixture
def receiver():
    with serving(Receiver()) as one:
        yield one


def send(url: str, settings: Settings = SETTINGS) -> Outcome:
    return Webhook(settings).send(Message("msg_1", url, BODY), lambda: None)


def test_the_very_bytes_are_posted_once(receiver):
    assert send(receiver.url) == Outcome("sent", "204")
    [(headers, body)] = receiver.got
    assert body == BODY
    assert headers["path"] == "/hook?a=b"
    assert headers["Host"] == f"127.0.0.1:{receiver.server_port}"
    assert headers["Content-Type"] == "application/cloudevents-batch+json"
    assert headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_the_receiver_verifies_with_the_secret_of_either_key(receiver, key):
    send(receiver.url)
    [(headers, body)] = receiver.got
    [secret] = signing.secrets([key], SETTINGS.deployment, receiver.url)
    assert standardwebhooks.Webhook(secret).verify(body, headers)[0]["id"] == ID
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(body + b" ", headers)


def test_a_later_attempt_has_the_same_id_and_bytes_and_a_time_of_its_own(receiver):
    receiver.answers("500 Oops")
    send(receiver.url)
    while int(time.time()) == int(receiver.got[0][0]["webhook-timestamp"]):  # it has whole seconds
        time.sleep(0.01)
    send(receiver.url)
    [(first, body), (second, same)] = receiver.got
    assert body == same
    assert first["webhook-id"] == second["webhook-id"]
    assert int(first["webhook-timestamp"]) < int(second["webhook-timestamp"])
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200 OK", Outcome("sent", "200")),
        ("202 Accepted", Outcome("sent", "202")),
        ("304 Not Modified", Outcome("again", "304 redirect: not followed")),
        ("400 Bad Request", Outcome("again", "400")),
        ("401 Unauthorized", Outcome("again", "401")),
        ("404 Not Found", Outcome("again", "404")),
        ("410 Gone", Outcome("gone", "410")),
        ("429 Too Many Requests", Outcome("again", "429")),
        ("500 Internal Server Error", Outcome("again", "500")),
        ("503 Service Unavailable", Outcome("again", "503")),
        ("599 whsec_secret", Outcome("again", "599")),
    ],
)
def test_an_answer_means_what_its_status_says(receiver, status, outcome):
    receiver.answers(status)
    assert send(receiver.url) == outcome


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("86401", 86_400),
        ("9" * 5_000, 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999999", None),
    ],
)
def test_retry_after_is_heeded_within_a_day(receiver, status, said, seconds):
    receiver.answers(f"{status} Later", f"Retry-After: {said}")
    assert send(receiver.url) == Outcome("again", str(status), seconds)


def test_retry_after_may_be_a_date(receiver):
    receiver.answers(
        "503 Later", f"Retry-After: {format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}"
    )
    assert send(receiver.url).retry_after == pytest.approx(3_600, abs=5)


def test_only_a_busy_server_may_say_when_to_come_again(receiver):
    receiver.answers("500 Oops", "Retry-After: 120")
    assert send(receiver.url) == Outcome("again", "500", None)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(receiver, status):
    with serving(Receiver()) as other:
        receiver.answers(status, f"Location: {other.url}")
        assert send(receiver.url) == Outcome("again", f"{status[:3]} redirect: not followed")
        assert other.got == []


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("http", "the URL is refused: expected https://…"), ("https", "127.0.0.1 leads to an address that is not public")],
)
def test_nothing_goes_to_a_private_address(receiver, scheme, said):
    handed = []
    url = receiver.url.replace("http", scheme)
    outcome = Webhook(Settings(secret_keys=(KEY,))).send(Message("msg_1", url, BODY), lambda: handed.append(1))
    assert (outcome, handed, receiver.got) == (Outcome("again", said), [], [])


def test_it_is_handed_over_before_the_first_byte(receiver):
    def hand_over():
        raise LookupError("another worker has it")

    with pytest.raises(LookupError):
        Webhook(SETTINGS).send(Message("msg_1", receiver.url, BODY), hand_over)
    assert receiver.got == []


def test_what_cannot_be_reached_is_not_handed_over():
    handed = []
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    Webhook(SETTINGS).send(Message("msg_1", url, BODY), lambda: handed.append(1))
    assert handed == []


def test_the_example_of_the_documents_takes_a_message(receiver, monkeypatch):
    """Its code, with a message that was really sent."""
    send(receiver.url)
    [(headers, body)] = receiver.got
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    [secret] = signing.secrets([OLD_KEY], SETTINGS.deployment, receiver.url)
    monkeypatch.setenv("FOOTFALL_SECRET", secret)
    stored: list[tuple[str, ...]] = []
    space = {"__name__": "example", "store_once": lambda *event: stored.append(event)}
    exec(compile(example, PAGE, "exec"), space)
    client = space["app"].test_client()
    assert client.post("/footfall", data=body, headers=headers).status_code == 204
    assert client.post("/footfall", data=body + b" ", headers=headers).status_code == 401
    assert stored == [("footfall/footfall", ID, {})]
