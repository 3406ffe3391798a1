"""What somebody calls usual is usual from then on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fixtures.traffic import NOW, USUAL

if TYPE_CHECKING:
    from fixtures.traffic import Traffic

HOUR = timedelta(hours=1)


def accept(sql: Any) -> None:
    ((number,),) = sql("select incident from tracking.incidents where closed_at is null")
    assert sql("select tracking.accept_incident(%s)", number) == [(True,)]
    assert sql("select tracking.accept_incident(%s)", number) == [(False,)]


def test_a_button_that_is_to_be_gone_is_no_incident_any_more(known: Traffic, sql: Any) -> None:
    gone = [("web", "click__save")]
    later = known.go_on(30, without=gone)
    accept(sql)
    later = known.go_on(120, later, without=gone)
    assert known.incidents("name, closed_by") == [("click__save", "accepted")]
    known.go_on(30, later, without=["web"])
    assert known.incidents()[1:] == [("web", "view", "fewer")]  # the rest is watched as before


def test_a_lower_level_of_a_source_is_the_usual_one_of_its_names(known: Traffic, sql: Any) -> None:
    fewer = {key: each * (0.4 if key[0] == "ios" else 1) for key, each in USUAL.items()}
    known.book(NOW, NOW + 3 * HOUR, fewer)
    known.watch(NOW + HOUR)
    sql("delete from tracking.incidents where (source, name) <> ('ios', '*')")
    accept(sql)
    known.watch(NOW + 3 * HOUR)
    assert known.incidents("source, name, closed_by") == [("ios", "*", "accepted")]
    ((expected,),) = sql(
        "select expected from tracking.usual_arrivals where source = 'ios' and name = 'view' and start = %s",
        NOW + 2 * HOUR,
    )
    assert 15 < expected < 24  # of 45 a quarter before, 18 came


def test_a_higher_share_is_the_usual_one(known: Traffic, sql: Any) -> None:
    known.book(NOW, NOW + 4 * HOUR, {("web", "view"): USUAL["web", "view"]}, verdict="repeat")
    known.book(NOW, NOW + 4 * HOUR)
    known.watch(NOW + HOUR / 2)
    accept(sql)
    known.watch(NOW + 4 * HOUR)
    assert known.incidents("name, kind, closed_by") == [("view", "repeat", "accepted")]
