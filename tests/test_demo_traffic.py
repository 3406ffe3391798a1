"""The demo's traffic: the same every time, and like the real thing where the rest of the system looks."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tracking.demo import receivers, traffic
from tracking.demo.traffic import BERLIN, CRAWLERS, DOUBLE_FIRES, RETRIES
from tracking.peers.cohorts import Field, Row
from tracking.peers.nightly import comparison

UNTIL = datetime(2026, 11, 24, 15, 12, 33, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_.:-]*(__[A-Za-z0-9_.:-]+)?$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

Event = dict[str, Any]


@pytest.fixture(scope="module")
def month() -> list[Event]:
    return list(traffic(until=UNTIL))


def digest(events: list[Event]) -> str:
    return hashlib.sha256(json.dumps(events, sort_keys=True).encode()).hexdigest()


def at(event: Event) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


def is_crawler(event: Event) -> bool:
    return "bot" in event["context"].get("user_agent", "").lower()


def test_the_same_seed_and_day_give_the_same_events_in_every_process() -> None:
    code = (
        "import sys, json; from datetime import UTC, datetime; from tracking.demo import traffic, receivers;"
        "until = datetime(2026, 11, 24, int(sys.argv[1]), tzinfo=UTC);"
        "print(json.dumps([receivers(3), *traffic(seed=3, days=4, until=until, events=2000)], sort_keys=True))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, hour],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=True,
            capture_output=True,
        ).stdout
        for hash_seed, hour in (("1", "0"), ("2", "23"))
    }
    assert len(outputs) == 1


def test_the_sequence_has_not_changed() -> None:
    """A golden value: whoever changes the simulation on purpose renews it, nobody changes it by accident."""
    events = list(traffic(seed=7, days=3, until=UNTIL, events=3000))
    assert digest(events) == "84757af5c2ef6a68ab0520ce9865cf3b53032a6c10e0e06a8c0981d32d9d2e2a"


def test_another_seed_gives_other_events_and_other_receivers() -> None:
    first, other = (list(traffic(seed=seed, days=2, until=UNTIL, events=500)) for seed in (7, 8))
    assert not {event["id"] for event in first} & {event["id"] for event in other}
    assert receivers(7) != receivers(8)


@pytest.mark.parametrize(("days", "events"), [(1, 1), (1, 1000), (7, 5000), (30, 20_000)])
@pytest.mark.parametrize("cut", ["day", "hour"])
def test_there_are_at_least_as_many_events_as_asked_for_and_not_many_more(days: int, events: int, cut: Any) -> None:
    sent = list(traffic(days=days, until=UNTIL, events=events, cut=cut))
    # A day ends with a whole visit.
    assert events <= len(sent) <= events + 40 * (days + 1)


def test_no_event_lies_outside_the_window(month: list[Event]) -> None:
    times = [at(event) for event in month]
    assert MIDNIGHT - timedelta(days=30) <= min(times) < MIDNIGHT - timedelta(days=29)
    assert MIDNIGHT - timedelta(days=1) < max(times) <= MIDNIGHT


def test_cut_at_the_hour_the_day_grows_and_keeps_its_events() -> None:
    """What was loaded in the morning is found again, under the same ids, in the afternoon."""
    morning, afternoon = (
        {event["id"]: event for event in traffic(days=2, until=UNTIL.replace(hour=hour), events=4000, cut="hour")}
        for hour in (9, 15)
    )
    today = {key: event for key, event in morning.items() if at(event) >= MIDNIGHT}
    assert max(at(event) for event in morning.values()) <= UNTIL.replace(hour=9, minute=0)
    assert len(today) > 100
    shared = [key for key in today if key in afternoon]
    assert len(shared) > 0.6 * len(today)  # how many visits a day has depends on how the events are spread
    assert all(today[key] == afternoon[key] for key in shared)


def test_cut_at_the_hour_the_first_day_is_whole() -> None:
    """Else, late in the evening, hardly a receiver is a month old, and there is nobody to compare it with."""
    sent = traffic(days=3, until=UNTIL.replace(hour=22), events=4000, cut="hour")
    first = [at(event).astimezone(BERLIN) for event in sent]
    day = [moment.hour for moment in first if moment.date() == min(first).date()]
    assert min(first).date() == (UNTIL - timedelta(days=3)).date()
    assert {9, 12, 15, 18} < set(day)


def test_a_time_without_a_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        next(traffic(until=datetime(2026, 11, 24)))  # noqa: DTZ001 (the point)


def test_every_event_has_the_shape_that_the_api_expects(month: list[Event]) -> None:
    known = {f"{one['type']}:{one['id']}" for one in receivers()}
    for event in month:
        assert event.keys() == {
            "id", "occurred_at", "name", "receiver", "creator", "source", "properties", "context",
        }  # fmt: skip
        assert UUID4.match(event["id"])
        assert TIME.match(event["occurred_at"])
        assert NAME.match(event["name"])
        assert event["receiver"] in known
        assert re.match(r"^(user-\d+|anon-[0-9a-f]{12})$", event["creator"])


def test_the_sources_have_their_shares(month: list[Event]) -> None:
    shares = {source: count / len(month) for source, count in Counter(e["source"] for e in month).items()}
    assert shares == {
        "web": pytest.approx(0.61, abs=0.04),
        "ios": pytest.approx(0.31, abs=0.04),
        "jobs-backend": pytest.approx(0.08, abs=0.02),
    }


def test_acme_owns_job_42_and_it_is_a_busy_one(month: list[Event]) -> None:
    everyone = {(one["type"], one["id"]): one for one in receivers()}
    assert everyone["job", "42"]["owner"] == "acme"
    assert len({one["owner"] for one in everyone.values()}) == 12
    assert len(everyone) == len(receivers())
    busiest = [receiver for receiver, _ in Counter(event["receiver"] for event in month).most_common(3)]
    assert "job:42" in busiest


def test_job_42_is_seen_often_and_opened_rarely_beside_similar_ones(month: list[Event]) -> None:
    """So that a demo has something to act on: the differences are told, and one advice with its figures."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for event in {event["id"]: event for event in month if not is_crawler(event)}.values():
        names = ["impression" in event["name"], event["name"] == "view", "application" in event["name"]]
        counts[event["receiver"]] = [count + of for count, of in zip(counts[event["receiver"]], names, strict=True)]
    by = "category", "region", "contract"
    rows = {
        one["id"]: Row("job", one["id"], one["owner"], tuple(map(one["attributes"].get, by)), (n[0], n[1], n[2]))
        for one in receivers() if one["type"] == "job" and (n := counts[f"job:{one['id']}"])
    }  # fmt: skip
    found = Field([*rows.values()]).compare(rows["42"])
    assert found is not None
    told = comparison(rows["42"], found, by, 30)
    differences = {one["measure"]: one["difference"] for one in told["measures"]}
    assert differences["impressions"] > 1 > differences["views"] > 0.3
    assert differences["opened"] < -0.25
    (advice,) = told["advice"]
    assert re.match(r"seen often, opened rarely: [\d.]+% against 1\d% of similar ones; look at", advice["sentence"])


def test_a_few_jobs_are_busy_and_the_tail_is_long(month: list[Event]) -> None:
    jobs = Counter(event["receiver"] for event in month if event["receiver"].startswith("job:"))
    counts = sorted(jobs.values(), reverse=True)
    assert sum(counts[:24]) > 0.5 * sum(counts)
    assert len(counts) > 200


def test_the_funnel_shrinks_at_each_step(month: list[Event]) -> None:
    people = [event for event in month if not is_crawler(event)]
    actions = Counter(event["name"].partition("__")[0] for event in people)
    applications = sum(event["name"].startswith("click__applicationCreated") for event in people)
    funnel = [actions["impression"], actions["view"], actions["click"], applications]
    assert all(0.05 < later / earlier < 0.5 for earlier, later in pairwise(funnel))


def test_who_applies_has_viewed_the_job_before(month: list[Event]) -> None:
    viewed: dict[tuple[str, str], datetime] = {}
    for event in sorted(month, key=lambda event: event["occurred_at"]):
        action = (event["creator"], event["receiver"])
        if event["name"] == "view":
            viewed.setdefault(action, at(event))
        elif event["name"].startswith("click__application"):
            assert action in viewed or at(event) < MIDNIGHT - timedelta(days=30) + timedelta(hours=1)


def test_weekends_and_nights_are_quieter(month: list[Event]) -> None:
    local = [at(event).astimezone(BERLIN) for event in month]
    days = Counter(moment.date() for moment in local)
    weekend, week = (
        [count for day, count in days.items() if (day.weekday() >= 5) is is_weekend and count > 1000]
        for is_weekend in (True, False)
    )
    assert max(weekend) < min(week)
    hours = Counter(moment.hour for moment in local)
    assert max(hours[hour] for hour in range(1, 5)) < 0.1 * max(hours.values())
    morning, afternoon, evening = hours[10], hours[14], hours[19]
    assert afternoon < min(morning, evening)


def test_crawlers_send_their_share(month: list[Event]) -> None:
    crawled = [event for event in month if is_crawler(event)]
    assert len(crawled) / len(month) == pytest.approx(CRAWLERS, rel=0.15)
    assert {bot for bot in ("Googlebot", "bingbot", "AhrefsBot") if bot in str(crawled)} == {
        "Googlebot", "bingbot", "AhrefsBot",
    }  # fmt: skip


def test_retries_are_the_very_same_event_again_and_later(month: list[Event]) -> None:
    by_id: dict[str, list[Event]] = defaultdict(list)
    for event in month:
        by_id[event["id"]].append(event)
    again = [events for events in by_id.values() if len(events) > 1]
    assert len(again) / len(month) == pytest.approx(RETRIES, rel=0.15)
    assert all(first == second and first is not second for first, second in again)
    assert all(first["properties"] is not second["properties"] for first, second in again)


def test_double_fires_are_the_same_action_under_a_new_id(month: list[Event]) -> None:
    by_action: dict[tuple[str, ...], dict[str, datetime]] = defaultdict(dict)
    for event in month:
        if not is_crawler(event):
            by_action[event["creator"], event["receiver"], event["name"]][event["id"]] = at(event)
    gaps = [b - a for times in by_action.values() for a, b in pairwise(sorted(times.values()))]
    twins = [gap for gap in gaps if gap <= timedelta(milliseconds=900)]
    assert len(twins) / len(month) == pytest.approx(DOUBLE_FIRES, rel=0.15)
    assert min(twins) >= timedelta(milliseconds=20)


def test_some_look_at_their_own_profile_and_recruiters_at_those_of_others(month: list[Event]) -> None:
    views = [event for event in month if event["name"] == "view" and event["receiver"].startswith("profile:")]
    own = [event for event in views if event["receiver"] == f"profile:{event['creator']}"]
    assert 0 < len(own) < 0.3 * len(views)
    assert {event["source"] for event in views if event not in own} == {"jobs-backend"}


def test_some_events_of_the_app_arrive_late_and_out_of_order(month: list[Event]) -> None:
    behind: Counter[str] = Counter()
    latest = at(month[0])
    for event in month:
        latest = max(latest, at(event))
        behind[event["source"]] += latest - at(event) > timedelta(minutes=11)
    assert behind["ios"] > 100
    assert behind["web"] == behind["jobs-backend"] == 0
