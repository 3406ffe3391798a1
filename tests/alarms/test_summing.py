"""What arrived is summed exactly, whenever it was committed, and what is usual follows the clock of the deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.traffic import MINUTE, NOW

if TYPE_CHECKING:
    from fixtures.traffic import Traffic

SUMS = "start, source, name, sent, actions, rejected, duplicate, repeat, bot, clock"


def test_the_sums_are_those_of_the_ledger(traffic: Traffic, sql: Any) -> None:
    traffic.watch(NOW)
    for verdict in ("accepted", "own", "rejected", "conflict", "duplicate", "repeat", "bot", "prefetch"):
        traffic.book(NOW, NOW + 20 * MINUTE, {("web", "view"): 60}, verdict=verdict)
    traffic.book(NOW, NOW + 20 * MINUTE, {("ios", "view"): 60}, late=900)
    traffic.book(NOW, NOW + 20 * MINUTE, {("ios", "view"): 60}, late=-120)
    traffic.watch(NOW + 20 * MINUTE)
    web, ios = (8, 4, 2, 1, 1, 2, 0), (2, 2, 0, 0, 0, 0, 2)
    both = tuple(a + b for a, b in zip(web, ios, strict=True))
    for minutes, start, times in ((1, NOW + 19 * MINUTE, 1), (15, NOW, 15), (15, NOW + 15 * MINUTE, 5)):
        rows = sql(f"select {SUMS} from tracking.arrivals where minutes = %s and start = %s", minutes, start)
        assert {row[1:3]: row[3:] for row in rows} == {
            series: tuple(times * each for each in sums)
            for series, sums in {
                ("web", "view"): web, ("web", "*"): web, ("ios", "view"): ios, ("ios", "*"): ios, ("*", "*"): both,
            }.items()
        }  # fmt: skip


def test_a_commit_that_came_late_is_summed_too(traffic: Traffic, sql: Any) -> None:
    """It was received a minute ago, and was not to be seen then."""
    traffic.watch(NOW)
    traffic.book(NOW, NOW + MINUTE, {("web", "view"): 60})
    traffic.watch(NOW + 2 * MINUTE, settled=NOW)
    traffic.book(NOW, NOW + MINUTE, {("web", "view"): 120})
    traffic.watch(NOW + 3 * MINUTE)
    assert sql("select minutes, sent from tracking.arrivals where source = 'web' and name = 'view' order by 1") == [
        (1, 3), (15, 3),
    ]  # fmt: skip


def test_what_only_an_import_can_bring_is_left_out(traffic: Traffic, sql: Any) -> None:
    traffic.watch(NOW)
    traffic.book(NOW, NOW + MINUTE, {("web", "view"): 6000}, late=timedelta(days=8).total_seconds())
    traffic.watch(NOW + MINUTE)
    assert sql("select * from tracking.arrivals") == []


def test_a_source_has_at_most_two_hundred_names(traffic: Traffic, sql: Any) -> None:
    traffic.watch(NOW)
    traffic.book(NOW, NOW + MINUTE, {("web", f"view__{number}"): 60 for number in range(300)})
    traffic.watch(NOW + MINUTE)
    assert sql("select count(*), count(*) filter (where name = '*') from tracking.alarm_series") == [(202, 2)]
    assert sql("select sent from tracking.arrivals where minutes = 1 and (source, name) = ('web', '*')") == [(300,)]


@pytest.mark.parametrize("moved", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC)])
def test_an_hour_of_the_week_is_one_of_the_local_clock(traffic: Traffic, sql: Any, moved: datetime) -> None:
    """Everybody comes from nine to ten in Berlin, also in the week after the clocks were changed."""
    berlin = ZoneInfo("Europe/Berlin")
    for day in range(-28, 3):
        nine = (moved + timedelta(days=day)).astimezone(berlin).replace(hour=9)
        traffic.book(nine.astimezone(UTC), nine.astimezone(UTC) + timedelta(hours=1), {("web", "view"): 400},
                     every=timedelta(minutes=15))  # fmt: skip
    monday = (moved + timedelta(days=1)).replace(hour=0)
    traffic.watch(monday)
    traffic.watch(monday + timedelta(hours=12))
    found = dict(
        sql(
            "select start, expected from tracking.usual_arrivals where source = 'web' and name = 'view' and start >= %s",
            monday,
        )
    )
    busiest = max(found, key=lambda start: found[start])
    assert busiest.astimezone(berlin).strftime("%H:%M") == "09:15"
    assert found[busiest] == 80  # four of five quarters around it


def test_what_is_old_is_forgotten(known: Traffic, sql: Any, settings: Any) -> None:
    from tracking.alarms.jobs import JOBS  # noqa: PLC0415

    assert sql("select count(*) > 0 from tracking.arrivals") == [(True,)]
    forget = next(job for job in JOBS if job.name == "forget arrivals")
    sql("update tracking.arrivals set start = start - interval '10 years'")
    forget.run(settings)
    assert sql("select count(*) from tracking.arrivals") == [(0,)]
    assert {name for _, name in sql("select source, name from tracking.alarm_series")} <= {"*"}
