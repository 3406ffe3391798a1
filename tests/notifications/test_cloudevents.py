"""What is due becomes batches of events: bounded, the same however often they are sent, and a person's together."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.database import KEY
from tracking.notifications.channels.webhook import Webhook
from tracking.notifications.letters import Item, Letter, Part
from tracking.notifications.text import sentence
from tracking.settings import Settings

HOOK, OTHER_HOOK = "https://hooks.example/footfall", "https://other.example/"
EXPIRES = datetime(2026, 11, 28, 8, tzinfo=UTC)
DAY = date(2026, 11, 26)
PROFILE = Item(
    rule="profile-daily",
    kind="daily",
    per="receiver",
    receiver="profile:bob",
    receiver_type="profile",
    title="Bob Bäcker",
    url="https://jobs.example/bob",
    first_day=DAY,
    day=DAY,
    names=("view",),
    measure="creators",
    value=12,
    before=9,
)
DIGEST = replace(
    PROFILE,
    rule="jobs-weekly",
    kind="weekly",
    per="owner",
    receiver="owner:acme",
    receiver_type="job",
    title=None,
    url=None,
    first_day=date(2026, 11, 20),
    before=None,
    receivers=12,
    parts=(Part("job:42", "Senior Dev", "https://jobs.example/42", 30), Part("job:43", None, None, None)),
)


def letter(*items: Item, person: str = "creator:bob", address: str = HOOK, expires_at: datetime = EXPIRES) -> Letter:
    return Letter(person, DAY, "Europe/Berlin", "de", address, expires_at, items)


def many(person: str, count: int, **changed) -> Letter:
    items = [replace(PROFILE, receiver=f"profile:{person}-{number}", **changed) for number in range(count)]
    return letter(*items, person=f"owner:{person}")


def freeze(*letters: Letter):
    return list(Webhook(Settings(secret_keys=(KEY,), deployment="jobs")).freeze(letters))


def people(frozen) -> list[list[str]]:
    """Whose events are in each batch, in order."""
    return [list(dict.fromkeys(event["data"]["person"] for event in json.loads(one.message.body))) for one in frozen]


def test_an_item_is_a_cloudevent():
    [(message, items)] = freeze(letter(PROFILE))
    [event] = json.loads(message.body)
    said = datetime.fromisoformat(event.pop("time"))
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    assert items == ("n_profile-daily_profile:bob_2026-11-26",)
    assert event == {
        "specversion": "1.0",
        "id": "n_profile-daily_profile:bob_2026-11-26",
        "source": "footfall/jobs",
        "type": "footfall.notification.daily",
        "subject": "profile:bob",
        "datacontenttype": "application/json",
        "data": {
            "rule": "profile-daily",
            "kind": "daily",
            "per": "receiver",
            "person": "creator:bob",
            "first_day": "2026-11-26",
            "day": "2026-11-26",
            "timezone": "Europe/Berlin",
            "language": "de",
            "names": ["view"],
            "measure": "creators",
            "value": 12,
            "few": False,
            "before": 9,
            "threshold": None,
            "title": "Bob Bäcker",
            "url": "https://jobs.example/bob",
            "receivers": 1,
            "parts": [],
            "peers": None,
            "text": sentence(PROFILE, "de", "Europe/Berlin"),
            "expires_at": "2026-11-28T08:00:00Z",
        },
    }


def test_the_documents_show_an_item_as_it_is_and_explain_every_field():
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    [shown] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    [example] = json.loads(shown)
    [(message, _)] = freeze(replace(letter(PROFILE), language="en"))
    [event] = json.loads(message.body)
    assert example == event | {"time": example["time"]}
    rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    assert [name for name in event["data"] if f"`{name}`" not in rows] == []


def test_a_digest_has_its_parts():
    [(message, _)] = freeze(letter(DIGEST))
    [event] = json.loads(message.body)
    assert (event["type"], event["subject"]) == ("footfall.notification.weekly", "owner:acme")
    assert event["data"]["parts"] == [
        {"receiver": "job:42", "title": "Senior Dev", "url": "https://jobs.example/42", "value": 30},
        {"receiver": "job:43", "title": None, "url": None, "value": None},
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"value": None, "before": None}, {"value": None, "few": True, "threshold": None}),
        ({"kind": "milestone", "value": None, "threshold": 100}, {"value": None, "few": False, "threshold": 100}),
    ],
)
def test_a_number_that_is_not_told_is_null(changed, told):
    [(message, _)] = freeze(letter(replace(PROFILE, **changed)))
    [event] = json.loads(message.body)
    assert {name: event["data"][name] for name in told} == told


def test_each_address_has_its_own_message():
    frozen = freeze(
        letter(PROFILE), letter(DIGEST, person="owner:acme", address=OTHER_HOOK), letter(DIGEST, person="owner:b")
    )
    assert [(one.message.address, *whose) for one, whose in zip(frozen, people(frozen), strict=True)] == [
        (HOOK, "creator:bob", "owner:b"),
        (OTHER_HOOK, "owner:acme"),
    ]


def test_what_expires_at_another_time_is_in_another_message():
    later = letter(DIGEST, person="owner:acme", expires_at=EXPIRES + timedelta(hours=1))
    assert people(freeze(letter(PROFILE), later)) == [["creator:bob"], ["owner:acme"]]


def test_the_same_items_make_a_message_of_the_same_id():
    [first], [again], [other] = freeze(letter(PROFILE)), freeze(letter(PROFILE)), freeze(letter(PROFILE, DIGEST))
    assert first.message.id == again.message.id != other.message.id
    assert re.fullmatch("msg_[0-9a-f]{32}", first.message.id)


def test_a_batch_has_at_most_a_hundred_items_and_20_000_bytes():
    letters = [many(f"p{number}", 1) for number in range(250)]
    frozen = freeze(*letters)
    assert [item for one in frozen for item in one.items] == [each.items[0].id for each in letters]
    for one in frozen:
        assert [event["id"] for event in json.loads(one.message.body)] == list(one.items)
        assert len(one.items) <= 100
        assert len(one.message.body) <= 20_000
    size = len(frozen[0].message.body) // len(frozen[0].items)
    assert len(frozen[0].message.body) + size > 20_000, "it is filled"


def test_a_hundred_is_the_most(monkeypatch):
    monkeypatch.setattr("tracking.notifications.cloudevents.MAX_BYTES", 1_000_000)
    assert [len(one.items) for one in freeze(*(many(f"p{number}", 1) for number in range(201)))] == [100, 100, 1]


def test_the_items_of_a_person_stay_together():
    assert people(freeze(many("a", 15), many("b", 15), many("c", 5))) == [["owner:a"], ["owner:b", "owner:c"]]


def test_a_person_with_too_many_items_gets_several_batches():
    frozen = freeze(many("a", 2), many("b", 60), many("c", 1))
    assert people(frozen)[0] == ["owner:a"]
    assert {whose for some in people(frozen)[1:-1] for whose in some} == {"owner:b"}
    assert people(frozen)[-1] == ["owner:b", "owner:c"]
    assert sum(len(one.items) for one in frozen) == 63


def test_what_is_too_long_loses_parts_first():
    long = Part("job:" + "ü" * 200, "ü" * 500, "https://jobs.example/" + "ü" * 1_900, 7)
    [(message, _)] = freeze(letter(replace(DIGEST, url="https://jobs.example/acme", parts=(long,) * 10)))
    [event] = json.loads(message.body)
    assert len(message.body) <= 20_000
    assert 1 <= len(event["data"]["parts"]) < 10
    assert event["data"]["url"] == "https://jobs.example/acme"


@pytest.mark.parametrize("character", ["😀", '"', "\\"])
def test_the_longest_item_that_there_can_be_fits(character):
    longest = replace(
        PROFILE,
        rule="r" * 32,
        receiver="p" * 32 + ":" + character * 200,
        receiver_type="p" * 32,
        title=character * 500,
        url="https://" + character * 2_000,
        names=("n" * 100,) * 50,
        parts=(Part("p:" + character * 200, character * 500, "https://" + character * 2_000, 7),) * 10,
    )
    [(message, items)] = freeze(letter(longest, person="creator:" + character * 200))
    assert (len(message.body) <= 20_000, items) == (True, (longest.id,))


def test_nobody_to_tell_makes_no_message():
    assert freeze() == []
