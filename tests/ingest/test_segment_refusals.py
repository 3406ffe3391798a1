"""What is kept of Segment's calls that are refused, and of those that are no events."""

import json
from typing import Any

import pytest

from fixtures.cast import ALICE
from fixtures.segment import call, said

PRIVATE = {
    "traits": {"email": "eve@example.org"},
    "context": {
        "ip": "203.0.113.9",
        "device": {"advertisingId": "AAA-BBB"},
        "page": {"url": "https://p/?key=7", "path": "/a"},
    },
    "integrations": {"x": "key=7"},
}


@pytest.mark.parametrize("wrong", [{"timestamp": 5}, {"event": "bad$name"}, {"userId": 7}, {"properties": [1]}])
def test_of_a_refused_call_nothing_is_kept_that_is_not_kept_of_a_good_one(
    client: Any, web: str, sql: Any, wrong: Any
) -> None:
    """Least of all the credential, which stands beside it in the body of a single call."""
    secret = {"writeKey": web, "token": web, "password": "key=7"}
    assert said(client.post("/v1/track", json=call(**PRIVATE, **secret) | wrong)) == ["rejected"]
    assert (
        said(client.post("/v1/batch", json={"batch": [call(**PRIVATE, **secret) | wrong, "x" + web], "writeKey": web}))
        == ["rejected"] * 2
    )
    kept = str(sql("select to_jsonb(r)::text from tracking.rejected_events as r"))
    for never in (web, web[-20:], "eve@", "203.0.113.9", "AAA-BBB", "key=7"):
        assert never not in kept
    assert "/a" in kept


def test_what_is_no_event_is_answered_whatever_it_holds(send: Any, sql: Any) -> None:
    wrong = [
        call(**PRIVATE, type=kind) | {"userId": 7, "timestamp": "never"} for kind in ("identify", "group", "alias")
    ]
    assert said(send(*wrong)) == ["acknowledged"] * 3
    assert sql("select count(*) from tracking.rejected_events") == [(0,)]


def test_a_refused_page_is_the_view_that_it_would_have_been(client: Any, web: str, sql: Any) -> None:
    page = {
        "name": "Pricing",
        "userId": ALICE,
        "messageId": "pp9",
        "timestamp": "never",
        "properties": {"receiver": "job:7"},
    }
    assert said(client.post("/v1/page", json=page | {"writeKey": web})) == ["rejected"]
    [(name, field, payload)] = sql("select name, field, payload from tracking.rejected_events")
    assert (name, field) == ("view", "occurred_at")
    assert json.loads(payload) == {
        "id": "pp9", "name": "view", "receiver": "job:7", "occurred_at": "never", "creator": ALICE, "properties": {},
    }  # fmt: skip
    assert sql("select name, verdict from tracking.ingest_ledger") == [("view", "rejected")]


@pytest.mark.parametrize("depth", [90, 900, 1_100, 9_000])
def test_a_deep_call_sinks_no_other(client: Any, web: str, depth: int) -> None:
    """What nobody reads may be as deep as it likes. The credential stands behind it."""
    deep = "[" * depth + "]" * depth
    unread, read = call(x="DEEP"), call(properties={"receiver": "job:42", "x": "DEEP"})
    body = json.dumps({"batch": [call(event="view"), unread, read], "writeKey": web}).replace('"DEEP"', deep)
    assert said(client.post("/v1/batch", data=body)) == ["accepted", "accepted", "rejected"]
