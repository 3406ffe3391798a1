"""POST /v1/events: what becomes of each event, and that 200 means stored."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from fixtures.cast import ALICE, BOB, ago, bearer, event
from tracking.provenance import credentials, tokens


def test_an_accepted_event_is_stored_as_it_was_sent(post: Any, sql: Any) -> None:
    sent = event(name="click__saveJob", properties={"from": "list"}, context={"user_agent": "Firefox"})
    assert post(sent).json == {"counts": {"accepted": 1}, "verdicts": [{"verdict": "accepted"}]}
    columns = (
        "event_id::text, source, creator, receiver_type, receiver_id, name, properties, context, excluded, occurred_at"
    )
    ((*row, occurred_at),) = sql(f"select {columns} from tracking.events")
    assert row == [
        sent["id"], "web", ALICE, "job", "42", "click__saveJob", {"from": "list"}, {"user_agent": "Firefox"}, None,
    ]  # fmt: skip
    assert occurred_at == datetime.fromisoformat(sent["occurred_at"])


def test_a_receivers_id_may_hold_colons(verdicts: Any, sql: Any) -> None:
    assert verdicts(event(receiver="path:/a:b?c d")) == ["accepted"]
    assert sql("select receiver_type, receiver_id from tracking.events") == [("path", "/a:b?c d")]


def test_received_at_is_ours_and_occurred_at_the_clients(verdicts: Any, sql: Any) -> None:
    verdicts(event(occurred_at=ago(days=2)))
    ((delay,),) = sql("select received_at - occurred_at from tracking.events")
    assert delay == pytest.approx(timedelta(days=2), abs=timedelta(minutes=1))


def test_verdicts_come_in_the_order_of_the_events(verdicts: Any, stored: Any) -> None:
    """Whatever order the rows were written in."""
    known = event(occurred_at=ago(hours=3))
    verdicts(known)
    batch = [event(occurred_at=ago(minutes=n % 7)) for n in range(20)]
    batch[3] = batch[11] = known
    batch[5] = event(receiver="nonsense")
    batch[9] = batch[8]
    expected = ["accepted"] * 20
    expected[3] = expected[11] = expected[9] = "duplicate"
    expected[5] = "rejected"
    assert verdicts(*batch) == expected
    assert len(stored()) == 17


def test_a_replayed_request_changes_no_count(verdicts: Any, stored: Any, sql: Any) -> None:
    batch = [event() for _ in range(50)]
    assert verdicts(*batch) == ["accepted"] * 50
    before = sql("select sum(events), sum(creators) from tracking.event_counts_daily")
    assert verdicts(*batch) == ["duplicate"] * 50
    assert verdicts(*reversed(batch)) == ["duplicate"] * 50
    assert len(stored()) == 50
    assert sql("select sum(events), sum(creators) from tracking.event_counts_daily") == before


def test_the_same_event_many_times_in_one_batch_is_stored_once(verdicts: Any, stored: Any) -> None:
    same = event()
    assert verdicts(*[same] * 30) == ["accepted"] + ["duplicate"] * 29
    assert len(stored()) == 1


def test_a_missing_id_is_derived_so_that_a_retry_is_a_duplicate(verdicts: Any, stored: Any) -> None:
    sent = event(id=None, properties={"a": 1, "b": 2})
    assert verdicts(sent) == ["accepted"]
    assert verdicts(sent | {"properties": {"b": 2, "a": 1}}) == ["duplicate"]
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "click"},
        {"receiver": "job:77"},
        {"properties": {"a": 2}},
        {"occurred_at": ago(minutes=9)},
        {"id": "one of its own"},
    ],
)
def test_events_without_an_id_that_differ_are_different_events(verdicts: Any, change: dict[str, Any]) -> None:
    sent = event(id=None, properties={"a": 1})
    assert verdicts(sent, sent | change) == ["accepted", "accepted"]


def test_without_an_id_two_people_do_two_things(verdicts: Any, bob: str) -> None:
    sent = event(id=None)
    assert verdicts(sent) == ["accepted"]
    assert verdicts(sent, token=bob) == ["accepted"]


@pytest.mark.parametrize("id_", ["node-next-1795526020-1b4e28ba", "1", "€ 5", "x" * 100, "{braces}", " "])
def test_an_id_may_be_any_text_and_is_known_again(verdicts: Any, stored: Any, id_: str) -> None:
    sent = event(id=id_)
    assert verdicts(sent) == ["accepted"]
    assert verdicts(sent) == ["duplicate"]
    assert uuid.UUID(stored()[0][0]).version == 5


@pytest.mark.parametrize("spelling", [str.upper, str.lower])
def test_a_uuid_is_the_same_however_it_is_spelled(verdicts: Any, stored: Any, spelling: Any) -> None:
    sent = event(id="0190163D-8694-739B-aea5-966c26f8ad91")
    verdicts(sent)
    assert verdicts(sent | {"id": spelling(sent["id"])}) == ["duplicate"]
    assert stored()[0][0] == sent["id"].lower()


def test_the_same_text_as_id_from_two_sources_is_two_events(client: Any, sql: Any, web: str, settings: Any) -> None:
    sql("insert into tracking.sources (name) values ('ios')")
    sent = {"events": [event(id="7", creator=ALICE)]}
    for credential in (web, credentials.derive(settings.secret_keys[0], "ios", 1)):
        assert client.post("/v1/events", json=sent, headers=bearer(credential)).json["counts"] == {"accepted": 1}


def test_a_source_names_the_creator_of_each_event(verdicts: Any, stored: Any, web: str) -> None:
    sent = [event(creator=ALICE), event(creator=BOB), event()]
    assert verdicts(*sent, token=web) == ["accepted", "accepted", "rejected"]
    assert {row[1] for row in stored()} == {ALICE, BOB}


def test_with_a_token_the_creator_is_the_tokens(post: Any, stored: Any, alice: str) -> None:
    """In the body it may be repeated, and cannot be another."""
    response = post(event(creator=ALICE), event(), event(creator=BOB))
    assert [verdict["verdict"] for verdict in response.json["verdicts"]] == ["accepted", "accepted", "rejected"]
    assert response.json["verdicts"][2]["field"] == "creator"
    assert {row[1] for row in stored()} == {ALICE}


def test_a_token_for_some_receivers_writes_on_no_others(verdicts: Any, stored: Any, web: str) -> None:
    token = tokens.mint(web, "client", seconds=60, creator=ALICE, receivers=["job:42", "story:7"])
    sent = [event(receiver=name) for name in ("job:42", "job:77", "story:7", "job:421", "JOB:42", "job:4")]
    assert verdicts(*sent, token=token) == ["accepted", "rejected", "accepted", "rejected", "rejected", "rejected"]
    assert {row[2] for row in stored()} == {"job:42", "story:7"}


def test_a_token_for_some_names_writes_no_others(post: Any, web: str) -> None:
    token = tokens.mint(web, "client", seconds=60, creator=ALICE, names=["view", "click__*"])
    sent = [event(name=name) for name in ("view", "click__saveJob", "click", "View", "views", "impression")]
    verdicts = post(*sent, token=token).json["verdicts"]
    assert [verdict["verdict"] == "accepted" for verdict in verdicts] == [True, True, False, False, False, False]
    assert verdicts[2] == {"verdict": "rejected", "field": "name", "reason": "not among the token's names"}


@pytest.mark.parametrize(
    ("shift", "verdict", "reason"),
    [
        (timedelta(days=-7, minutes=1), "accepted", None),
        (timedelta(days=-7, minutes=-1), "rejected", "too old"),
        (timedelta(days=-4000), "rejected", "too old"),
        (timedelta(minutes=4), "accepted", None),
        (timedelta(minutes=6), "rejected", "in the future"),
        (timedelta(days=4000), "rejected", "in the future"),
    ],
)
def test_how_late_and_how_early_an_event_may_be(
    post: Any, stored: Any, shift: timedelta, verdict: str, reason: str | None
) -> None:
    sent = event(occurred_at=(datetime.now(UTC) + shift).isoformat())
    (said,) = post(sent).json["verdicts"]
    assert said["verdict"] == verdict
    assert len(stored()) == (verdict == "accepted")
    if reason:
        assert said["field"] == "occurred_at"
        assert reason in said["reason"]


def test_a_local_time_with_its_offset_is_the_same_moment(verdicts: Any) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    sent = event(occurred_at=moment.isoformat())
    assert verdicts(sent) == ["accepted"]
    for offset in (timedelta(hours=5, minutes=30), timedelta(hours=-8)):
        local = (moment + offset).replace(tzinfo=None).isoformat()
        sign, minutes = ("-" if offset < timedelta() else "+"), abs(int(offset.total_seconds())) // 60
        written = f"{local}{sign}{minutes // 60:02}:{minutes % 60:02}"
        assert verdicts(sent | {"occurred_at": written}) == ["duplicate"]


def test_five_hundred_events_go_in_at_once_and_are_counted(post: Any, stored: Any) -> None:
    assert post(*[event() for _ in range(500)]).json["counts"] == {"accepted": 500}
    assert len(stored()) == 500


def test_a_batch_of_bad_events_only_is_answered_and_stores_nothing(post: Any, stored: Any) -> None:
    response = post(*[event(receiver="x") for _ in range(3)])
    assert (response.status_code, response.json["counts"]) == (200, {"rejected": 3})
    assert stored() == []


def test_200_means_committed(server: Any, alice: str, stored: Any) -> None:
    """Another connection, of another process, sees the row as soon as the answer is there."""
    for count in range(1, 6):
        body = json.dumps({"events": [event()]}).encode()
        with urlopen(Request(f"{server.url}/v1/events", body, bearer(alice)), timeout=10) as response:
            assert response.status == 200
        assert len(stored()) == count
