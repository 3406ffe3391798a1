"""What is compared with what: whole buckets beside whole buckets, in every calendar."""

from __future__ import annotations

import csv
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.cast import bearer, event
from fixtures.worlds import TIMEZONES
from tracking.ingest.bulk import Bulk, Tally
from tracking.stats.comparing import begun, beside
from tracking.stats.periods import INTERVALS, QUARTER, Interval, Period, midnight

DAY = timedelta(days=1)


def period(start: str, end: str, zone: str = "UTC") -> Period:
    """From and until before, by the clock on the wall of the zone."""
    tz = ZoneInfo(zone)
    since, until = (datetime.fromisoformat(text).replace(tzinfo=tz).astimezone(UTC) for text in (start, end))
    return Period(since, until, tz)


def shown(asked: Period, kind: Any, interval: Interval | None) -> list[str]:
    edges = [asked.start, asked.end] if interval is None else asked.edges(interval)
    return [asked.text(edge)[:16].replace("T00:00", "") for edge in beside(asked, edges, kind, interval)]


@pytest.mark.parametrize(
    ("asked", "kind", "interval", "others"),
    [
        (("2026-03-01", "2026-06-01"), "previous", "month", ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]),
        (("2026-03-01", "2026-06-01"), "year", "month", ["2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"]),
        # still running: as much of the last month
        (("2026-04-01", "2026-05-12T10:30"), "previous", "month", ["2026-02-01", "2026-03-01", "2026-03-12T10:30"]),
        (("2026-03-15", "2026-05-15"), "previous", "month", ["2025-12-15", "2026-01-01", "2026-02-01", "2026-02-15"]),
        # February has no 31st, nor a 30th
        (("2026-03-01", "2026-03-31T12:00"), "previous", "month", ["2026-02-01", "2026-03-01"]),
        (("2026-03-01", "2026-03-30"), "previous", "month", ["2026-02-01", "2026-03-01"]),
        (("2026-03-01", "2026-03-28"), "previous", "month", ["2026-02-01", "2026-02-28"]),
        (("2026-03-31", "2026-04-15"), "previous", "month", ["2026-01-31", "2026-02-01", "2026-02-15"]),
        (("2026-03-31T10:00", "2026-03-31T12:00"), "previous", "month", ["2026-02-28T10:00", "2026-02-28T12:00"]),
        (("2025-02-01", "2025-03-01"), "year", "month", ["2024-02-01", "2024-03-01"]),
        (("2026-02-01", "2026-03-01"), "previous", "month", ["2026-01-01", "2026-02-01"]),
        # Mondays beside Mondays
        (("2026-10-26", "2026-11-09"), "year", "week", ["2025-10-27", "2025-11-03", "2025-11-10"]),
        (("2026-10-26", "2026-11-04T09:00"), "previous", "week", ["2026-10-12", "2026-10-19", "2026-10-21T09:00"]),
        (("2026-10-28", "2026-11-05"), "previous", "week", ["2026-10-14", "2026-10-19", "2026-10-22"]),
        # the same dates
        (("2024-03-01", "2024-03-03"), "year", "day", ["2023-03-01", "2023-03-02", "2023-03-03"]),
        (("2024-03-01", "2024-04-01"), "year", None, ["2023-03-01", "2023-04-01"]),
        (("2024-02-28", "2024-03-02"), "year", "day", ["2023-02-28", "2023-03-01", "2023-03-01", "2023-03-02"]),
        (("2024-02-29", "2024-03-01"), "year", "day", ["2023-02-28", "2023-03-01"]),
        (("2024-02-29", "2024-03-01"), "year", None, ["2023-02-28", "2023-03-01"]),
        (("2025-02-01", "2025-03-01"), "year", None, ["2024-02-01", "2024-02-29"]),
        (("2025-02-27", "2025-03-01"), "year", "day", ["2024-02-27", "2024-02-28", "2024-02-29"]),
        # as long a time before
        (("2026-11-27T10:30", "2026-11-27T14:15"), "previous", None, ["2026-11-27T06:45", "2026-11-27T10:30"]),
        (("2026-11-27T10:00", "2026-11-27T12:15"), "previous", "hour",
         ["2026-11-27T07:00", "2026-11-27T08:00", "2026-11-27T09:00", "2026-11-27T09:15"]),
        (("2026-11-27", "2026-11-27T01:30"), "previous", "hour", ["2026-11-26", "2026-11-26T01:00", "2026-11-26T01:30"]),
        (("2026-11-26T12:00", "2026-11-27T12:00"), "previous", "day", ["2026-11-24T12:00", "2026-11-25", "2026-11-25T12:00"]),
    ],
)  # fmt: skip
def test_what_is_beside_what(asked: tuple[str, str], kind: str, interval: Interval | None, others: list[str]) -> None:
    assert shown(period(*asked), kind, interval) == others


@pytest.mark.parametrize("interval", [None, "day", "hour"])
def test_a_running_week_over_a_clock_change_is_cut_at_the_same_time(interval: Interval | None) -> None:
    asked = period("2026-03-24", "2026-03-30T12:00", "Europe/Berlin")
    edges = [asked.start, asked.end] if interval is None else asked.edges(interval)
    others = beside(asked, edges, "previous", interval)
    assert [asked.text(others[0]), asked.text(others[-1])] == ["2026-03-17T00:00:00+01:00", "2026-03-23T12:00:00+01:00"]


def test_hours_that_one_of_both_does_not_have_are_empty_or_longer() -> None:
    spring = period("2026-03-29", "2026-03-29T05:00", "Europe/Berlin")
    assert shown(spring, "previous", "hour")[1:4] == ["2026-03-28T01:00", "2026-03-28T03:00", "2026-03-28T04:00"]
    after = period("2026-03-30", "2026-03-30T05:00", "Europe/Berlin")
    assert shown(after, "previous", "hour")[1:5] == [
        "2026-03-29T01:00", "2026-03-29T03:00", "2026-03-29T03:00", "2026-03-29T04:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "kind", "interval", "others"),
    [
        (("2026-11-27", "2026-11-28"), "previous", "day", ["2026-11-26", "2026-11-26T06:00"]),
        (("2026-11-27", "2026-11-28"), "previous", None, ["2026-11-26", "2026-11-26T06:00"]),
        (("2026-11-01", "2026-12-01"), "previous", "month", ["2026-10-01", "2026-10-27T06:00"]),
        (("2026-11-01", "2027-01-01"), "year", "month", ["2025-11-01", "2025-11-27T06:00"]),
        (("2026-11-23", "2026-11-30"), "year", "week", ["2025-11-24", "2025-11-28T06:00"]),
        (("2026-11-26", "2026-12-03"), "previous", "day", ["2026-11-24", "2026-11-25", "2026-11-25T06:00"]),
        (("2026-11-27T04:00", "2026-11-27T09:00"), "previous", "hour",
         ["2026-11-27T02:00", "2026-11-27T03:00", "2026-11-27T04:00"]),
        (("2026-11-27T04:00", "2026-11-27T05:00"), "previous", None, ["2026-11-27T03:00", "2026-11-27T04:00"]),
    ],
)  # fmt: skip
def test_what_has_begun_is_beside_as_much_of_the_other(
    asked: tuple[str, str], kind: str, interval: Interval | None, others: list[str]
) -> None:
    running = begun(period(*asked), datetime(2026, 11, 27, 5, 50, tzinfo=UTC))
    assert running is not None
    assert shown(running, kind, interval) == others


def test_what_has_not_begun_is_beside_nothing() -> None:
    now = datetime(2026, 11, 27, 5, 50, tzinfo=UTC)
    assert begun(period("2026-11-27T06:00", "2026-11-28"), now) is None
    assert begun(period("2026-11-28", "2026-11-29"), now) is None


def moved(day: date, kind: str, interval: Interval, n: int) -> date | None:
    """The day beside this one, where there is one: of the model, by arithmetic on year, month and day."""
    if interval == "week":
        return day - timedelta(days=7 * n if kind == "previous" else 364)
    if kind == "previous" and interval != "month":
        return day - timedelta(days=n)
    year, month = day.year - (kind == "year"), day.month - (0 if kind == "year" else n)
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, day.day) if day.day <= monthrange(year, month)[1] else None


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    zone=st.sampled_from([*TIMEZONES, "America/Havana", "Pacific/Apia"]).map(ZoneInfo),
    first=st.dates(date(2023, 12, 1), date(2026, 12, 31)),
    days=st.integers(1, 70),
    cut=st.integers(0, 95),
    kind=st.sampled_from(["previous", "year"]),
    interval=st.sampled_from(INTERVALS),
)
def test_buckets_pair_one_to_one_and_are_whole(
    zone: ZoneInfo, first: date, days: int, cut: int, kind: Any, interval: Interval
) -> None:
    """For every interval, zone and end of a month; `cut`: the last day still runs."""
    days = min(days, 60) if interval == "hour" else days
    last = first + (days - 1) * DAY
    asked = Period(
        midnight(first, zone), max(midnight(last, zone) + cut * QUARTER, midnight(first, zone) + QUARTER), zone
    )
    if cut == 0:
        asked = Period(asked.start, midnight(last + DAY, zone), zone)
    edges = asked.edges(interval)
    others = beside(asked, edges, kind, interval)
    assert len(others) == len(edges)
    assert all(one <= other for one, other in pairwise(others))
    assert kind == "year" or others[-1] <= asked.start
    if interval == "hour":
        for edge, other in zip(edges[1:-1], others[1:-1], strict=True):
            there, here = asked.local(other), asked.local(edge)
            gap = other == others[0] or there.utcoffset() != asked.local(other - 4 * QUARTER).utcoffset()
            assert gap or there.time() == here.time() or (here.month, here.day) == (2, 29)
        return
    n = (last - first).days + 1 if interval == "day" else len(edges) - 1
    for edge, other in zip(edges[:-1], others[:-1], strict=True):
        day = asked.local(edge).date()
        expected = moved(day, kind, interval, n)
        if expected is None:  # a day that is not there: the first after it, or the last before if all begins there
            assert asked.local(other).day == 1 or (day == first and asked.local(other + DAY).day == 1)
        else:
            assert other == midnight(expected, zone)
    if cut == 0 and moved(last, kind, interval, n) is not None and interval == "day":
        assert others[-1] == midnight(moved(last, kind, interval, n) + DAY, zone)
    if cut and (day := moved(last, kind, interval, n)) is not None and last > first:
        wall = datetime.combine(day, asked.local(asked.end).time(), zone).astimezone(UTC)
        assert others[-1] == max(wall, others[-2])


@pytest.mark.parametrize("endpoint", ["summary", "timeseries"])
def test_numbers_a_year_earlier_are_those_of_the_same_dates(
    client: Any, web: str, engine: Any, settings: Any, receivers: None, endpoint: str
) -> None:
    """An event a day around both ends of March 2023."""
    bulk, tally = Bulk(engine, settings, "web"), Tally()
    happened = ["2023-02-28T22:30Z", "2023-02-28T23:30Z", "2023-03-15T12:00Z", "2023-03-31T21:30Z", "2023-03-31T22:30Z"]
    bulk.write([event(id=at, occurred_at=at.replace("Z", ":00Z"), creator="user-1") for at in happened], tally)
    assert tally.counts == {"accepted": 5}
    query = {"from": "2024-03-01", "to": "2024-03-31", "compare": "year"}
    answer = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(web)).json
    assert answer["compared"]["from"] == "2023-03-01T00:00:00+01:00"
    assert answer["compared"]["to"] == "2023-04-01T00:00:00+02:00"
    assert (answer["events"], answer["compared"]["events"], answer["compared"]["creators"]) == (0, 3, 1)
    if endpoint == "timeseries":
        assert [bucket["start"][:10] for bucket in answer["compared"]["buckets"] if bucket["events"]] == [
            "2023-03-01", "2023-03-15", "2023-03-31",
        ]  # fmt: skip
        table = client.get(f"/v1/stats/{endpoint}", query_string=query | {"format": "csv"}, headers=bearer(web)).text
        assert all(line.count("2023-03") == 1 for line in table.splitlines()[1:])


@pytest.mark.parametrize("kind", ["previous", "year"])
@pytest.mark.parametrize(
    ("endpoint", "interval"), [("summary", None), *(("timeseries", interval) for interval in INTERVALS)]
)
def test_a_period_that_ends_later_is_compared_as_if_it_ended_now(
    client: Any, web: str, engine: Any, endpoint: str, interval: Interval | None, kind: str
) -> None:
    """Until the next quarter of an hour, which may come meanwhile."""

    def ask(**query: str) -> dict[str, Any]:
        query |= {"from": f"{today - 2 * DAY}", "compare": kind, "timezone": "UTC"}
        query |= {"interval": interval} if interval else {}
        response = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(web))
        assert response.status_code == 200, response.text
        if query.get("format") != "csv":
            return response.json
        return {"rows": list(csv.DictReader(response.text.splitlines()))}

    today = datetime.now(UTC).date()
    later = f"{today + 40 * DAY}"
    before, answer, after = ask(), ask(to=later), ask()
    assert answer["to"] == f"{today + 41 * DAY}T00:00:00+00:00"
    assert answer["compared"] in (before["compared"], after["compared"])
    if interval:
        buckets = [bucket["start"] for bucket in answer["compared"]["buckets"]]
        rows = ask(to=later, format="csv")["rows"]
        assert len(rows) == len(answer["buckets"]) > len(buckets)
        if ask()["compared"] == answer["compared"]:
            assert [row["compared_start"] for row in rows[: len(buckets)]] == buckets
            assert {row["compared_start"] + row["compared_events"] for row in rows[len(buckets) :]} == {""}
    tomorrow = client.get(
        f"/v1/stats/{endpoint}", query_string={"from": later, "to": later, "compare": kind}, headers=bearer(web)
    ).json
    assert (tomorrow["compared"], tomorrow["change"]) == (None, None)
