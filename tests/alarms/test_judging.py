"""A tracker that breaks is an incident within a quarter of an hour; one that does not is none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures.traffic import MINUTE, NOW, USUAL

if TYPE_CHECKING:
    from fixtures.traffic import Traffic

QUARTER = timedelta(minutes=15)


def rate(source: str, name: str, times: float) -> dict[tuple[str, str], float]:
    return {(source, name): USUAL[source, name] * times}


def test_what_is_usual_is_no_incident(known: Traffic) -> None:
    known.go_on(30)
    assert known.incidents() == []


def test_a_button_that_went_is_found_and_is_over_when_it_is_back(known: Traffic) -> None:
    gone = known.go_on(15, without=[("web", "click__save")])
    assert known.incidents() == [("web", "click__save", "fewer")]
    ((opened, good, bad, observed, told),) = known.incidents(
        "opened_at, last_good_at, first_bad_at, observed, closed_at"
    )
    assert NOW + 5 * MINUTE <= opened <= NOW + QUARTER
    assert good == NOW - timedelta(seconds=30)
    assert bad == NOW
    assert (observed, told) == (0, None)

    back = known.go_on(40, gone)
    assert known.incidents("closed_by") == [("itself",)]
    known.go_on(20, back)
    assert len(known.incidents()) == 1  # what was bad before is not told again


def test_it_is_the_same_whether_each_minute_is_judged_or_all_at_once(known: Traffic, sql: Any) -> None:
    columns = "source, name, kind, opened_at, seen_at, closed_at, last_good_at, first_bad_at, changed"
    ios = {key: each for key, each in USUAL.items() if key[0] == "ios"}
    known.book(NOW, NOW + timedelta(minutes=10), USUAL)
    known.book(NOW + timedelta(minutes=10), NOW + timedelta(minutes=22), ios)
    known.book(NOW + timedelta(minutes=22), NOW + timedelta(minutes=60), USUAL)
    known.watch(NOW + timedelta(minutes=60))
    at_once = known.incidents(columns)
    sql("delete from tracking.incidents")
    sql("update tracking.alarm_state set judged_until = %s", NOW)
    for minute in range(60):
        known.watch(NOW + (minute + 1) * MINUTE)
    assert known.incidents(columns) == at_once != []


def test_half_of_the_events_are_found_too(known: Traffic) -> None:
    """As if one of two platforms behind a source were gone."""
    known.book(
        NOW, NOW + timedelta(hours=1), {key: each * (0.4 if key[0] == "ios" else 1) for key, each in USUAL.items()}
    )
    known.watch(NOW + timedelta(hours=1))
    assert ("ios", "*", "fewer") in known.incidents()
    assert not [one for one in known.incidents() if one[0] == "web"]


def test_twice_as_many_are_found(known: Traffic) -> None:
    known.book(NOW, NOW + timedelta(hours=1), USUAL | rate("web", "view", 2.5))
    known.watch(NOW + timedelta(hours=1))
    assert known.incidents() == [("web", "view", "more")]


def test_rejected_events_are_found_with_their_reason(known: Traffic, sql: Any) -> None:
    known.book(NOW, NOW + QUARTER, rate("ios", "click__save", 1), verdict="rejected")
    sql(
        "insert into tracking.rejected_events (received_at, source, verdict, field, reason, name)"
        " values (%s, 'ios', 'rejected', 'receiver', 'expected TYPE:ID', 'click__save')",
        NOW + MINUTE,
    )
    known.go_on(15, without=[("ios", "click__save")])
    assert known.incidents() == [("ios", "click__save", "rejected")]
    ((bad, changed),) = known.incidents("first_bad_at, changed")
    assert bad == NOW + timedelta(seconds=30)
    assert changed == {"reason": "receiver: expected TYPE:ID", "shares": {"rejected": [0, 1]}}


def test_a_doubled_fire_is_found_by_its_repeats(known: Traffic) -> None:
    known.book(NOW, NOW + QUARTER, rate("web", "view", 1), verdict="repeat")
    known.go_on(15)
    assert known.incidents() == [("web", "view", "repeat")]


def test_a_wrong_clock_is_found_in_all_of_its_source(known: Traffic) -> None:
    mine = {key: each for key, each in USUAL.items() if key[0] == "ios"}
    known.book(NOW, NOW + QUARTER, mine, late=7200)
    known.go_on(15, without=["ios"])
    assert known.incidents() == [("ios", "*", "clock")]


def test_more_clicks_than_impressions_are_found(known: Traffic, sql: Any) -> None:
    sql("insert into tracking.alarm_pairs values ('click*', 'view*')")
    try:
        known.book(NOW, NOW + timedelta(minutes=30), USUAL | rate("web", "click__save", 6))
        known.watch(NOW + timedelta(minutes=30))
        kinds = {one[1:] for one in known.incidents()}
    finally:
        sql("delete from tracking.alarm_pairs where (fewer, more) = ('click*', 'view*')")
    assert kinds <= {("click__save", "more"), ("click* > view*", "ratio")}
    assert kinds


def test_a_source_that_went_silent_is_one_incident(known: Traffic) -> None:
    """As if its tokens were refused."""
    known.go_on(20, without=["ios"])
    assert known.incidents() == [("ios", "*", "fewer")]


def test_an_api_that_was_down_is_one_incident_of_all_sources(known: Traffic) -> None:
    down = known.go_on(20, without=["ios", "web"])
    assert known.incidents() == [("*", "*", "fewer")]
    known.go_on(40, down)
    assert known.incidents("closed_by") == [("itself",)]


def test_a_scheduler_that_was_paused_calls_nothing_silent(known: Traffic) -> None:
    later = NOW + timedelta(hours=3)
    known.book(NOW, later)
    known.watch(later)
    assert known.incidents() == []


def test_what_happened_while_the_scheduler_was_paused_is_found_at_its_time(known: Traffic) -> None:
    gone, back = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    known.book(NOW, gone)
    known.book(gone, back, {key: each for key, each in USUAL.items() if key[0] == "web"})
    known.book(back, back + timedelta(hours=1))
    known.watch(back + timedelta(hours=1))
    assert known.incidents("source, name, kind, closed_by") == [("ios", "*", "fewer", "itself")]
    ((bad, closed),) = known.incidents("first_bad_at, closed_at")
    assert bad == gone
    assert back < closed <= back + timedelta(hours=1)


def test_a_revoked_source_is_no_incident(known: Traffic, sql: Any) -> None:
    sql("update tracking.sources set revoked_at = now() where name = 'ios'")
    known.go_on(20, without=["ios"])
    assert known.incidents() == []


def test_an_incident_is_over_when_its_source_is_revoked(known: Traffic, sql: Any) -> None:
    later = known.go_on(15, without=["ios"])
    sql("update tracking.sources set revoked_at = now() where name = 'ios'")
    known.go_on(1, later, without=["ios"])
    assert known.incidents("source, closed_by") == [("ios", "revoked")]


def test_what_has_been_so_for_six_weeks_is_usual(known: Traffic, sql: Any) -> None:
    known.go_on(15, without=["ios"])
    sql("update tracking.incidents set opened_at = opened_at - interval '43 days'")
    known.go_on(1, NOW + QUARTER, without=["ios"])
    assert known.incidents("source, closed_by")[0] == ("ios", "itself")


def test_nothing_is_judged_in_the_first_three_weeks(traffic: Traffic, sql: Any) -> None:
    traffic.book(NOW - timedelta(days=20), NOW, every=QUARTER)
    traffic.watch(NOW)
    traffic.go_on(20, without=["ios", ("web", "click__save")])
    assert traffic.incidents() == []


@pytest.mark.parametrize("open_twice", [1, 2])
def test_the_database_keeps_one_open_incident_a_series_and_kind(sql: Any, open_twice: int) -> None:
    row = (
        "insert into tracking.incidents (source, name, kind, opened_at, first_bad_at, observed, expected, seen_at, changed,"
        " closed_at, closed_by) values ('web', 'view', 'fewer', now(), now(), 0, 9, now(), '{}', %s, %s)"
    )
    sql(row, NOW, "itself")
    sql(row, None, None)
    if open_twice == 2:
        with pytest.raises(psycopg.errors.UniqueViolation):
            sql(row, None, None)
