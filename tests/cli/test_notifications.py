"""Why somebody was told, or was not; what failed can be sent again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from fixtures.telling import noon, people, yesterday
from fixtures.webhooks import Receiver, serving
from tracking.notifications import delivery

DAY = yesterday()
AFTER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def why(footfall):
    def ask(receiver: str, *day: str) -> str:
        return footfall("notification", "why", receiver, *day).stdout

    return ask


@pytest.fixture
def told(rule, seen, fill, sql):
    """Fills the outbox with a rule like VIEWS and these views of yesterday, due now."""

    def put(count: int = 3, **fields) -> None:
        rule(first_day=DAY, **fields)
        seen("profile:bob", people(count), noon(DAY))
        fill(AFTER)
        sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")

    return put


def test_why_says_count_minimum_and_times(told, why) -> None:
    told()
    said = why("profile:bob", str(DAY))
    assert f"profile-views, {DAY}: 3 creators were counted at " in said
    assert "the minimum is 1." in said
    assert "It is for creator:bob." in said
    assert "The rule has no quiet hours." in said
    assert "It is pending." in said


def test_why_says_that_the_minimum_was_not_reached(told, why) -> None:
    told(count=2, minimum=3)
    assert f"profile-views, {DAY}: 2 creators are counted, and the minimum is 3." in why("profile:bob", str(DAY))


def test_why_says_what_was_counted_of_nobody(told, why) -> None:
    told()
    assert "0 creators are counted, and the minimum is 1." in why("profile:nobody", str(DAY))


def test_why_says_that_a_person_stopped_it(told, why, sql) -> None:
    sql("insert into tracking.notification_optouts values ('creator:bob', 'daily')")
    told()
    said = why("profile:bob", str(DAY))
    assert "creator:bob has wanted no more daily messages since" in said
    assert "It is opted out" in said


def test_why_says_that_no_address_is_known(told, why) -> None:
    told(channel="email", url=None)
    assert "No e-mail address of creator:bob is known" in why("profile:bob", str(DAY))


def test_why_says_that_a_rule_is_paused(told, why, sql) -> None:
    told()
    sql("update tracking.notification_rules set paused_at = now()")
    assert "The rule has been paused since" in why("profile:bob", str(DAY))


def test_why_says_quiet_hours(told, why) -> None:
    told(quiet_from=time(21), quiet_until=time(8))
    assert "Quiet hours are 21:00 to 08:00 in the reporting timezone." in why("profile:bob", str(DAY))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (DAY + timedelta(days=5), "the day is not over in Europe/Berlin"),
        (DAY - timedelta(days=5), f"the rule tells no day before {DAY}"),
    ],
)
def test_why_says_that_a_day_is_not_told(told, why, day, said) -> None:
    told()
    assert said in why("profile:bob", str(day))


def test_why_says_each_attempt_and_its_answer_and_retry_sends_what_failed_again(
    told, footfall, why, settings, sql
) -> None:
    local = replace(settings, local_webhooks=True)
    with serving(Receiver()) as hook:
        hook.answers("500 Oops")
        told(url=hook.url)
        delivery.send(local)
        said = why("profile:bob", str(DAY))
        assert "Attempt 1 at " in said
        assert ": 500." in said
        assert "The next attempt is due at " in said
        sql("update tracking.notification_messages set state = 'failed'")
        sql("update tracking.notifications set state = 'failed'")
        assert json.loads(footfall("notification", "retry", "--all", "--json").stdout) == {
            "messages": 1,
            "notifications": 1,
        }
        hook.answers("200 OK")
        assert delivery.send(local) == 1
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    assert "Attempt 2 at " in why("profile:bob", str(DAY))
    message = sql("select message from tracking.notification_messages")[0][0]
    assert f"{message} is sent; only" in footfall("notification", "retry", message, exits=1).output


def test_why_says_that_no_rule_is_about_it(why, engine) -> None:
    assert why("story:1") == "No rule is about story:1; see python -m tracking rule list.\n"


@pytest.mark.parametrize("id_", ["x\ue000", "\U0010ffff", "\u00df %_'\\", "x" * 200])
def test_why_takes_any_id(told, why, id_) -> None:
    told()
    assert "0 creators are counted" in why(f"profile:{id_}", str(DAY))


def test_why_says_what_stands_in_the_way(told, why, sql) -> None:
    told()
    sql("insert into tracking.disabled_webhooks (url) values ('https://hooks.example/')")
    assert "https://hooks.example/ has wanted no more since " in why("profile:bob", str(DAY))
    sql("update tracking.notification_rules set channel = 'email', url = null")
    assert "No mail can be sent: SMTP_URL, MAIL_FROM, PUBLIC_URL is not set here." in why("profile:bob", str(DAY))


@pytest.mark.parametrize("arguments", [("bob",), ("profile:bob", "yesterday"), ("profile:bob", "2026-02-30")])
def test_a_receiver_or_day_that_is_none_is_refused(footfall, arguments) -> None:
    footfall("notification", "why", *arguments, exits=2)


def test_the_outbox_is_counted_and_listed(told, footfall) -> None:
    told()
    assert footfall("notification", "list").stdout.split() == [str(DAY), "profile-views", "pending", "1"]
    (listed,) = json.loads(footfall("notification", "list", "--state", "pending", "--json").stdout)
    assert {"receiver": "profile:bob", "value": 3, "state": "pending"}.items() <= listed.items()
    assert footfall("notification", "list", "--rule", "other").stdout == "nothing\n"


def test_retry_names_what_cannot_be_sent_again(footfall) -> None:
    assert "there is no message 'msg_1'" in footfall("notification", "retry", "msg_1", exits=1).output
    footfall("notification", "retry", exits=2)
    footfall("notification", "retry", "msg_1", "--all", exits=2)
    assert "0 messages for 0 notifications" in footfall("notification", "retry", "--all").stdout
