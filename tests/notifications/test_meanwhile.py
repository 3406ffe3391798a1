"""What changes between filling and sending: people stop a kind, rules are edited, receivers change hands, clocks go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fixtures.telling import BERLIN, FILLED, TOLD, again, arrived, due, noon, people
from fixtures.webhooks import OK, Receiver, serving
from tracking import db
from tracking.notifications import rules


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
        rules.resume(connection, "profile-views", TOLD)
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
    seen("job:42", people(2), noon(TOLD))
    sql("delete from tracking.notification_fills")
    fill(FILLED)
    due(sql)
    sql("update tracking.receivers set owner = 'globex' where receiver_id = '42'")
    send()
    (item,) = arrived(hook)
    assert item["data"]["person"] == "owner:globex"


def test_a_person_gets_one_message_a_day_and_channel(told, hook, send, rule, fill, sql, outbox) -> None:
    told("bob")
    send()
    rule(rule="more", measure="events", url=hook.url, first_day=TOLD)
    fill(FILLED)
    due(sql)
    assert send() == 0
    assert outbox("rule, state") == [("more", "withheld"), ("profile-views", "sent")]


def test_two_rules_come_in_one_message(told, hook, send, rule) -> None:
    rule(rule="more", measure="events", url=hook.url, first_day=TOLD)
    told("bob")
    assert send() == 1
    assert {item["data"]["rule"] for item in arrived(hook)} == {"more", "profile-views"}


def test_in_quiet_hours_a_message_waits(told, hook, send, sql, outbox) -> None:
    told("bob")
    clock = datetime.now(UTC)
    sql(
        "update tracking.notification_rules set quiet_from = %s, quiet_until = %s",
        (clock - timedelta(hours=2)).astimezone(ZoneInfo(BERLIN)).time(), (clock + timedelta(hours=2)).astimezone(ZoneInfo(BERLIN)).time(),
    )  # fmt: skip
    assert send() == 0
    assert hook.got == []
    ((waits,),) = outbox("extract(epoch from due_at - now())::int / 60")
    assert 115 <= waits <= 120


def test_a_webhook_that_moves_gets_what_waits(told, hook, send, sql) -> None:
    told("bob")
    hook.answers("410 Gone")
    send()
    with serving(Receiver()) as elsewhere:
        sql("update tracking.notification_rules set url = %s", elsewhere.url)
        assert send() == 1
    assert [item["subject"] for item in arrived(elsewhere)] == ["profile:bob"]
    assert len(hook.got) == 1


def test_the_name_of_a_rule_is_its_own_for_life(told, engine) -> None:
    told("bob")
    with engine.begin() as connection:
        rule = rules.find(connection, "profile-views")
        rules.remove(connection, "profile-views")
        assert rules.add(connection, rule) is None


def test_the_new_owner_is_told_though_the_one_before_wanted_no_messages(
    told, hook, send, sql, seen, fill, receivers, outbox
) -> None:
    sql("insert into tracking.notification_optouts values ('owner:acme', 'daily')")
    told(receiver_type="job", measure="events")
    seen("job:42", people(2), noon(TOLD))
    sql("delete from tracking.notification_fills")
    fill(FILLED)
    due(sql)
    assert outbox("state") == [("opted out",)]
    sql("update tracking.receivers set owner = 'globex' where receiver_id = '42'")
    send()
    assert [item["data"]["person"] for item in arrived(hook)] == ["owner:globex"]


def test_a_retry_waits_for_the_end_of_quiet_hours(told, hook, send, sql) -> None:
    clock = datetime.now(ZoneInfo(BERLIN))
    hours = ((clock - timedelta(hours=2)).time(), (clock + timedelta(hours=2)).time())
    told("bob", quiet_from=(clock - timedelta(hours=6)).time(), quiet_until=(clock - timedelta(hours=5)).time())
    hook.answers("500 Oops")
    send()
    sql(
        "update tracking.notification_messages set quiet = jsonb_build_array(jsonb_build_array(%s::time, %s::time))",
        *hours,
    )
    hook.answers("200 OK")
    again(sql)
    assert send() == 0
    sql("update tracking.notification_messages set timezone = 'Asia/Tokyo' where timezone = 'Europe/Berlin'")
    assert send() == 1, "it is another time of day there"


def test_an_item_that_expired_does_not_hold_up_the_rest_of_its_message(told, hook, send, rule, sql, outbox) -> None:
    rule(rule="total", kind="milestone", measure="events", thresholds=(3,), url=hook.url, first_day=TOLD)
    told("bob")
    hook.answers("500 Oops")
    send()
    sql("update tracking.notifications set expires_at = now() where rule = 'profile-views'")
    sql("update tracking.notification_messages set expires_at = now()")
    send()
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    hook.answers("200 OK")
    again(sql)
    send()
    assert outbox("rule, state") == [("profile-views", "expired"), ("total", "sent")]


def test_a_digest_is_not_for_an_owner_without_receivers(told, send, rule, seen, fill, sql, outbox, receivers) -> None:
    sunday = TOLD - timedelta(days=(TOLD.weekday() + 1) % 7)
    rule(rule="digest", kind="weekly", per="owner", receiver_type="job", measure="events", first_day=sunday)
    seen("job:42", people(2), noon(sunday))
    fill(FILLED)
    sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")
    sql("update tracking.receivers set owner = 'globex'")
    assert send() == 0
    assert outbox("state, because") == [("withheld", "the owner has no such receivers any more")]


def test_an_owner_that_changes_while_a_message_waits_is_told_instead(
    told, hook, send, sql, seen, fill, receivers
) -> None:
    told(receiver_type="job", measure="events")
    seen("job:42", people(2), noon(TOLD))
    sql("delete from tracking.notification_fills")
    fill(FILLED)
    due(sql)
    hook.answers("500 Oops")
    send()
    sql("update tracking.receivers set owner = 'globex' where receiver_id = '42'")
    hook.answers("200 OK")
    again(sql)
    send()
    assert [item["data"]["person"] for item in arrived(hook)] == ["owner:acme", "owner:globex"]


def test_a_milestone_outlives_the_message_that_was_too_late_for_yesterday(
    told, hook, send, rule, fill, sql, outbox
) -> None:
    rule(rule="total", kind="milestone", measure="events", thresholds=(3,), url=hook.url, first_day=TOLD)
    told("bob")
    hook.answers("500 Oops")
    send()
    sql("update tracking.notifications set expires_at = now() where rule = 'profile-views'")
    sql("update tracking.notification_messages set expires_at = now()")
    hook.answers("200 OK")
    assert send() == 1
    assert outbox("rule, state") == [("profile-views", "expired"), ("total", "sent")]


def test_what_a_person_stopped_is_not_retried(told, hook, send, sql, engine) -> None:
    told("bob")
    send()
    sql("update tracking.notification_messages set state = 'failed'")
    sql("update tracking.notification_attempts set outcome = 'failed'")
    sql("update tracking.notifications set state = 'failed'")
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    with engine.begin() as connection:
        assert db.run(connection, "messages_retry", message=None).one() == (0, 0)


def test_a_turn_that_was_used_stays_used_when_a_later_message_is_withdrawn(told, hook, send, sql) -> None:
    told("bob")
    sql("insert into tracking.notification_turns values ('webhook', 'creator:bob', %s)", TOLD - timedelta(days=1))
    hook.answers("500 Oops")
    send()
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    send()
    assert sql("select day from tracking.notification_turns") == [(TOLD - timedelta(days=1),)]
