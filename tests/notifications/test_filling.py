"""What there is to tell of a day is in the outbox once, whoever fills it, and equals a recount of the raw rows."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from fixtures.telling import BERLIN, VIEWS, noon, people, yesterday

ZONE = ZoneInfo(BERLIN)
DAY = yesterday(ZONE)
LATER = datetime.combine(DAY + timedelta(days=1), time(9, 1), ZONE)


def test_a_day_that_is_over_is_told_once(rule, seen, fill, outbox) -> None:
    rule()
    seen("profile:bob", people(3), noon(DAY, ZONE))
    seen("profile:eve", people(2), noon(DAY - timedelta(days=1), ZONE))
    assert fill(LATER) == 2
    assert fill(LATER) == 0
    assert outbox("receiver_id, day, value, person") == [
        ("bob", DAY, 3, "creator:bob"), ("eve", DAY - timedelta(days=1), 2, "creator:eve"),
    ]  # fmt: skip


def test_a_day_is_told_from_the_rules_time_on(rule, seen, fill) -> None:
    rule(first_day=DAY)
    seen("profile:bob", people(1), noon(DAY, ZONE))
    assert fill(LATER - timedelta(minutes=2)) == 0
    assert fill(LATER) == 1


def test_the_same_person_on_two_days_is_in_each(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY)
    midnight = datetime.combine(DAY, time(), ZONE)
    seen("profile:bob", ["alice"], midnight)
    seen("profile:bob", ["alice"], midnight - timedelta(seconds=1))
    seen("profile:bob", ["alice"], midnight + timedelta(days=1))
    fill(LATER)
    assert outbox() == [("bob", 1)]


def test_nobody_is_added_up_over_several_names(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY, names=("view", "view__*"), compares=True)
    seen("profile:bob", people(3), noon(DAY, ZONE))
    seen("profile:bob", [*people(2), "dora", "fred"], noon(DAY, ZONE) + timedelta(hours=1), "view__profilePhoto")
    seen("profile:eve", people(2), noon(DAY, ZONE), "view__profilePhoto")
    seen("profile:bob", people(2), noon(DAY - timedelta(days=1), ZONE), "view")
    seen("profile:bob", people(2), noon(DAY - timedelta(days=1), ZONE), "view__profilePhoto")
    fill(LATER)
    assert outbox("receiver_id, value, before") == [("bob", 5, 2), ("eve", 2, 0)]


def test_below_the_minimum_nothing_is_told(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY, minimum=3)
    seen("profile:bob", people(3), noon(DAY, ZONE))
    seen("profile:eve", people(2), noon(DAY, ZONE))
    fill(LATER)
    assert outbox() == [("bob", 3)]


def test_ones_own_visits_are_not_told(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY)
    seen("profile:bob", ["bob", "alice"], noon(DAY, ZONE))
    seen("profile:eve", ["eve"], noon(DAY, ZONE))
    fill(LATER)
    assert outbox() == [("bob", 1)]


def test_a_digest_counts_a_persons_visits_to_all_of_an_owners_jobs_once(rule, seen, fill, outbox, receivers) -> None:
    sunday = DAY - timedelta(days=(DAY.weekday() + 1) % 7)
    rule(rule="digest", kind="weekly", per="owner", receiver_type="job", first_day=sunday)
    seen("job:42", people(3), noon(sunday - timedelta(days=6), ZONE))
    seen("job:42", people(5), noon(sunday, ZONE))
    seen("job:77", people(1), noon(sunday, ZONE))
    seen("job:unknown", people(9), noon(sunday, ZONE))
    fill(LATER)
    assert outbox("receiver_type, receiver_id, day, value, person, details ->> 'receivers'") == [
        ("owner", "acme", sunday, 5, "owner:acme", "1"), ("owner", "globex", sunday, 1, "owner:globex", "1"),
    ]  # fmt: skip


def test_a_total_passes_a_threshold_once(rule, seen, fill, outbox) -> None:
    rule(kind="milestone", measure="events", thresholds=(2, 4, 100), first_day=DAY)
    seen("profile:old", people(3), noon(DAY - timedelta(days=3), ZONE))
    seen("profile:old", people(1), noon(DAY, ZONE))
    seen("profile:new", people(5), noon(DAY, ZONE))
    fill(LATER)
    fill(LATER)
    assert outbox("receiver_id, threshold, value") == [("new", 4, 5), ("old", 4, 4)]
    seen("profile:new", people(3), noon(DAY, ZONE) + timedelta(hours=1))
    fill(LATER + timedelta(days=1))
    assert outbox("receiver_id, threshold") == [("new", 4), ("old", 4)]


def test_filling_goes_on_where_it_was_killed(rule, seen, fill, outbox, monkeypatch) -> None:
    rule(first_day=DAY)
    for number in range(7):
        seen(f"profile:{number}", people(1 + number), noon(DAY, ZONE))
    monkeypatch.setattr("tracking.notifications.filling.PAGE", 2)
    asked = []
    ask = __import__("tracking.notifications.asking", fromlist=["ask"]).ask

    def killed(*given: object, **more: object) -> object:
        asked.append(more["after"])
        if len(asked) == 3:
            raise KeyboardInterrupt
        return ask(*given, **more)

    monkeypatch.setattr("tracking.notifications.filling.ask", killed)
    with pytest.raises(KeyboardInterrupt):
        fill(LATER)
    assert len(outbox()) == 4
    fill(LATER)
    assert asked[3] == "3"
    assert outbox() == [(str(number), 1 + number) for number in range(7)]


def test_the_database_keeps_one_row_a_rule_receiver_and_day(rule, seen, fill, sql) -> None:
    rule(first_day=DAY)
    seen("profile:bob", people(1), noon(DAY, ZONE))
    fill(LATER)
    again = "insert into tracking.notifications select * from tracking.notifications"
    with pytest.raises(psycopg.errors.UniqueViolation):
        sql(again)


def test_missed_days_are_put_on_record(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY - timedelta(days=2))
    for back in range(3):
        seen("profile:bob", people(1 + back), noon(DAY - timedelta(days=back), ZONE))
    fill(LATER)
    assert outbox("day, value, expires_at") == [
        (DAY - timedelta(days=back), 1 + back, datetime.combine(DAY + timedelta(days=2 - back), time(9), ZONE))
        for back in (2, 1, 0)
    ]


def test_a_paused_rule_tells_nothing(rule, seen, fill, sql) -> None:
    rule(first_day=DAY)
    sql("update tracking.notification_rules set paused_at = now()")
    seen("profile:bob", people(1), noon(DAY, ZONE))
    assert fill(LATER) == 0


def test_the_rules_of_a_channel_are_told_together(rule, seen, fill, outbox) -> None:
    rule(first_day=DAY)
    rule(rule="evening", measure="events", send_at=time(18), first_day=DAY)
    seen("profile:bob", people(2), noon(DAY, ZONE))
    fill(LATER)
    assert [row[0] for row in outbox("rule")] == ["evening", VIEWS.rule]
