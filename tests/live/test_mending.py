"""Each reason that an event can meet has a sentence that says how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.cast import ago, event
from fixtures.database import KEY
from tracking.ingest.kept import NO_MORE
from tracking.live.mending import OF_REASON, OF_VERDICT, OTHERWISE, mend
from tracking.provenance import credentials, tokens
from tracking.vocabulary import VERDICTS

DEEP = {"a": {"b": {"c": {"d": {"e": 1}}}}}


@pytest.fixture
def narrow(web: str) -> str:
    """A client token for views of job 42 only."""
    return tokens.mint(web, "client", seconds=900, creator="user-alice", receivers=["job:42"], names=["view"])


@pytest.mark.parametrize(
    ("sent", "does"),
    [
        (event(occurred_at=ago(days=-30)), "Set the device's clock"),
        (event(occurred_at=ago(days=400)), "Send events while they are young"),
        (event(occurred_at="yesterday"), "Send a time with its offset"),
        (event(occurred_at="0001-01-01T00:00:00+23:00"), "Send events while they are young"),
        (event(creator="user-bob"), "Leave creator out"),
        (event(creator=7), "Send your own id of the user"),
        (event(receiver="job:77"), "Mint the token with this receiver"),
        (event(receiver="42"), "Send the receiver as TYPE:ID"),
        (event(receiver=None), "Send the receiver as TYPE:ID"),
        (event(name="click"), "Mint the token with this name"),
        (event(name="1"), "Choose a name such as view"),
        (event(id="x" * 101), "Send a UUID"),
        (event(colour="red"), "Leave this field out"),
        (event(properties=DEEP), "Make properties and context flatter"),
        (event(properties={"a": "x" * 17_000}), "Send less in properties"),
        (event(properties="red"), "Send this field in the form"),
        (event(properties={"a": "\0"}), "Take the character NUL out"),
        (event(properties={"a": "\ud800"}), "Cut texts between whole characters"),
        (event(properties={"a": float("nan")}), "Send null"),
        ("view", "Send each event as an object"),
    ],
)
def test_a_rejected_event_is_told_how_to_mend_it(post: Any, narrow: str, sent: Any, does: str) -> None:
    (verdict,) = post(sent, token=narrow).json["verdicts"]
    assert verdict["verdict"] == "rejected"
    said = mend(**verdict)
    assert said is not None
    assert said.startswith(does), verdict


def test_so_is_one_of_a_source_that_may_not_send_it(client: Any, sql: Any) -> None:
    sql("insert into tracking.sources (name, names, strict) values ('shop', '{view,buy*}', true)")
    headers = {"Authorization": f"Bearer {credentials.derive(KEY, 'shop', 1)}"}
    events = [event(creator="a", name=name) for name in ("click", "buy")] + [event()]
    verdicts = client.post("/v1/events", json={"events": events}, headers=headers).json["verdicts"]
    assert [str(mend(**verdict))[:24] for verdict in verdicts] == [
        "Use a name that the sour", "Use a name of the catalo", "Name the creator in the ",
    ]  # fmt: skip


def test_what_the_database_or_the_limit_says_is_mended_too() -> None:
    assert mend("rejected", "", NO_MORE) == "Mend what was shown before; only the first of so many are kept."
    refused = "the database cannot store it: integer out of range"
    assert str(mend("rejected", "", refused)).startswith("Send it without what the reason names")
    assert str(mend("rejected", "occurred_at", refused)).startswith("Send a time that a calendar has")
    assert str(mend("rejected", "properties/page", "is not a string")).startswith("Change this property")
    assert mend("rejected", "colour", "a reason of tomorrow") == OTHERWISE


def test_only_an_accepted_event_needs_no_sentence() -> None:
    assert [verdict for verdict in VERDICTS if mend(verdict, None, None) is None] == ["accepted"]
    assert set(VERDICTS) - {"accepted", "rejected"} <= OF_VERDICT.keys()


def test_each_sentence_is_another() -> None:
    sentences = [said for _, _, said in OF_REASON] + [*OF_VERDICT.values(), OTHERWISE]
    assert len(set(sentences)) == len(sentences)
    assert [said for said in sentences if not said.endswith(".") or len(said) > 100] == []
