"""What becomes of an event: a table of what is there already, what comes, and the verdict."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from fixtures.cast import ALICE, BOB, event, tokens
from fixtures.database import KEY
from tracking.ingest.rows import Row
from tracking.provenance import credentials

A_CRAWLER = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
A_BROWSER = {"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}
ID, OTHER, THIRD = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
BASE = datetime.now(UTC) - timedelta(hours=2)
NOON = BASE.isoformat()


def at(seconds: float) -> str:
    """So long after noon."""
    return (BASE + timedelta(seconds=seconds)).isoformat()


def one(number: int = 1, **fields: Any) -> dict[str, Any]:
    return event(**({"id": str(uuid.UUID(int=number)), "occurred_at": NOON, "name": "view"} | fields))


pytestmark = pytest.mark.usefixtures("catalogue")


CASES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "a new event": ([one()], ["accepted"]),
    "the same again": ([one(), one()], ["accepted", "duplicate"]),
    "the same with the id in capitals": ([one(), one(id=ID.upper())], ["accepted", "duplicate"]),
    "the same with another context, as retries have": (
        [one(), one(context=A_BROWSER | {"sent_at": "later"})],
        ["accepted", "duplicate"],
    ),
    "the same id and time, another receiver": ([one(), one(receiver="job:77")], ["accepted", "conflict"]),
    "the same id and time, another type of receiver": ([one(), one(receiver="company:42")], ["accepted", "conflict"]),
    "the same id and time, another name": ([one(), one(name="share")], ["accepted", "conflict"]),
    "the same id and time, other properties": (
        [one(properties={"a": 1}), one(properties={"a": 2})],
        ["accepted", "conflict"],
    ),
    "the same id at another time is another event": (
        [one(name="share"), one(name="share", occurred_at=at(9))],
        ["accepted", "accepted"],
    ),
    "a second view within half an hour": ([one(), one(2, occurred_at=at(1799))], ["accepted", "repeat"]),
    "a view after half an hour": ([one(), one(2, occurred_at=at(1800))], ["accepted", "accepted"]),
    "a view before the one that came first": ([one(), one(2, occurred_at=at(-60))], ["accepted", "repeat"]),
    "a view long before the one that came first": ([one(), one(2, occurred_at=at(-1800))], ["accepted", "accepted"]),
    "a view between two that count": (
        [one(), one(2, occurred_at=at(3000)), one(3, occurred_at=at(1500))],
        ["accepted", "accepted", "repeat"],
    ),
    "a repeat opens no window of its own": (
        [one(), one(2, occurred_at=at(1700)), one(3, occurred_at=at(1900))],
        ["accepted", "repeat", "accepted"],
    ),
    "two at the very same moment": ([one(), one(2)], ["accepted", "repeat"]),
    "a retry of a repeat": (
        [one(), one(2, occurred_at=at(5)), one(2, occurred_at=at(5))],
        ["accepted", "repeat", "duplicate"],
    ),
    "a retry does not meet its own window": (
        [one(), one(2, name="click"), one()],
        ["accepted", "accepted", "duplicate"],
    ),
    "a view of another job": ([one(), one(2, receiver="job:77", occurred_at=at(1))], ["accepted", "accepted"]),
    "another name": ([one(), one(2, name="impression", occurred_at=at(1))], ["accepted", "accepted"]),
    "a double click": ([one(name="click"), one(2, name="click", occurred_at=at(1.9))], ["accepted", "repeat"]),
    "two slow clicks": ([one(name="click"), one(2, name="click", occurred_at=at(2))], ["accepted", "accepted"]),
    "a custom double click": (
        [one(name="click__save"), one(2, name="click__save", occurred_at=at(1))],
        ["accepted", "repeat"],
    ),
    "two custom clicks on different things": (
        [one(name="click__save"), one(2, name="click__share", occurred_at=at(1))],
        ["accepted", "accepted"],
    ),
    "a name whose window is off": (
        [one(name="click__pay"), one(2, name="click__pay", occurred_at=at(1))],
        ["accepted", "accepted"],
    ),
    "a name that nobody catalogued": (
        [one(name="share"), one(2, name="share", occurred_at=at(0.999)), one(3, name="share", occurred_at=at(1))],
        ["accepted", "repeat", "accepted"],
    ),
    "a crawler": ([one(context=A_CRAWLER)], ["bot"]),
    "a crawler's retry": ([one(context=A_CRAWLER), one(context=A_CRAWLER)], ["bot", "duplicate"]),
    "a crawler never enters the guard": (
        [one(context=A_CRAWLER), one(2, context=A_BROWSER, occurred_at=at(1))],
        ["bot", "accepted"],
    ),
    "one's own profile": ([one(receiver=f"profile:{ALICE}")], ["own"]),
    "one's own profile does not enter the guard": (
        [one(receiver=f"profile:{ALICE}"), one(2, receiver=f"profile:{ALICE}", occurred_at=at(1))],
        ["own", "own"],
    ),
    "a job of a customer who is called like oneself": ([one(receiver="job:9")], ["accepted"]),
    "a job that is called like oneself": ([one(receiver=f"job:{ALICE}")], ["accepted"]),
    "one's own flat": ([one(receiver="flat:8")], ["own"]),
    "a flat that is called like oneself": ([one(receiver=f"flat:{ALICE}")], ["accepted"]),
    "somebody else's flat": ([one(receiver="flat:7")], ["accepted"]),
    "a flat of nobody, with the number of one's own company": ([one(receiver="flat:9")], ["accepted"]),
    "one's own and another's in one batch": (
        [one(receiver="flat:8"), one(2, receiver="flat:7"), one(3, receiver=f"profile:{ALICE}")],
        ["own", "accepted", "own"],
    ),
    "a profile that a customer called like oneself owns": ([one(receiver="profile:9")], ["accepted"]),
    "somebody else's profile": ([one(receiver=f"profile:{BOB}")], ["accepted"]),
    "a bad one among good ones": (
        [one(), one(2, name="?"), one(3, name="share")],
        ["accepted", "rejected", "accepted"],
    ),
}


@pytest.mark.parametrize("batched", [True, False], ids=["in one batch", "one by one"])
@pytest.mark.parametrize("case", CASES)
def test_each_event_gets_its_verdict(case: str, batched: bool, verdicts: Any, sql: Any) -> None:
    sql("insert into tracking.receiver_types (receiver_type, owner_is_person) values ('flat', true)")
    for kind, number in (("job", "9"), ("flat", "8"), ("company", "9"), ("profile", "9")):
        sql(
            "insert into tracking.receivers (receiver_type, receiver_id, owner) values (%s, %s, %s)",
            kind,
            number,
            ALICE,
        )
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('flat', '7', %s)", BOB)
    sql("insert into tracking.receivers (receiver_type, receiver_id) values ('flat', '9')")
    sql("insert into tracking.event_types (name, repeat_window) values ('click__pay', '0')")
    events, expected = CASES[case]
    said = verdicts(*events) if batched else [verdicts(each)[0] for each in events]
    assert said == expected
    kept = [verdict for verdict in expected if verdict in {"accepted", "repeat", "bot", "own"}]
    excluded = sql("select excluded from tracking.events order by occurred_at")
    assert len(excluded) == len(kept)
    assert sorted(row[0] or "accepted" for row in excluded) == sorted(kept)
    booked = dict(sql("select verdict, sum(events)::int from tracking.ingest_ledger group by 1"))
    assert booked == {verdict: expected.count(verdict) for verdict in set(expected)}


def test_the_first_of_two_conflicting_events_stays_and_the_second_is_kept_for_inspection(
    verdicts: Any, sql: Any
) -> None:
    assert verdicts(one(properties={"price": 1}), one(properties={"price": 2})) == ["accepted", "conflict"]
    assert sql("select properties from tracking.events") == [({"price": 1},)]
    [(source, verdict, payload)] = sql("select source, verdict, payload from tracking.rejected_events")
    assert (source, verdict, msgspec.json.decode(payload, type=Row).properties) == ("web", "conflict", {"price": 2})


def test_two_people_who_act_at_the_same_time_both_count(verdicts: Any, bob: str) -> None:
    assert verdicts(one()) == ["accepted"]
    assert verdicts(one(2, occurred_at=at(1)), token=bob) == ["accepted"]


def test_the_same_id_and_time_by_somebody_else_is_another_event(verdicts: Any, bob: str, stored: Any) -> None:
    for whose in ({"token": bob}, {}):
        assert verdicts(one(), **whose) == ["accepted"]
        assert verdicts(one(), **whose) == ["duplicate"]
        assert verdicts(one(name="share"), **whose) == ["conflict"]
    assert sorted((event_id, creator) for event_id, creator, *_ in stored()) == [(ID, ALICE), (ID, BOB)]


def test_the_same_id_and_time_by_another_source_is_another_event(verdicts: Any, web: str, ios: str, sql: Any) -> None:
    for credential in (web, ios):
        assert verdicts(one(creator=ALICE), one(2, creator=BOB), token=credential) == ["accepted", "accepted"]
        assert verdicts(one(creator=BOB), token=credential) == ["repeat"]
        assert verdicts(one(creator=ALICE, properties={"n": 1}), token=credential) == ["conflict"]
    assert sql("select source, count(*) from tracking.events group by 1 order by 1") == [("ios", 3), ("web", 3)]


@pytest.mark.parametrize("identity", [ID, "not-a-uuid", None])
def test_an_id_of_any_kind_is_its_sources_and_its_creators(
    verdicts: Any, web: str, ios: str, sql: Any, identity: str | None
) -> None:
    """Also the one that is derived where none is sent: whoever sends the same is not told that another has."""
    for credential in (web, ios):
        for creator in (ALICE, BOB):
            assert verdicts(one(creator=creator, id=identity), token=credential) == ["accepted"]
            assert verdicts(one(creator=creator, id=identity), token=credential) == ["duplicate"]
    assert sql("select count(*) from tracking.events where excluded is null") == [(4,)]


def test_actions_that_two_sources_report_repeat_each_other_only_where_the_catalogue_says_so(
    verdicts: Any, web: str, ios: str, sql: Any
) -> None:
    sql("insert into tracking.event_types (name, repeat_window, across_sources) values ('pay', '1 min', true)")
    for name, others in (("view", "accepted"), ("pay", "repeat")):
        sent = one(name=name, creator=ALICE, id=None)
        assert verdicts(sent | {"occurred_at": at(1)}, token=ios) == ["accepted"]
        assert verdicts(sent, token=web) == [others]
        assert verdicts(sent | {"occurred_at": at(2)}, token=ios) == ["repeat"]


def test_a_backend_may_send_what_nobody_catalogued_as_often_as_it_likes(verdicts: Any, web: str) -> None:
    sent = [one(n, creator=ALICE, name="share", occurred_at=at(n / 1000)) for n in range(1, 151)]
    assert verdicts(*sent, token=web) == ["accepted"] * 150


def test_a_window_of_zero_is_said_by_the_catalogue_and_not_filled_in(verdicts: Any, sql: Any) -> None:
    sql("insert into tracking.event_types (name, repeat_window) values ('share', '0')")
    assert verdicts(*[one(n, name="share") for n in range(1, 91)]) == ["accepted"] * 90


@pytest.fixture
def ios(web: str, sql: Any) -> str:
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint,stats}')")
    return credentials.derive(KEY, "ios", 1)


def test_a_crawler_that_runs_our_script_is_known_by_its_request(verdicts: Any) -> None:
    assert verdicts(one(), headers={"User-Agent": A_CRAWLER["user_agent"]}) == ["bot"]


def test_a_tool_that_relays_events_is_no_crawler(verdicts: Any) -> None:
    assert verdicts(one(), headers={"User-Agent": "curl/8.5.0"}) == ["accepted"]


def test_a_backend_that_is_called_by_a_crawlers_name_speaks_for_people(verdicts: Any, web: str) -> None:
    sent = one(creator=ALICE)
    assert verdicts(sent, token=web, headers={"User-Agent": A_CRAWLER["user_agent"]}) == ["accepted"]


def test_a_window_changes_without_a_restart(verdicts: Any, sql: Any, app: Any) -> None:
    assert verdicts(one(name="share"), one(2, name="share", occurred_at=at(1))) == ["accepted", "accepted"]
    sql("insert into tracking.event_types (name, repeat_window) values ('share', '1 min')")
    app.extensions["footfall"].intake.windows.snapshot.expire()  # two seconds later
    assert verdicts(one(3, name="share", occurred_at=at(600)), one(4, name="share", occurred_at=at(601))) == [
        "accepted",
        "repeat",
    ]


def test_what_is_rejected_is_kept_with_its_reason(verdicts: Any, sql: Any) -> None:
    assert verdicts({"name": "view", "receiver": "job:42", "occurred_at": "yesterday", "extra": "\0\ud800"}) == [
        "rejected"
    ]
    [(source, verdict, field, reason, payload)] = sql(
        "select source, verdict, field, reason, payload from tracking.rejected_events"
    )
    assert (source, verdict) == ("web", "rejected")
    assert field
    assert reason
    assert json.loads(payload)["occurred_at"] == "yesterday"
    assert sql("select name, verdict, events from tracking.ingest_ledger") == [("view", "rejected", 1)]


def test_a_rejected_payload_is_kept_up_to_its_bound(verdicts: Any, sql: Any) -> None:
    assert verdicts(one(properties={"much": "x" * 50_000})) == ["rejected"]
    assert sql("select length(payload) from tracking.rejected_events") == [(16_384,)]


def test_the_names_of_a_token_bind_verdicts_too(verdicts: Any, web: str) -> None:
    narrow = tokens.mint(web, "client", seconds=60, creator=ALICE, names=["click*"])
    assert verdicts(one(), one(2, name="click"), token=narrow) == ["rejected", "accepted"]
