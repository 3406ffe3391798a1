"""GET /v1/stats/timeseries: what went in comes out, by the hour and by the reporting timezone's day."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import ALICE, BOB, bearer
from fixtures.database import disagreements
from tracking.ingest.bulk import Bulk, Tally
from tracking.provenance import tokens

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def happened(engine: Any, settings: Any) -> Any:
    """Stores events at times long ago, as an import does: (time, and what differs from Alice's view of job 42)."""
    bulk = Bulk(engine, settings, "web")

    def store(*times: str, **fields: Any) -> None:
        base = {"name": "view", "receiver": "job:42", "creator": ALICE}
        sent = [base | fields | {"id": f"{time} {n} {fields}", "occurred_at": time} for n, time in enumerate(times)]
        tally = Tally()
        bulk.write(sent, tally)
        assert tally.counts == {"accepted": len(times)}

    return store


@pytest.fixture
def ask(client: Any, acme: str) -> Any:
    """Asks for job 42, as Acme unless another token is given."""

    def get(token: str = acme, **query: str) -> Any:
        query = {"receiver": "job:42", "name": "view"} | {name.strip("_"): value for name, value in query.items()}
        return client.get("/v1/stats/timeseries", query_string=query, headers=bearer(token))

    return get


@pytest.fixture
def series(ask: Any) -> Any:
    """The buckets as {start: events}; the answer must add up."""

    def get(**query: str) -> dict[str, int]:
        response = ask(**query)
        assert response.status_code == 200, response.text
        buckets = {bucket["start"]: bucket["events"] for bucket in response.json["buckets"]}
        assert len(buckets) == len(response.json["buckets"])
        assert sum(buckets.values()) == response.json["events"]
        return buckets

    return get


def test_gaps_are_zeros(happened: Any, series: Any) -> None:
    happened("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z", "2026-06-04T10:00:00Z")
    assert series(from_="2026-05-31", to="2026-06-05") == {
        "2026-05-31T00:00:00+02:00": 0,
        "2026-06-01T00:00:00+02:00": 2,
        "2026-06-02T00:00:00+02:00": 0,
        "2026-06-03T00:00:00+02:00": 0,
        "2026-06-04T00:00:00+02:00": 1,
        "2026-06-05T00:00:00+02:00": 0,
    }


def test_a_day_begins_at_midnight_in_berlin(happened: Any, series: Any) -> None:
    happened("2026-06-01T21:59:59.999Z", "2026-06-01T22:00:00Z", "2026-06-02T21:59:59Z", "2026-06-02T22:00:00Z")
    days = series(from_="2026-06-01", to="2026-06-03")
    assert list(days.values()) == [1, 2, 1]


@pytest.mark.parametrize(
    ("day", "first", "last", "hours"),
    [
        (date(2026, 3, 29), "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", 23),
        (date(2026, 10, 25), "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", 25),
    ],
)
def test_the_days_when_the_clocks_change_are_one_day_each(
    happened: Any, series: Any, day: date, first: str, last: str, hours: int
) -> None:
    """One has 23 hours, the other 25; both and their neighbours have one bucket, and lose nothing."""
    start = datetime.fromisoformat(first)
    times = [(start + timedelta(hours=hour)).isoformat() for hour in range(-1, hours + 1)]
    assert datetime.fromisoformat(last) < datetime.fromisoformat(times[-1])
    happened(*times)
    days = series(from_=str(day - timedelta(days=1)), to=str(day + timedelta(days=1)))
    assert list(days.values()) == [1, hours, 1]
    assert [datetime.fromisoformat(start).date() for start in days] == [
        day - timedelta(days=1), day, day + timedelta(days=1),
    ]  # fmt: skip


def test_hours_are_those_of_the_timezone(happened: Any, series: Any) -> None:
    happened("2026-06-01T09:59:59Z", "2026-06-01T10:00:00Z", "2026-06-01T10:59:59Z", "2026-06-01T12:00:00+02:00")
    hours = series(interval="hour", from_="2026-06-01T09:00:00Z", to="2026-06-01T12:00:00Z")
    assert hours == {
        "2026-06-01T11:00:00+02:00": 1,
        "2026-06-01T12:00:00+02:00": 3,
        "2026-06-01T13:00:00+02:00": 0,
    }


def test_the_hours_of_a_long_night_are_all_there(happened: Any, series: Any) -> None:
    """02:30 comes twice in Berlin, and once each in UTC."""
    happened("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")
    hours = series(interval="hour", from_="2026-10-25T00:00:00Z", to="2026-10-25T02:00:00Z")
    assert list(hours.values()) == [1, 1]


def test_the_period_is_half_open_for_times_and_whole_for_days(happened: Any, series: Any) -> None:
    happened("2026-06-01T22:00:00Z")
    assert list(series(from_="2026-06-02", to="2026-06-02").values()) == [1]
    assert list(series(from_="2026-06-01T22:00:00Z", to="2026-06-02T22:00:00Z").values()) == [1]
    assert list(series(from_="2026-05-31T22:00:00Z", to="2026-06-01T22:00:00Z").values()) == [0]


def test_creators_are_exact_and_counted_once_a_day(happened: Any, ask: Any) -> None:
    happened("2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z", "2026-06-02T10:00:00Z")
    happened("2026-06-01T10:00:00Z", creator=BOB)
    buckets = ask(from_="2026-06-01", to="2026-06-03").json["buckets"]
    assert [(bucket["events"], bucket["creators"]) for bucket in buckets] == [(3, 2), (1, 1), (0, 0)]


def test_uniques_of_several_names_and_days_do_not_add_up(happened: Any, client: Any, acme: str) -> None:
    happened("2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z")
    happened("2026-06-01T10:00:00Z", name="click")
    query = {"receiver": "job:42", "from": "2026-06-01", "to": "2026-06-02"}
    answer = client.get("/v1/stats/timeseries", query_string=query, headers=bearer(acme)).json
    assert [(bucket["events"], bucket["creators"]) for bucket in answer["buckets"]] == [(2, 1), (1, 1)]
    assert (answer["events"], answer["creators"]) == (3, 1)


def test_who_saw_two_jobs_is_one_person(happened: Any, client: Any, web: str) -> None:
    for receiver in ("job:42", "job:77", "story:42"):
        happened("2026-06-01T10:00:00Z", receiver=receiver)
    for endpoint in ("summary", "timeseries"):
        query = {"from": "2026-06-01", "to": "2026-06-02"}
        answer = client.get(f"/v1/stats/{endpoint}", query_string=query, headers=bearer(web)).json
        assert (answer["events"], answer["creators"]) == (3, 1)


@pytest.mark.parametrize("interval", ["hour", "day"])
def test_people_are_known_from_the_first_bucket_that_is_kept_whole(
    happened: Any, ask: Any, refresh: Any, sql: Any, interval: str
) -> None:
    """What was dropped ends where the bucket of the second event begins."""
    happened("2026-06-01T21:30:00Z", "2026-06-01T22:30:00Z")
    refresh()
    sql("select tracking.note_dropped('2026-06-01T22:00Z')")
    answer = ask(interval=interval, from_="2026-06-01T12:00:00Z", to="2026-06-02T12:00:00Z").json
    seen = [(bucket["events"], bucket["creators"]) for bucket in answer["buckets"] if bucket["events"]]
    assert seen == [(1, None), (1, 1)]
    assert (answer["events"], answer["creators"]) == (2, None)


def test_only_the_name_and_the_receiver_that_were_asked_for_are_counted(happened: Any, series: Any) -> None:
    happened("2026-06-01T10:00:00Z")
    for other in ({"name": "click"}, {"name": "view__x"}, {"receiver": "job:421"}, {"receiver": "story:42"}):
        happened("2026-06-01T10:00:00Z", **other)
    assert list(series(from_="2026-06-01", to="2026-06-01").values()) == [1]


def test_what_is_excluded_is_not_counted(happened: Any, series: Any, sql: Any) -> None:
    happened("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z")
    sql("update tracking.events set excluded = 'bot' where occurred_at = '2026-06-01T11:00:00Z'")
    assert list(series(from_="2026-06-01", to="2026-06-01").values()) == [1]
    hours = series(interval="hour", from_="2026-06-01T10:00:00Z", to="2026-06-01T12:00:00Z")
    assert list(hours.values()) == [1, 0]


def test_without_a_period_it_is_the_last_thirty_days_or_two_days_of_hours(ask: Any) -> None:
    days = ask().json
    assert len(days["buckets"]) == 30
    assert datetime.fromisoformat(days["to"]) == pytest.approx(datetime.now(UTC), abs=timedelta(minutes=16))
    assert days["buckets"][-1]["start"][:10] == str(datetime.now(BERLIN).date())
    assert 24 < len(ask(interval="hour").json["buckets"]) <= 49


def test_the_answer_says_what_it_answers(ask: Any) -> None:
    answer = ask(from_="2026-06-01", to="2026-06-02").json
    assert {name: answer[name] for name in ("interval", "timezone", "from", "to")} == {
        "interval": "day",
        "timezone": "Europe/Berlin",
        "from": "2026-06-01T00:00:00+02:00",
        "to": "2026-06-03T00:00:00+02:00",
    }
    assert ask(interval="hour", timezone="Asia/Kolkata").json["timezone"] == "Asia/Kolkata"


def test_a_stats_token_reads_its_receivers_and_no_others(ask: Any, web: str) -> None:
    token = tokens.mint(web, "stats", seconds=60, receivers=["job:42", "story:7"])
    for receiver, status in {"job:42": 200, "story:7": 200, "job:77": 403, "job:421": 403, "story:42": 403}.items():
        assert ask(token=token, receiver=receiver).status_code == status


def test_an_owners_token_reads_what_the_owner_has_and_nothing_else(ask: Any, acme: str, web: str) -> None:
    globex = tokens.mint(web, "stats", seconds=60, owner="globex")
    assert ask(token=acme, receiver="job:42").status_code == 200
    assert ask(token=globex, receiver="job:77").status_code == 200
    for token, receiver in ((acme, "job:77"), (globex, "job:42"), (acme, "job:1"), (acme, "story:42")):
        response = ask(token=token, receiver=receiver)
        assert (response.status_code, response.json["type"]) == (403, "/problems/receiver-not-allowed")


def test_a_token_of_owner_and_receivers_is_bound_by_both(ask: Any, web: str, receivers: None) -> None:
    token = tokens.mint(web, "stats", seconds=60, owner="acme", receivers=["job:42", "job:77"])
    assert ask(token=token, receiver="job:42").status_code == 200
    assert ask(token=token, receiver="job:77").status_code == 403


def test_a_source_reads_every_receiver(ask: Any, web: str) -> None:
    assert ask(token=web, receiver="story:unheard-of").json["events"] == 0


@pytest.mark.parametrize("interval", ["hour", "day"])
def test_counts_are_the_same_before_and_after_a_refresh(
    happened: Any, ask: Any, refresh: Any, settings: Any, sql: Any, interval: str
) -> None:
    """Real time: what is not materialized yet is counted from the raw rows, to the same answer."""
    chance = random.Random(5)
    start = datetime(2026, 10, 20, tzinfo=UTC)
    for creator in (ALICE, BOB):
        for name in ("view", "click"):
            moments = (start + timedelta(seconds=chance.randrange(864_000)) for _ in range(150))
            happened(*(moment.isoformat() for moment in moments), creator=creator, name=name)
    period = {"interval": interval, "from_": "2026-10-19", "to": "2026-10-31"}
    before = ask(**period).json
    assert before["events"] == 300
    assert disagreements(settings) == {}
    refresh()
    assert sql("select count(*) from analytics.fact_hourly") > [(0,)]
    assert ask(**period).json | {"final_until": None} == before | {"final_until": None}
    assert disagreements(settings) == {}


def test_the_series_equals_a_recount_of_the_raw_rows(happened: Any, series: Any, refresh: Any, sql: Any) -> None:
    chance = random.Random(6)
    start = datetime(2026, 3, 27, tzinfo=UTC)
    happened(*((start + timedelta(seconds=chance.randrange(432_000))).isoformat() for _ in range(200)))
    refresh()
    moments = [moment for (moment,) in sql("select occurred_at from tracking.events")]
    days = Counter(str(moment.astimezone(BERLIN).date()) for moment in moments)
    answer = series(from_="2026-03-26", to="2026-04-02")
    assert {day[:10]: events for day, events in answer.items() if events} == days


BAD = {
    "no receiver": {"receiver": ""},
    "receiver without type": {"receiver": "42"},
    "receiver with NUL": {"receiver": "job:\0"},
    "name with NUL": {"name": "a\0"},
    "interval": {"interval": "fortnight"},
    "unknown parameter": {"group": "name"},
    "from in words": {"from_": "yesterday"},
    "time without offset": {"from_": "2026-06-01T10:00:00"},
    "no such day": {"from_": "2026-02-30"},
    "from after to": {"from_": "2026-06-02", "to": "2026-06-01"},
    "empty period": {"from_": "2026-06-02T00:00:00Z", "to": "2026-06-02T00:00:00Z"},
    "too many days": {"from_": "2000-01-01", "to": "2026-01-01"},
    "too many hours": {"interval": "hour", "from_": "2026-01-01", "to": "2026-06-01"},
    "the first day there is": {"from_": "0001-01-01", "to": "0001-01-02"},
    "only an end, at the beginning of time": {"to": "0001-01-01"},
    "only a start, at the end of time": {"from_": "9999-12-31"},
    "after the last day": {"from_": "9999-12-30", "to": "9999-12-31"},
    "a time before the first": {"from_": "0001-01-01T00:00:00+14:00", "to": "0001-01-01T10:00:00Z", "interval": "hour"},
    "a time after the last": {"from_": "9999-12-31T00:00:00Z", "to": "9999-12-31T23:59:59-14:00"},
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_question_is_a_422(ask: Any, case: str) -> None:
    response = ask(**BAD[case])
    assert response.status_code == 422, response.text
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("moment", ["2026-06-01T10:00:00+02:00", "2026-06-01T10:00:00 02:00"])
def test_a_plus_that_the_query_turned_into_a_blank_is_understood(ask: Any, moment: str) -> None:
    answer = ask(interval="hour", from_=moment, to="2026-06-01T09:00:00Z")
    assert answer.json["from"] == "2026-06-01T10:00:00+02:00"
