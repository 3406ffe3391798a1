"""Each thing to tell arrives under one id, whatever the other side answers; what does not is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.telling import FILLED, TOLD, again, arrived
from fixtures.webhooks import OK
from tracking import deployment
from tracking.notifications import rules
from tracking.notifications.channels import configured
from tracking.notifications.delivery import LostClaimError, Worker
from tracking.notifications.letters import Outcome


def test_what_is_due_arrives_once(told, hook, send, outbox) -> None:
    told("bob", "eve")
    assert send() == 1
    assert send() == 0
    assert [(item["id"], item["data"]["value"]) for item in arrived(hook)] == [
        (f"n_profile-views_profile:bob_{TOLD}", 3), (f"n_profile-views_profile:eve_{TOLD}", 3),
    ]  # fmt: skip
    assert outbox("state") == [("sent",), ("sent",)]


def test_no_creator_leaves_the_system(told, hook, send) -> None:
    told("bob")
    send()
    assert b"viewer" not in b"".join(body for _, body in hook.got)


def test_a_number_below_few_is_not_in_the_message(told, hook, send) -> None:
    told("bob", count=3, few=4)
    send()
    (item,) = arrived(hook)
    assert (item["data"]["value"], item["data"]["few"]) == (None, True)
    assert "few people" in item["data"]["text"]


@pytest.mark.parametrize("status", ["500 Oops", "404 No", "302 There", "429 Slow", "503 Later"])
def test_a_retry_sends_the_same_bytes_under_the_same_id(told, hook, send, sql, outbox, status: str) -> None:
    told("bob")
    hook.answers(status)
    assert send() == 0
    assert outbox("state") == [("frozen",)]
    hook.answers("200 OK")
    assert send() == 0, "it is not its time yet"
    again(sql)
    assert send() == 1
    (first, body), (second, same) = hook.got
    assert body == same
    assert first["webhook-id"] == second["webhook-id"]
    assert [row[0][:3] for row in sql("select answer from tracking.notification_attempts order by attempt")] == [
        status[:3], "200",
    ]  # fmt: skip


def test_the_next_attempt_is_when_the_other_side_asks(told, hook, send, sql) -> None:
    told("bob")
    hook.answers("503 Later", "Retry-After: 600")
    send()
    ((wait,),) = sql("select extract(epoch from next_attempt_at - now())::int from tracking.notification_messages")
    assert 590 <= wait <= 600


def test_an_answer_that_was_lost_makes_the_same_message_again(told, hook, send, sql) -> None:
    told("bob")
    hook.behave = lambda handler: handler.connection.close()
    assert send() == 0
    assert sql("select outcome from tracking.notification_attempts") == [("unknown",)]
    hook.behave = lambda handler: handler.say(OK)
    again(sql)
    assert send() == 1
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1


def test_410_disables_the_webhook_until_the_rule_is_resumed(told, hook, send, sql, engine) -> None:
    told("bob")
    hook.answers("410 Gone")
    send()
    assert sql("select url from tracking.disabled_webhooks") == [(hook.url,)]
    hook.answers("200 OK")
    again(sql)
    assert (send(), len(hook.got)) == (0, 1)
    with engine.begin() as connection:
        rules.resume(connection, "profile-views", TOLD)
    assert send() == 1


def test_what_is_too_late_expires_and_is_on_record(told, hook, send, sql, outbox) -> None:
    told("bob")
    sql("update tracking.notifications set expires_at = now()")
    assert send() == 0
    assert hook.got == []
    assert outbox("state, because") == [("expired", "it was not sent in time")]


def test_a_message_that_could_not_be_delivered_in_time_expires(told, hook, send, sql, outbox) -> None:
    told("bob")
    hook.answers("500 Oops")
    send()
    sql("update tracking.notification_messages set expires_at = now()")
    sql("update tracking.notifications set expires_at = now()")
    send()
    assert outbox("state, because") == [("expired", "it could not be delivered in time")]


def test_a_worker_that_was_away_too_long_sends_nothing(told, engine, local, sql, hook) -> None:
    told("bob")
    (freezer,) = configured(local)
    freezer.freeze(engine, deployment.read(engine))
    slow = Worker(engine, freezer.name, freezer.channel)
    claim = slow.claim()
    assert claim is not None
    sql("update tracking.notification_messages set leased_until = now() - interval '1 second'")
    assert Worker(engine, freezer.name, freezer.channel).work() == 1
    with pytest.raises(LostClaimError):
        freezer.channel.send(claim.message, slow._hand_over(claim))
    slow._answered(claim, Outcome("failed", "too late"))
    assert sql("select state, attempts from tracking.notification_messages") == [("sent", 2)]
    assert len(hook.got) == 1


@pytest.mark.native
def test_an_answer_waits_for_no_other_message_to_its_address(told, engine, local, sql) -> None:
    """Each of two workers with the answer 429 puts off the messages of the other, too: none waits for the other to end."""
    told("bob")
    (freezer,) = configured(local)
    freezer.freeze(engine, deployment.read(engine))
    sql(
        "insert into tracking.notification_messages (message, channel, address, body, at_least_once, expires_at, quiet, timezone)"
        " select 'another', channel, address, body, at_least_once, expires_at, quiet, timezone from tracking.notification_messages"
    )
    worker = Worker(engine, freezer.name, freezer.channel)
    claim = worker.claim()
    assert claim is not None
    with engine.begin() as others:
        others.exec_driver_sql("select from tracking.notification_messages where leased_until is null for update")
        worker._answered(claim, Outcome("again", "429", 600.0))
    assert sql("select state, leased_until from tracking.notification_messages") == [("waiting", None)] * 2


def test_a_primary_that_failed_over_sends_the_same_ids_again(told, hook, send, sql) -> None:
    """The new primary lacks the last commits: first the mark of the answer, then the message as a whole."""
    told("bob", "eve")
    send()
    sql("update tracking.notification_messages set state = 'waiting', settled_at = null, next_attempt_at = now()")
    sql("update tracking.notification_attempts set ended_at = null, outcome = null, answer = null")
    sql("update tracking.notifications set state = 'frozen', settled_at = null")
    assert send() == 1
    assert hook.got[0][1] == hook.got[1][1]
    sql("update tracking.notifications set state = 'pending', message = null")
    sql("delete from tracking.notification_messages")
    sql("delete from tracking.notification_turns")
    assert send() == 1
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    assert len({item["id"] for item in arrived(hook)}) == 2


def test_a_clock_that_is_set_back_sends_nothing_twice(told, hook, send, sql, fill) -> None:
    told("bob")
    send()
    for table, columns in (
        ("notifications", ("due_at", "expires_at", "filled_at", "settled_at")),
        ("notification_messages", ("frozen_at", "expires_at", "next_attempt_at", "settled_at", "leased_until")),
        ("notification_attempts", ("started_at", "handed_at", "ended_at")),
    ):
        sql(f"update tracking.{table} set " + ", ".join(f"{name} = {name} + interval '1 hour'" for name in columns))
    assert fill(FILLED - timedelta(hours=1)) == 0
    assert send() == 0
    assert len(hook.got) == 1
