"""Each thing to tell arrives under one id, whatever the other side answers; what does not is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fixtures.telling import arrived, noon, people, yesterday
from fixtures.webhooks import OK
from tracking import deployment
from tracking.notifications import rules
from tracking.notifications.channels import configured
from tracking.notifications.delivery import LostClaimError, Worker
from tracking.notifications.letters import Outcome

DAY = yesterday()
FILLED = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def told(rule, seen, fill, hook, sql):
    """Puts into the outbox, due now, that these profiles were viewed yesterday."""

    def put(*profiles: str, count: int = 3, **fields) -> None:
        rule(url=hook.url, first_day=DAY, **fields)
        for profile in profiles:
            seen(f"profile:{profile}", people(count), noon(DAY))
        fill(FILLED)
        due(sql)

    return put


def due(sql) -> None:
    sql("delete from tracking.notifications where day <> %s", DAY)
    sql("update tracking.notifications set due_at = now() - interval '1 second', expires_at = now() + interval '1 day'")


def again(sql) -> None:
    """Time passes until the next attempt."""
    sql("update tracking.notification_messages set next_attempt_at = now() where state = 'waiting'")


def test_what_is_due_arrives_once(told, hook, send, outbox) -> None:
    told("bob", "eve")
    assert send() == 1
    assert send() == 0
    assert [(item["id"], item["data"]["value"]) for item in arrived(hook)] == [
        (f"n_profile-views_profile:bob_{DAY}", 3), (f"n_profile-views_profile:eve_{DAY}", 3),
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
        rules.resume(connection, "profile-views", DAY)
    assert send() == 1


def test_an_optout_after_filling_is_honoured(told, hook, send, sql, outbox) -> None:
    told("bob", "eve")
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    send()
    assert [item["subject"] for item in arrived(hook)] == ["profile:eve"]
    assert outbox("receiver_id, state") == [("bob", "opted out"), ("eve", "sent")]


def test_an_optout_before_filling_is_honoured(told, send, sql, outbox) -> None:
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    told("bob")
    assert send() == 0
    assert outbox("state") == [("opted out",)]


def test_an_optout_after_a_refused_attempt_makes_another_message_for_all_others(told, hook, send, sql, outbox) -> None:
    told("bob", "eve")
    hook.answers("500 Oops")
    send()
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    hook.answers("200 OK")
    again(sql)
    send()
    assert [item["subject"] for item in arrived(hook)] == ["profile:bob", "profile:eve", "profile:eve"]
    assert len({item["id"] for item in arrived(hook)}) == 2
    assert outbox("receiver_id, state") == [("bob", "opted out"), ("eve", "sent")]


def test_an_optout_after_a_message_that_may_have_arrived_changes_no_byte(told, hook, send, sql) -> None:
    told("bob", "eve")
    hook.behave = lambda handler: handler.connection.close()
    send()
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    hook.behave = lambda handler: handler.say(OK)
    again(sql)
    send()
    assert hook.got[0][1] == hook.got[1][1]


def test_a_paused_rule_sends_nothing_until_it_is_resumed(told, hook, send, engine, outbox) -> None:
    told("bob")
    with engine.begin() as connection:
        rules.pause(connection, "profile-views")
    assert send() == 0
    assert outbox("state") == [("pending",)]
    with engine.begin() as connection:
        rules.resume(connection, "profile-views", DAY)
    assert send() == 1
    assert len(hook.got) == 1


def test_a_removed_rule_sends_nothing(told, send, engine, outbox) -> None:
    told("bob")
    with engine.begin() as connection:
        rules.remove(connection, "profile-views")
    assert send() == 0
    assert outbox("state, because") == [("withheld", "the rule was removed")]


def test_a_higher_minimum_holds_for_what_waits(told, send, sql, outbox) -> None:
    told("bob")
    sql("update tracking.notification_rules set minimum = 4")
    assert send() == 0
    assert outbox("state, because") == [("withheld", "the minimum of the rule is 4 now")]


def test_a_receiver_with_another_owner_is_told_to_that_owner(told, hook, send, sql, seen, fill, receivers) -> None:
    told(receiver_type="job", measure="events")
    seen("job:42", people(2), noon(DAY))
    sql("delete from tracking.notification_fills")
    fill(FILLED)
    due(sql)
    sql("update tracking.receivers set owner = 'globex' where receiver_id = '42'")
    send()
    (item,) = arrived(hook)
    assert item["data"]["person"] == "owner:globex"


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


def test_a_person_gets_one_message_a_day_and_channel(told, hook, send, rule, fill, sql, outbox) -> None:
    told("bob")
    send()
    rule(rule="more", measure="events", url=hook.url, first_day=DAY)
    fill(FILLED)
    due(sql)
    assert send() == 0
    assert outbox("rule, state") == [("more", "withheld"), ("profile-views", "sent")]


def test_two_rules_come_in_one_message(told, hook, send, rule) -> None:
    rule(rule="more", measure="events", url=hook.url, first_day=DAY)
    told("bob")
    assert send() == 1
    assert {item["data"]["rule"] for item in arrived(hook)} == {"more", "profile-views"}


def test_in_quiet_hours_a_message_waits(told, hook, send, sql, outbox) -> None:
    told("bob")
    clock = datetime.now(UTC)
    sql(
        "update tracking.notification_rules set quiet_from = %s, quiet_until = %s",
        (clock - timedelta(hours=2)).astimezone(hook_zone()).time(), (clock + timedelta(hours=2)).astimezone(hook_zone()).time(),
    )  # fmt: skip
    assert send() == 0
    assert hook.got == []
    ((waits,),) = outbox("extract(epoch from due_at - now())::int / 60")
    assert 115 <= waits <= 120


def hook_zone():
    return ZoneInfo("Europe/Berlin")


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
